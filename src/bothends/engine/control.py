"""What may end a run early: a person, or a failure."""

from __future__ import annotations

import asyncio
import contextlib
import time
import traceback
from typing import TYPE_CHECKING, TypeVar

from bothends.errors import ContractError, HarnessError, LawCrashedError, MachineError, TargetError, by_the_machine

if TYPE_CHECKING:
    from collections.abc import Coroutine, Iterator
    from pathlib import Path

# An orderly end at a person's wish: what is under way is let go, what was found is kept.

T = TypeVar("T")


class Interrupted(Exception):  # noqa: N818 -- no error: a person's wish
    """A person asked for the end of the run."""


class Interruption:
    """Whether a person has asked for the end of a run."""

    def __init__(self) -> None:
        """Start unasked."""
        self._asked = asyncio.Event()

    def ask(self) -> None:
        """Ask for the end. To be called in the event loop's thread."""
        self._asked.set()

    async def guard(self, work: Coroutine[object, object, T]) -> T:
        """Await some work, or let it go as soon as the end is asked for.

        Raises:
            Interrupted: The end was asked for before the work was done.
        """
        task = asyncio.ensure_future(work)
        asked = asyncio.ensure_future(self._asked.wait())
        try:
            await asyncio.wait({task, asked}, return_when=asyncio.FIRST_COMPLETED)
            if task.done():
                return task.result()
            raise Interrupted
        finally:
            asked.cancel()
            if not task.done():
                task.cancel()
                with contextlib.suppress(asyncio.CancelledError):
                    await task


# What is kept of a failure of bothends itself: the traceback goes to a file, not to the screen.


def record_crash(folder: Path, error: BaseException) -> str:
    """Write an error's traceback to a file, and return one line that says so."""
    problem = f"{type(error).__name__}: {error}".splitlines()[0]
    path = folder / f"crash-{time.strftime('%Y%m%dT%H%M%S')}.txt"
    try:
        folder.mkdir(parents=True, exist_ok=True)
        path.write_text("".join(traceback.format_exception(error)), encoding="utf-8", errors="backslashreplace")
    except OSError as unwritten:
        return f"{problem} (its traceback could not be written: {unwritten.strerror})"
    return f"{problem}; its traceback is in {path}"


class Outcome:
    """What kept a run from its end, if anything did.

    Attributes:
        target_failure: Why the target could not be started, reached, or kept alive; empty: it was.
        harness_failure: What failed in bothends itself; empty: nothing did.
        by_machine: Whether that is this machine's doing, and the user's to mend.
        interrupted: Whether a person stopped the run.
    """

    def __init__(self) -> None:
        """Begin with a run that nothing keeps from its end."""
        self.target_failure = ""
        self.harness_failure = ""
        self.by_machine = False
        self.interrupted = False

    @property
    def failed(self) -> bool:
        """Whether something failed."""
        return bool(self.target_failure or self.harness_failure)

    @property
    def cut(self) -> bool:
        """Whether the run did not reach its end."""
        return self.failed or self.interrupted

    @contextlib.contextmanager
    def caught(self, state_folder: Path) -> Iterator[None]:
        """Take what ends a run early, so that what was found so far can be summed up.

        Raises:
            ContractError: The call is wrong, and the user can set it right: there is no run to sum up.
        """
        try:
            yield
        except ContractError:
            raise
        except Interrupted:
            self.interrupted = True
        except TargetError as error:
            self.target_failure = str(error)
        except (HarnessError, LawCrashedError) as error:
            self.harness_failure, self.by_machine = str(error), isinstance(error, MachineError)
        except Exception as error:  # noqa: BLE001 -- whatever it is, what was found so far is kept
            cause = by_the_machine(error)
            self.harness_failure = record_crash(state_folder, error) if cause is None else str(cause)
            self.by_machine = cause is not None
