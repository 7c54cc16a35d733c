"""Banks of examples that stand in several languages: a bug is one table, with its edits for each language."""

from __future__ import annotations

import shutil
import tomllib
from typing import TYPE_CHECKING, Any

from tests.bank.bank import ROOT, BankError, Edit, Mutant, edited

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Mapping
    from pathlib import Path

_KEYS = {"name", "about", "law"}


def in_each_language(
    bugs: Path, areas: Collection[str], folders: Mapping[str, str], more: Collection[str] = ()
) -> Iterator[tuple[Mutant, dict[str, Any]]]:
    """Yield each bug in each language that it has edits for, with its table.

    Args:
        bugs: The folder of the tables, `[[bug]]` in a file for each area.
        areas: The names of the files.
        folders: By language, where the files stand that are edited, from the repository's root.
        more: What a table has beside a name, a sentence, laws, and its edits by language.

    Raises:
        BankError: A table has not just the keys that it should have.
    """
    keys = {*_KEYS, *more}
    tables = [
        (area, table)
        for area in areas
        for table in tomllib.loads((bugs / f"{area}.toml").read_text(encoding="utf-8"))["bug"]
    ]
    for language, folder in folders.items():
        for area, table in tables:
            if not keys <= table.keys() <= {*keys, *folders, "why_not"}:
                raise BankError(f"{area}: {table.get('name')}: it has {sorted(table)}, and not {sorted(keys)}")
            if language in table:
                yield _mutant(language, area, table, folder), table


def _mutant(language: str, area: str, table: dict[str, Any], folder: str) -> Mutant:
    return Mutant(
        language,
        area,
        table["name"],
        table["about"],
        source="this example",
        laws=tuple(table["law"]),
        needs="",
        edits=tuple(Edit(f"{folder}/{file}", find, replace) for file, find, replace in table[language]),
        why_not=table.get("why_not", ""),
    )


def planted(bug: Mutant, example: Path, folder: Path) -> Path:
    """Copy an example into a folder, with a bug in it; return the settings.

    Raises:
        BankError: A text to be replaced does not stand exactly once in its file.
    """
    shutil.copytree(example, folder, dirs_exist_ok=True, ignore=shutil.ignore_patterns("__pycache__", ".*"))
    for file, text in edited(bug).items():
        (folder / (ROOT / file).relative_to(example)).write_text(text, encoding="utf-8")
    return folder / bug.target / "bothends.toml"
