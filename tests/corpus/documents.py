"""The corpus: public documents, which of them are here, and whether they are what the list says."""

from __future__ import annotations

import os
import tomllib
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path

HERE = Path(__file__).parent
KEPT = HERE / "kept"
VARIABLE = "BOTHENDS_CORPUS"
"""The environment variable that names a folder with the documents that are not in the repository."""


@dataclass(frozen=True)
class Listed:
    """A document of the list.

    Attributes:
        name: Its name, and that of the folder that it lies in.
        entry: Path of its first file below that folder.
        files: How many files it has.
        operations: How many operations its paths have.
        callbacks: How many callbacks its operations have.
        webhooks: How many webhooks it has.
        licence: The licence of what holds it, an SPDX identifier; `none stated` where there is none.
        source: The package or repository that holds it.
        vendor: Whose it is.
        sha256: Digest of the entry file; of several files, of the sorted lines `<digest of a file>  <its path>`.
    """

    name: str
    entry: str
    files: int
    operations: int
    callbacks: int
    webhooks: int
    licence: str
    source: str
    vendor: str
    sha256: str

    @property
    def folder(self) -> Path | None:
        """The folder that it lies in; None: it is not here."""
        elsewhere = os.environ.get(VARIABLE)
        places = (KEPT, *([Path(elsewhere)] if elsewhere else []))
        return next((place / self.name for place in places if (place / self.name / self.entry).is_file()), None)

    def digest(self, folder: Path) -> str:
        """Return the digest of the files that are there."""
        if self.files == 1:
            return sha256((folder / self.entry).read_bytes()).hexdigest()
        files = sorted(file for file in folder.rglob("*") if file.is_file())
        lines = [f"{sha256(file.read_bytes()).hexdigest()}  {file.relative_to(folder).as_posix()}\n" for file in files]
        return sha256("".join(sorted(lines)).encode()).hexdigest()


def listed() -> list[Listed]:
    """Return all documents of the list."""
    tables = tomllib.loads((HERE / "documents.toml").read_text("utf-8"))["document"]
    return [Listed(**{key: table[key] for key in Listed.__annotations__}) for table in tables]
