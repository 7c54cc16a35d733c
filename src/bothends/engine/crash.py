"""What is kept of a failure of bothends itself: the traceback goes to a file, not to the screen."""

from __future__ import annotations

import time
import traceback
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path


def record_crash(folder: Path, error: BaseException) -> str:
    """Write an error's traceback to a file, and return one line that says so.

    Args:
        folder: The state folder.
        error: What was raised.
    """
    problem = f"{type(error).__name__}: {error}".splitlines()[0]
    path = folder / f"crash-{time.strftime('%Y%m%dT%H%M%S')}.txt"
    try:
        folder.mkdir(parents=True, exist_ok=True)
        path.write_text("".join(traceback.format_exception(error)), encoding="utf-8", errors="backslashreplace")
    except OSError as unwritten:
        return f"{problem} (its traceback could not be kept: {unwritten.strerror})"
    return f"{problem}; its traceback is in {path}"
