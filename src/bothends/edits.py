"""Which files a contract and the code of its target are, and when one of them has changed.

Times and sizes are compared ten times a second. Notices of the operating system would save little: the files are
some hundred, and a mounted folder, as containers have them, often sends none.
"""

from __future__ import annotations

import asyncio
import os
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from bothends.contract.settings import KNOWN_FINDINGS

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from bothends.contract import Contract
    from bothends.contract.settings import TargetSettings

POLL_SECONDS = 0.1
"""Time between two looks at the files."""
LONGEST_SHARE = 10
"""Of a large folder a look takes longer: it is left alone for this many times as long as the look took."""
QUIET_SECONDS = 0.1
"""How long nothing must change until a change is over: an editor may write a file twice, or under two names."""

# What is in a folder of code and no person edits.
_FOLDERS = frozenset({
    "__pycache__", "_build", "bower_components", "build", "coverage", "dist", "htmlcov", "log", "logs", "node_modules",
    "out", "site-packages", "target", "tmp", "vendor",
})  # fmt: skip
_ENDS = (
    ".bak", ".db", ".db-journal", ".db-shm", ".db-wal", ".lock", ".log", ".orig", ".partial", ".pid", ".pyc", ".pyo",
    ".sock", ".sqlite", ".sqlite3", ".sqlite3-journal", ".sqlite3-shm", ".sqlite3-wal", ".swo", ".swp", ".swx", ".tmp",
    "~",
)  # fmt: skip
_MAGIC = frozenset("*?[")

State = tuple[int, int, int] | None
"""What tells a changed file: its time in nanoseconds, its size and its number on the disk; None: there is no file."""


@dataclass(frozen=True, slots=True)
class Watched:
    """What is watched.

    Attributes:
        spec: Files of the spec and its overlays.
        others: Other files of the contract: settings, pacts, plugins, known findings.
        folders: Folders whose files belong to the contract, without those in them: of pacts, and those in which a
            file may be missing.
        code: What the code of the target is found by: a folder, and a pattern below it; empty: all of it.
    """

    spec: frozenset[Path]
    others: frozenset[Path]
    folders: frozenset[Path] = frozenset()
    code: tuple[tuple[Path, str], ...] = ()

    def look(self) -> dict[Path, State]:
        """Return the state of each file."""
        found = {file: state_of(file) for file in self.spec | self.others}
        for file in self._more():
            if file not in found:
                found[file] = state_of(file)
        return found

    def _more(self) -> Iterator[Path]:
        for folder in self.folders:
            yield from _files_in(folder)
        for root, pattern in self.code:
            yield from _code(root, pattern)

    def is_code(self, file: Path) -> bool:
        """Return whether a file is none of the contract's."""
        return file not in self.spec | self.others and file.parent not in self.folders


def state_of(file: Path) -> State:
    """Return the state of a file."""
    try:
        found = file.stat()
    except (OSError, ValueError):
        return None
    return found.st_mtime_ns, found.st_size, found.st_ino


def _files_in(folder: Path) -> Iterator[Path]:
    try:
        with os.scandir(folder) as entries:
            yield from [Path(entry.path) for entry in entries if _edited(entry.name) and entry.is_file()]
    except OSError:
        return  # a folder that is not there has no files: when it appears, they do


def _edited(name: str) -> bool:
    """Whether a file of this name may be one that a person edits."""
    # Vim writes a file of this name to see whether it may.
    return not name.startswith((".", "#")) and not name.endswith(_ENDS) and name != "4913"


def _below(folder: Path) -> Iterator[Path]:
    """Yield the files in a folder and those below it; links to folders are not followed."""
    for place, folders, files in os.walk(folder):
        root = Path(place)
        folders[:] = [name for name in folders if _entered(root / name)]
        yield from (root / name for name in files if _edited(name))


def _entered(folder: Path) -> bool:
    """Whether a folder may have files that a person edits: not a virtual environment, nor what was built."""
    name = folder.name
    if name.startswith(".") or name in _FOLDERS or name.endswith(".egg-info"):
        return False
    return not (folder / "pyvenv.cfg").exists()


def _code(root: Path, pattern: str) -> Iterator[Path]:
    """Yield the files that a pattern is of: a folder is all that is below it."""
    if not pattern:
        yield from _below(root) if root.is_dir() else [root]
        return
    try:
        found = list(root.glob(pattern))
    except (OSError, ValueError, NotImplementedError):
        return
    for each in found:
        if all(_entered(folder) for folder in each.parents if folder != root and root in folder.parents):
            yield from _below(each) if each.is_dir() else [each]


