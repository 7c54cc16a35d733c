"""What several workers of one run of the tests need, and one of them makes."""

from __future__ import annotations

import fcntl
import shutil
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path


def made_once(shared: Path, name: str, make: Callable[[Path], None]) -> Path:
    """Return a folder of all workers that `make` has filled, and nobody may change; whoever comes second waits for it.

    What was broken off is made anew.
    """
    folder = shared / name
    shared.mkdir(parents=True, exist_ok=True)
    with (shared / f"{name}.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not folder.exists():
            unfinished = shared / f"{name}.unfinished"
            shutil.rmtree(unfinished, ignore_errors=True)
            unfinished.mkdir()
            make(unfinished)
            unfinished.rename(folder)
    return folder
