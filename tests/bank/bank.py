"""The bank of mutants: realistic bugs, each a small edit of a correct target, kept as data.

A bug is a `[[mutant]]` table of `<target>/<area>.toml`: its name, what it is about, the source of the idea, the
law that should name it, and its edits. An edit replaces a text that stands exactly once in a file, so that a
target that changes breaks the bank at once and not in silence.
"""

from __future__ import annotations

import ast
import json
import shutil
import subprocess
import tomllib
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

ROOT = Path(__file__).parents[2]
BANK = Path(__file__).parent
SEED = 1
"""Of all runs on mutants: what they come to is to be seen again."""
AREAS = (
    "acknowledgement",
    "event-content",
    "validation",
    "framing",
    "limits",
    "sessions",
    "settings",
    "ingest-client",
    "concurrency",
    "lifecycle",
    "leaks",
)
_CONTRACT = ("openapi.yaml", "bothends.toml", "contracts")
_OPTIONAL_KEYS = {"needs", "why_not"}
_MUTANT_KEYS = {"name", "about", "source", "law", "edit"} | _OPTIONAL_KEYS
_EDIT_KEYS = {"file", "find", "replace"}
_PARSE_MODULES = """
const { SourceTextModule } = require('node:vm');
const modules = JSON.parse(require('node:fs').readFileSync(0, 'utf8'));
for (const [name, text] of Object.entries(modules)) new SourceTextModule(text, { identifier: name });
"""


class BankError(Exception):
    """A mutant of the bank is not as it should be: its table, or an edit of it."""


@dataclass(frozen=True, slots=True)
class Target:
    """A correct target that bugs are planted in.

    Attributes:
        folder: Its source tree, relative to the repository's root.
        settings: Its settings file, relative to the repository's root.
    """

    folder: str
    settings: str


TARGETS: Mapping[str, Target] = {
    "hardened": Target("examples/hardened", "examples/hardened/bothends.toml"),
    "node": Target("examples/node", "examples/node/bothends.toml"),
}


@dataclass(frozen=True, slots=True)
class Edit:
    """One replacement.

    Attributes:
        file: The file, relative to the repository's root.
        find: A text that stands exactly once in it.
        replace: What comes in its place.
    """

    file: str
    find: str
    replace: str


@dataclass(frozen=True, slots=True)
class Mutant:
    """A correct target with one bug.

    Attributes:
        target: Name of the target.
        area: What the bug is about, one of `AREAS`.
        name: Unique within the target.
        about: What it does wrong, in a sentence.
        source: Where the idea comes from: an issue, a CVE, an RFC, a postmortem, a scenario.
        laws: The laws of which any is right to name it.
        needs: What must be there for it to be caught, in words; empty when nothing special is needed.
        edits: The bug.
        why_not: Why no law can tell it from a correct target, for a mutant that is not caught; else empty.
    """

    target: str
    area: str
    name: str
    about: str
    source: str
    laws: tuple[str, ...]
    needs: str
    edits: tuple[Edit, ...]
    why_not: str = ""


def expects(laws: Collection[str], law: str) -> bool:
    """Return whether a law is one of those that were named beforehand; `schemathesis` names each of its checks."""
    return law in laws or law.partition(":")[0] in laws


@cache
def mutants(target: str) -> tuple[Mutant, ...]:
    """Return all mutants of a target, by area and then as they stand in the file when they are first asked for.

    Args:
        target: A name of `TARGETS`.

    Raises:
        BankError: A file is not of a known area, or a table has not just the keys that it should have.
    """
    folder = BANK / target
    strangers = {file.stem for file in folder.glob("*")} - set(AREAS)
    if strangers:
        raise BankError(f"{folder}: no such area: {', '.join(sorted(strangers))}")
    return tuple(
        mutant
        for area in AREAS
        if (folder / f"{area}.toml").exists()
        for mutant in mutants_in(folder / f"{area}.toml", target, area)
    )


def mutants_in(file: Path, target: str, area: str) -> tuple[Mutant, ...]:
    """Return the mutants of one file, as they stand in it.

    Args:
        file: The file.
        target: A name of `TARGETS`.
        area: What they are about.

    Raises:
        BankError: A table has not just the keys that it should have.
    """
    return tuple(_mutant(target, area, table) for table in _tables(file))