def _split(folder: Path, pattern: str) -> tuple[Path, str]:
    """Return the folder from which a pattern is sought, and the rest of it."""
    parts = Path(pattern).parts
    fixed = next((index for index, part in enumerate(parts) if _MAGIC & set(part)), len(parts))
    return folder.joinpath(*parts[:fixed]), "/".join(parts[fixed:])


def absolute(file: Path) -> Path:
    """Return a file by the one name that it has here."""
    return Path(os.path.abspath(file))  # noqa: PTH100 -- without `..`, and without following links, as no Path does


def spec_files(contract: Contract) -> frozenset[Path]:
    """Return the files of a spec, but for the copy of one that the target serves: that is made by runs themselves."""
    settings = contract.settings
    copied = absolute(settings.spec) if settings.spec_url else None
    return frozenset(map(absolute, (settings.spec, *contract.files, *settings.overlays))) - {copied}


def watched_of(contract: Contract, target: TargetSettings) -> Watched:
    """Return what is watched of a contract and its target.

    Args:
        contract: The contract.
        target: What is launched; of a target that runs already, no code is watched.
    """
    settings = contract.settings
    others = {settings.file, settings.known_findings or settings.file.parent / KNOWN_FINDINGS}
    others |= {settings.file.parent / name for name in settings.plugins if name.endswith(".py")}
    return Watched(
        spec=spec_files(contract),
        others=frozenset(map(absolute, others)),
        folders=frozenset() if settings.pacts is None else frozenset({absolute(settings.pacts)}),
        code=() if target.url is not None else tuple(_code_of(target, settings.file.parent)),
    )


def _code_of(target: TargetSettings, folder: Path) -> Iterator[tuple[Path, str]]:
    if target.watch is None:
        yield absolute(target.cwd), ""
    for each in target.watch or ():
        root, pattern = _split(folder, each)
        yield absolute(root), pattern


def watched_without_contract(settings_file: Path, spec: Path | None, before: Watched | None) -> Watched:
    """Return what is watched while the contract can't be read: what was, and all that lies beside it.

    Args:
        settings_file: The settings file.
        spec: The spec that the call names; None: it names none.
        before: What was watched of the last contract that could be read; None: there was none.
    """
    named = frozenset({absolute(settings_file)})
    specs = frozenset() if spec is None else frozenset({absolute(spec)})
    beside = frozenset(file.parent for file in named | specs)
    if before is None:
        return Watched(specs, named, beside)
    beside |= frozenset(file.parent for file in before.spec)
    return Watched(before.spec | specs, before.others | named, before.folders | beside, before.code)


def differing(before: Mapping[Path, State], after: Mapping[Path, State]) -> list[Path]:
    """Return the files that have changed, come or gone, by their names."""
    return sorted(file for file in before.keys() | after.keys() if before.get(file) != after.get(file))


def added_since(before: Mapping[Path, State], now: Mapping[Path, State], began_ns: int) -> dict[Path, State]:
    """Return the states from which a change is seen, when more is watched than before the contract was read.

    What is newer than the beginning of that, nanoseconds since 1970, may have been read before it changed.
    """
    fresh = {file: None if state is not None and state[0] >= began_ns else state for file, state in now.items()}
    return {file: before.get(file, fresh[file]) for file in now}


async def next_change(watched: Watched, before: Mapping[Path, State]) -> list[Path]:
    """Wait until files have changed, and have come to rest; return them.

    Args:
        watched: What is watched.
        before: The states that are no change.
    """
    loop = asyncio.get_running_loop()
    while True:
        began = loop.time()
        now = await asyncio.to_thread(watched.look)
        if differing(before, now):
            break
        await asyncio.sleep(max(POLL_SECONDS, LONGEST_SHARE * (loop.time() - began)))
    while True:
        await asyncio.sleep(QUIET_SECONDS)
        later = await asyncio.to_thread(watched.look)
        if not differing(now, later):
            # Written and undone: the watch goes on from here.
            return differing(before, now) or await next_change(watched, now)
        now = later


def is_loaded(file: Path) -> bool:
    """Return whether a file is Python code that this process has loaded: it can't be loaded anew in it."""
    if file.suffix != ".py":
        return False
    real = file.resolve()
    names = {name for module in list(sys.modules.values()) if (name := getattr(module, "__file__", None))}
    return any(name.endswith(real.name) and Path(name).resolve() == real for name in names)
