"""What a run is asked to do, and what may end it early: a person, or a failure."""

from __future__ import annotations

import asyncio
import contextlib
import json
import time
import traceback
from dataclasses import dataclass, field
from hashlib import blake2s
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

from bothends.engine.findings.judge import LawCrashedError
from bothends.errors import ContractError, HarnessError, MachineError, TargetError, by_the_machine
from bothends.state_folder import state_folder_of

if TYPE_CHECKING:
    from collections.abc import Coroutine, Iterator, Mapping

    from bothends.cases import Profile
    from bothends.engine.shards.dealing import Shard


LANES = "lanes"
"""Name of the folder that has one of its own for each lane."""


@dataclass(frozen=True, slots=True)
class Options:
    """What the caller of a run may choose.

    Attributes:
        config: The settings file.
        url: Base URL of a running target; overrides the file.
        command: Command to launch; overrides the file.
        env: Environment variables of the launched target, over those of the file.
        seed: What the cases are made from; None: a random one, which the run tells.
        max_examples: How many generated cases; None: what the profile has.
        only: `FAMILY` or `FAMILY/CASE`; None: all.
        operations: Names and patterns of the operations under test; None: those that the settings choose.
        profile: `quick`, `default` or `deep`.
        spec: A file, or a URL of the target, in place of the spec of the settings; None: theirs.
        allow_writes: Whether anything but GET and HEAD may go to a host that is not loopback.
        fail_fast: Whether to stop at the first finding of severity error.
        concurrency: How many exchanges of a batch are under way at once.
        coverage_threshold: The least part of the contract that must be seen, percent; None: what the settings say,
            which holds for whole runs only.
        live_with_known: Whether known findings break nothing; a replay is asked whether one still shows.
        examine: Whether each finding is reproduced and made smaller when all is played.
        shard: The part of the plan that is played; None: all of it.
        lane: Which of several worlds and targets side by side it is, from 1; None: there is one.
    """

    config: Path = Path("bothends.toml")
    url: str | None = None
    command: tuple[str, ...] | None = None
    env: Mapping[str, str] = field(default_factory=dict)
    seed: int | None = None
    max_examples: int | None = None
    only: str | None = None
    operations: tuple[str, ...] | None = None
    spec: str | None = None
    allow_writes: bool = False
    profile: Profile = "default"
    fail_fast: bool = False
    concurrency: int = 16
    examine: bool = True
    coverage_threshold: float | None = None
    live_with_known: bool = True
    shard: Shard | None = None
    lane: int | None = None

    @property
    def state_folder(self) -> Path:
        """Where state is kept: `.bothends/` beside the settings file, unless another folder is named."""
        return state_folder_of(self.config)

    @property
    def cases_folder(self) -> Path:
        """Where generated cases are kept for the next run, within the state folder."""
        return self.state_folder / "cases"

    @property
    def run_folder(self) -> Path:
        """Where the findings and the logs of this settings file and this target are kept, within the state folder.

        The name is that of the settings file; where the call names another target than the file does, with a digest
        of what it names. Of several lanes, each has a folder of its own in there.
        """
        name = self.config.name.removesuffix(".toml")
        if self.url is not None or self.command is not None or self.env:
            named = json.dumps([self.url, self.command, sorted(self.env.items())])
            name = f"{name}-{blake2s(named.encode(), digest_size=4).hexdigest()}"
        own = self.state_folder / name
        return own if self.lane is None else own / LANES / str(self.lane)


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