def edited(mutant: Mutant) -> dict[str, str]:
    """Return the files that a mutant changes, as it changes them: text by path, relative to the repository's root.

    Raises:
        BankError: A text to be replaced does not stand exactly once in its file.
    """
    texts: dict[str, str] = {}
    for edit in mutant.edits:
        where = f"{mutant.target}/{mutant.area}: {mutant.name}: {edit.file}"
        if edit.file not in texts:
            if not (ROOT / edit.file).is_file():
                raise BankError(f"{where} is no file of the target")
            texts[edit.file] = (ROOT / edit.file).read_text(encoding="utf-8")
        count = texts[edit.file].count(edit.find)
        if count != 1:
            raise BankError(f"{where} has {count} times, not once: {edit.find!r}")
        texts[edit.file] = texts[edit.file].replace(edit.find, edit.replace)
    return texts


def plant(mutant: Mutant, folder: Path) -> Path:
    """Copy the mutant's target, and the contract, into a folder, with the edits made.

    Args:
        mutant: The mutant.
        folder: An empty folder, or one that is not there yet. It becomes the root of a small repository.

    Returns:
        The settings file that `bothends verify --config` takes.

    Raises:
        BankError: A text to be replaced does not stand exactly once in its file.
    """
    target = TARGETS[mutant.target]
    for part in (*_CONTRACT, target.folder):
        _copy(ROOT / part, folder / part)
    for file, text in edited(mutant).items():
        (folder / file).write_text(text, encoding="utf-8")
    return folder / target.settings


def check_syntax(sources: Mapping[str, str]) -> None:
    """Check that sources parse, as Python or as JavaScript modules; the latter by one `node` for all.

    Args:
        sources: Source text by file name, whose suffix says the language.

    Raises:
        BankError: One does not, or is in a language that is not known here.
    """
    modules = {name: text for name, text in sources.items() if name.endswith(".mjs")}
    for name, text in sources.items():
        if name in modules:
            continue
        if not name.endswith(".py"):
            raise BankError(f"{name}: neither Python nor a JavaScript module")
        try:
            ast.parse(text, name)
        except SyntaxError as error:
            raise BankError(f"{name}: {error}") from error
    if modules:
        command = ["node", "--experimental-vm-modules", "--no-warnings", "-e", _PARSE_MODULES]
        parsed = subprocess.run(command, input=json.dumps(modules), capture_output=True, text=True, check=False)
        if parsed.returncode:
            raise BankError(parsed.stderr)


def _tables(file: Path) -> list[dict[str, Any]]:
    document = tomllib.loads(file.read_text(encoding="utf-8"))
    if set(document) != {"mutant"}:
        raise BankError(f"{file}: [[mutant]] tables are expected, and nothing else")
    tables: list[dict[str, Any]] = document["mutant"]
    return tables


def _mutant(target: str, area: str, table: dict[str, Any]) -> Mutant:
    where = f"{target}/{area}: {table.get('name')}"
    _demand_keys(where, table, _MUTANT_KEYS - _OPTIONAL_KEYS, _MUTANT_KEYS)
    for edit in table["edit"]:
        _demand_keys(where, edit, _EDIT_KEYS, _EDIT_KEYS)
    law = table["law"]
    return Mutant(
        target=target,
        area=area,
        name=table["name"],
        about=table["about"],
        source=table["source"],
        laws=(law,) if isinstance(law, str) else tuple(law),
        needs=table.get("needs", ""),
        edits=tuple(Edit(**edit) for edit in table["edit"]),
        why_not=table.get("why_not", ""),
    )


def _demand_keys(where: str, table: dict[str, Any], least: set[str], most: set[str]) -> None:
    missing, unknown = least - set(table), set(table) - most
    if missing or unknown:
        raise BankError(f"{where}: missing {sorted(missing)}, unknown {sorted(unknown)}")


def _copy(source: Path, goal: Path) -> None:
    goal.parent.mkdir(parents=True, exist_ok=True)
    if source.is_dir():
        shutil.copytree(
            source, goal, ignore=shutil.ignore_patterns("__pycache__", "node_modules", ".*"), dirs_exist_ok=True
        )
    else:
        shutil.copy(source, goal)
