"""The bugs of `examples/tickets`: each a small edit of the right service, in both languages, kept as data in `bugs/`.

A bug is a `[[bug]]` table of `bugs/<area>.toml`. `law` names the laws of which any is right to tell it; `why_not` says
what is not played yet that would show it. `python` and `node` are its edits: a file, a text that stands once in it, and
what comes in its place.
"""

from __future__ import annotations

import shutil
import tomllib
from functools import cache
from pathlib import Path
from typing import Any

from tests.bank.bank import ROOT, BankError, Edit, Mutant, edited

LANGUAGES = ("python", "node")
BUGS = Path(__file__).parent / "bugs"
EXAMPLE = ROOT / "examples" / "tickets"
FOLDERS = {"python": "examples/tickets/python/tickets", "node": "examples/tickets/node"}
AREAS = ("outbox", "events", "updates", "deletion", "keys", "reads", "pages", "order", "restarts")
_KEYS = {"name", "about", "law"}


@cache
def all_bugs() -> tuple[Mutant, ...]:
    """Return the bugs in each language, by area.

    Raises:
        BankError: A table has not just the keys that it should have.
    """
    tables = [(area, table) for area in AREAS for table in _tables(area)]
    return tuple(_bug(language, area, table) for language in LANGUAGES for area, table in tables if language in table)


def _tables(area: str) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = tomllib.loads((BUGS / f"{area}.toml").read_text(encoding="utf-8"))["bug"]
    return found


def _bug(language: str, area: str, table: dict[str, Any]) -> Mutant:
    if not _KEYS <= table.keys() <= {*_KEYS, *LANGUAGES, "why_not"}:
        raise BankError(f"{area}: {table.get('name')}: it has {sorted(table)}, and not {sorted(_KEYS)}")
    edits = tuple(Edit(f"{FOLDERS[language]}/{file}", find, replace) for file, find, replace in table[language])
    return Mutant(
        language,
        area,
        table["name"],
        table["about"],
        source="this example",
        laws=tuple(table["law"]),
        needs="",
        edits=edits,
        why_not=table.get("why_not", ""),
    )


def settings_of(language: str) -> Path:
    """Return the settings of the right service."""
    return EXAMPLE / language / "bothends.toml"


def plant(bug: Mutant, folder: Path) -> Path:
    """Copy the example into a folder, with a bug in it; return the settings.

    Raises:
        BankError: A text to be replaced does not stand exactly once in its file.
    """
    shutil.copytree(EXAMPLE, folder, dirs_exist_ok=True, ignore=shutil.ignore_patterns("__pycache__", ".*"))
    for file, text in edited(bug).items():
        (folder / (ROOT / file).relative_to(EXAMPLE)).write_text(text, encoding="utf-8")
    return folder / bug.target / "bothends.toml"
