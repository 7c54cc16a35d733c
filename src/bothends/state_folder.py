"""`.bothends/`: what one run keeps for the next: replay files, cases, the target's log, crash files.

It stands beside the settings file and keeps itself out of git with a `.gitignore` of its own.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from bothends.errors import HarnessError

if TYPE_CHECKING:
    from pathlib import Path

NAME = ".bothends"


def state_folder(settings_file: Path) -> Path:
    """Return the state folder of a settings file; make it when it is not there.

    Args:
        settings_file: `bothends.toml`; it need not exist, its folder must.

    Raises:
        HarnessError: The folder can't be made.
    """
    folder = settings_file.parent / NAME
    ignore = folder / ".gitignore"
    try:
        folder.mkdir(exist_ok=True)
        if not ignore.exists():
            ignore.write_text("*\n")
    except OSError as error:
        raise HarnessError(
            f"{folder}: the state folder can't be made: {error.strerror}", advice="make its parent writable"
        ) from error
    return folder
