"""`.bothends/`: what one run stores for the next. A `.gitignore` in it keeps it out of git."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bothends.errors import HarnessError, Location

if TYPE_CHECKING:
    from pathlib import Path


STATE_FOLDER = ".bothends"
"""Name of the folder beside the settings file that holds cases, findings and logs."""


def make_state_folder(folder: Path) -> None:
    """Create the state folder, and the `.gitignore` in it, if they do not exist.

    Args:
        folder: `.bothends/` beside the settings file.

    Raises:
        HarnessError: It can't be created.
    """
    ignore = folder / ".gitignore"
    try:
        folder.mkdir(parents=True, exist_ok=True)
        if not ignore.exists():
            ignore.write_text("*\n", encoding="utf-8")
    except OSError as error:
        raise HarnessError(
            f"The state folder can't be created: {error.strerror}.",
            where=Location(folder),
            advice="Make the settings file's folder writable.",
        ) from error
