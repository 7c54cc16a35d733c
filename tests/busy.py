"""A run that has not shown all, as this machine was busy, is made again: it says nothing of the target.

One that accuses the target is never made again, however busy the machine was: that it may not.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable

T = TypeVar("T")

SAID = ("of this busy machine", "This machine was too busy to tell")
"""What a run says, or a replay, that has not shown all, as the target had to wait for a processor."""
MOST_RUNS = 5
_NOT_PROVEN = 4


def shows_too_little(code: int, text: str) -> bool:
    """Return whether a command that ended with a code accuses nobody, and says that the machine was too busy to tell.

    Args:
        code: Its exit code.
        text: What it printed.
    """
    return code == _NOT_PROVEN and any(said in " ".join(text.split()) for said in SAID)


def until_shown(run: Callable[[], T], ended: Callable[[T], tuple[int, str]]) -> T:
    """Run a command; again where it says that the machine was too busy to tell.

    Args:
        run: Runs it.
        ended: Returns the exit code, and what was printed.
    """
    done = run()
    for _ in range(MOST_RUNS - 1):
        if not shows_too_little(*ended(done)):
            break
        done = run()
    return done
