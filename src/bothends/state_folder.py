"""`.bothends/`: what one run stores for the next. A `.gitignore` in it keeps it out of git."""

from __future__ import annotations

import os
from pathlib import Path

from bothends.errors import Location, MachineError

STATE_FOLDER = ".bothends"
"""Name of the folder beside the settings file that holds cases, findings and logs."""

SPECS = "specs"
"""Name of the folder in it that has copies of specs that targets serve."""

VARIABLE = "BOTHENDS_STATE"
"""The environment variable that names another folder for them; `--state` sets it, so that each process knows it."""


def state_folder_of(config: Path) -> Path:
    """Return the folder where the state of a settings file is kept: `.bothends/` beside it, unless another is named."""
    named = os.environ.get(VARIABLE, "")
    return Path(named) if named else config.parent / STATE_FOLDER


def make_state_folder(folder: Path) -> None:
    """Create the state folder, and the `.gitignore` in it, if they do not exist.

    Args:
        folder: `.bothends/` beside the settings file.

    Raises:
        MachineError: It can't be created.
    """
    ignore = folder / ".gitignore"
    try:
        folder.mkdir(parents=True, exist_ok=True)
        if not ignore.exists():
            ignore.write_text("*\n", encoding="utf-8")
    except OSError as error:
        reason = "it is no folder" if folder.exists() and not folder.is_dir() else error.strerror
        raise MachineError(
            f"The state folder can't be {'used' if folder.exists() else 'created'}: {reason}.",
            where=Location(folder),
            advice="Make the settings file's folder writable, or name another one with --state.",
        ) from error
