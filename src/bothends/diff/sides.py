"""One side of a comparison: a document as a file has it, or as a revision of git has it."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path
from typing import TYPE_CHECKING

from bothends.contract import open_document
from bothends.diff.rule import Spot
from bothends.documents import Library, read_text
from bothends.errors import ContractError, Location, MachineError
from bothends.schemas import Parts

if TYPE_CHECKING:
    from collections.abc import Sequence

    from bothends.documents import Document, Place
    from bothends.schemas import Direction

_LONGEST_LINE = 160


class Revision:
    """A revision of the git repository that a folder is in.

    Attributes:
        name: As it was given: `HEAD~1`.
        top: The repository's folder.
    """

    def __init__(self, name: str, folder: Path) -> None:
        """Take the revision's name, and a folder of the repository.

        Raises:
            ContractError: There is no repository, or no such revision.
        """
        self.name = name
        self._commit = _git(folder, "rev-parse", "--verify", "--quiet", "--end-of-options", f"{name}^{{commit}}")
        if self._commit is None:
            raise ContractError(f"git knows no revision '{name}' here.", expected="FILE, or REVISION:FILE of git")
        self.top = Path((_git(folder, "rev-parse", "--show-toplevel") or b"").decode().strip())

    def has(self, file: Path) -> bool:
        """Return whether the revision has a file."""
        return _git(self.top, "cat-file", "-e", f"{self._name}:{self._inside(file)}") is not None

    def text(self, file: Path, what: str) -> str:
        """Return the text of a file.

        Raises:
            ContractError: The revision has no such file, or it is not UTF-8.
        """
        found = _git(self.top, "cat-file", "blob", f"{self._name}:{self._inside(file)}")
        if found is None:
            raise ContractError(f"{what} does not exist at {self.name}.", where=Location(file))
        try:
            return found.decode("utf-8-sig")
        except UnicodeDecodeError as error:
            raise ContractError(f"{what} is not UTF-8 text.", where=Location(file), expected="UTF-8") from error

    @property
    def _name(self) -> str:
        return (self._commit or b"").decode().strip()

    def _inside(self, file: Path) -> str:
        return Path(os.path.relpath(file.absolute(), self.top)).as_posix()


def _git(folder: Path, *words: str) -> bytes | None:
    """Return what git says; None: it refuses.

    Raises:
        MachineError: There is no git.
    """
    try:
        done = subprocess.run(["git", "-C", str(folder), *words], capture_output=True, check=False)  # noqa: S603, S607 -- git of the PATH, and no shell
    except FileNotFoundError as error:
        raise MachineError("git is not installed.", advice="Install it, or compare two files.") from error
    return done.stdout if done.returncode == 0 else None


class Side:
    """A document, and what is made of its schemas.

    Attributes:
        root: The document.
        revision: The revision that it is read at; None: it is on the disk.
    """

    def __init__(self, root: Place, revision: Revision | None = None) -> None:
        """Take the document."""
        self.root = root
        self.revision = revision
        self._parts: dict[Direction, Parts] = {}
        self._lines: dict[int, tuple[Document, list[str]]] = {}
        self._spots: dict[tuple[str, str], Spot] = {}

    def parts(self, direction: Direction) -> Parts:
        """Return the schemas that others refer to, for values that go that way."""
        if direction not in self._parts:
            self._parts[direction] = Parts(direction)
        return self._parts[direction]

    def spot(self, place: Place) -> Spot:
        """Return a place with the text of its line."""
        if place.identity not in self._spots:
            self._spots[place.identity] = self.spot_at(place.location)
        return self._spots[place.identity]

    def spot_at(self, where: Location) -> Spot:
        """Return a location with the text of its line."""
        text = ""
        if where.line is not None:
            text = next(
                (self._line(each, where.line) for each in self.root.library.documents if each.file == where.file), ""
            )
        return Spot(where, text, "" if self.revision is None else self.revision.name)

    def _line(self, document: Document, line: int) -> str:
        key = id(document)
        if key not in self._lines:
            self._lines[key] = (document, document.text.splitlines())
        lines = self._lines[key][1]
        return lines[line - 1].strip()[:_LONGEST_LINE] if line <= len(lines) else ""


def open_side(name: str, settings_spec: Path | None, overlays: Sequence[Path], own: Sequence[Path]) -> Side:
    """Open one side: a file, or `REVISION:FILE`.

    `overlays` are those of the settings, for their document alone, and `own` those for any. That the side can't be
    read, or that an overlay is wrong, is a `ContractError`.
    """
    revision, file = _read_name(name)
    is_own = settings_spec is not None and settings_spec.resolve() == file.resolve()
    applied = [*(overlays if is_own else ()), *own]
    if revision is None:
        root, _ = open_document(Library(), file, applied)
        return Side(root)
    there = [each for each in applied if revision.has(each)]
    root, _ = open_document(Library(revision.text), file, there)
    return Side(root, revision)


def file_of(name: str) -> Path:
    """Return the file that a side is of, at whatever revision."""
    return _read_name(name)[1]


def _read_name(name: str) -> tuple[Revision | None, Path]:
    if Path(name).exists() or ":" not in name:
        return None, Path(name)
    word, _, path = name.partition(":")
    revision = Revision(word, Path.cwd())
    # As git has it: from the top of the repository, unless it begins with a dot.
    file = Path(path) if path.startswith(("./", "../")) else revision.top / path
    return revision, Path(os.path.relpath(file))


def text_of(side_revision: Revision | None, file: Path, what: str) -> str | None:
    """Return the text of a file on a side; None: there is none."""
    if side_revision is None:
        return read_text(file, what=what) if file.is_file() else None
    return side_revision.text(file, what) if side_revision.has(file) else None
