"""Runs what yields events, passes them to reports, and returns an exit code."""

from __future__ import annotations

import asyncio
import shlex
from contextlib import aclosing
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Protocol, cast

from bothends.cli import loops
from bothends.cli.interrupts import interruptible
from bothends.cli.reports import reports
from bothends.cli.terminal import INTERRUPTED
from bothends.engine import RunFinished
from bothends.reports import Origin, Surroundings

if TYPE_CHECKING:
    import argparse
    from collections.abc import AsyncGenerator, AsyncIterator, Callable, Sequence

    from bothends.cli.terminal import Output
    from bothends.contract import Contract
    from bothends.engine import Event
    from bothends.records import Summary
    from bothends.reports import Appendix, Reporter


class Run(Protocol):
    """What `verify`, `replay` and `provider` have in common."""

    def events(self) -> AsyncIterator[Event]:
        """Tell what happens; the last event is `RunFinished`."""
        ...

    def interrupt(self) -> None:
        """Ask for an orderly end."""
        ...

    def secrets(self) -> Sequence[str]:
        """Return what must not be shown."""
        ...


def perform(  # noqa: PLR0913 -- each has its default, or is what every command is given
    run: Run,
    arguments: argparse.Namespace,
    out: Output,
    err: Output,
    *,
    traced: bool = False,
    again: Callable[[str], str] | None = None,
    contract: Contract | None = None,
    note: Callable[[Summary], None] | None = None,
    told: Callable[[Surroundings], Sequence[Reporter]] | None = None,
    code: Callable[[Summary], int] | None = None,
    appendix: Callable[[Summary], Appendix | None] | None = None,
) -> int:
    """Run it to its end, report, and return the exit code.

    `again` returns the command that shows the finding of an ID once more (None: `bothends replay`). `told` makes what
    is told the events (None: the reports that the arguments ask for), `note` takes note of the end, and `code` returns
    the exit code (None: that of the summary). `traced`, `contract` and `appendix` are those of `Surroundings`.

    Raises:
        ContractError: Two reports are to go to standard output.
        HarnessError: A report can't be written; the others have been by then.
    """
    config: Path = arguments.config
    surroundings = Surroundings(
        again or (lambda found: replay_command(found, config)),
        run.secrets,
        traced=traced,
        verbose=vars(arguments).get("verbose", False),
        contract=contract,
        origin=Origin(config.parent),
    )
    if appendix is not None:
        surroundings = replace(surroundings, appendix=appendix)
    made = reports(arguments, surroundings, out, err) if told is None else told(surroundings)
    return loops.run(lambda: _perform(run, made, err, note, code or _code))


def _code(summary: Summary) -> int:
    return summary.exit_code


def replay_command(finding_id: str, config: Path) -> str:
    """Return the command that replays a finding; the replay file knows the target."""
    words = ["bothends", "replay", finding_id]
    if config != Path("bothends.toml"):
        words += ["--config", str(config)]
    return shlex.join(words)


async def _perform(
    run: Run,
    told: Sequence[Reporter],
    err: Output,
    note: Callable[[Summary], None] | None,
    code_of: Callable[[Summary], int],
) -> int:
    """Tell the events to the reports as they come."""
    code: int | None = None
    events = cast("AsyncGenerator[Event, None]", run.events())
    try:
        with interruptible(run.interrupt, err):
            async with aclosing(events):
                async for event in events:
                    for report in told:
                        report.handle(event)
                    if isinstance(event, RunFinished):
                        code = code_of(event.summary)
                        if note is not None:
                            note(event.summary)
    except asyncio.CancelledError:  # the second Ctrl-C; when all is told, it is for a target that does not end
        pass
    finally:
        for report in told:
            report.close()
    return INTERRUPTED if code is None else code
