"""Which files a contract may lead to, and how they are read: a document is somebody else's text, and names files.

A reference is followed into the folder of the document that the user named, what lies below it, and folders that the
settings name. Whether there is a file elsewhere, and what is in it, nobody learns from bothends. Read are regular files
of a limited size: a device never ends, and a pipe waits for whoever writes.
"""

from __future__ import annotations

import errno
import os
import stat
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import unquote

if TYPE_CHECKING:
    from collections.abc import Mapping

MOST_BYTES = 64 << 20
"""Of a document. The largest that are published have about half of it."""
MOST_SETTINGS_BYTES = 1 << 20
"""Of a settings file, whose reader takes a hundred times as much memory."""


def read_regular(file: Path, most: int = MOST_BYTES) -> bytes:
    """Return what a regular file of so many bytes at most holds; any other is an `OSError`, as one that can't be read.

    A NUL in its name is a `ValueError`.
    """
    with open(file, "rb", opener=_at_once) as stream:
        known = os.fstat(stream.fileno())
        if not stat.S_ISREG(known.st_mode):
            raise OSError(errno.EINVAL, "it is a device or a pipe, and no regular file")
        data = stream.read(most + 1) if known.st_size <= most else b""
        if known.st_size > most or len(data) > most:
            raise OSError(errno.EFBIG, f"it is larger than {most >> 20} MiB")
    return data


def is_there(file: Path) -> bool:
    """Whether there is a regular file; of a name that no file can have (too long, with a NUL) there is none."""
    return os.path.isfile(file)  # noqa: PTH113 -- Path.is_file raises OSError for a long name, until Python 3.14


def _at_once(file: str, flags: int) -> int:
    """Open a file without waiting for the other end of a pipe."""
    return os.open(file, flags | os.O_NONBLOCK)


@dataclass(frozen=True, slots=True)
class DocumentFolders:
    """The `[documents]` table.

    Attributes:
        folders: Folders into which references may lead, beside that of the document.
        urls: The folder that has the documents of a URL, by what the URL begins with.
    """

    folders: tuple[Path, ...] = ()
    urls: Mapping[str, Path] = field(default_factory=dict)

    def place_of(self, url: str) -> tuple[Path, Path] | None:
        """Return the file that has the document of a URL, and the folder that it is in; None: no folder is named.

        The longest beginning that fits counts.
        """
        fitting = [prefix for prefix in self.urls if url.startswith(prefix)]
        if not fitting:
            return None
        prefix = max(fitting, key=len)
        folder = self.urls[prefix]
        return folder / unquote(url.removeprefix(prefix)).lstrip("/"), folder


def is_within(file: Path, folder: Path) -> bool:
    """Whether a file lies in a folder, or below it, links followed."""
    return Path(os.path.realpath(file)).is_relative_to(os.path.realpath(folder))
