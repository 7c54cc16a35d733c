"""`bothends replay ID --by-hand`: all that stands around a finding is set up, and a person sends its request."""

from __future__ import annotations

import asyncio
import shlex
import sys
from dataclasses import replace
from typing import TYPE_CHECKING

from bothends.cli import loops
from bothends.cli.interrupts import interruptible
from bothends.cli.world import LAST_LINE, show
from bothends.conditions import sentences
from bothends.engine import Interruption
from bothends.engine.play import LIMITS, Batch, ExchangeRunner, KnownIds
from bothends.engine.testbed import open_testbed
from bothends.errors import ContractError
from bothends.reports import LONGEST_BODY, escape, shell_line

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from bothends.cli.terminal import Output
    from bothends.contract import Contract
    from bothends.engine import Options
    from bothends.engine.judge import Replay
    from bothends.engine.testbed import TestBed
    from bothends.records import Case, Credential, Exchange, Request

STANDS_ALONE_SECONDS = 600.0
"""How long it stands where neither end is a terminal: nobody there presses Ctrl-C."""
_BODY = "by-hand-body"
"""Name of a file in the folder of the run."""
_PLACE = "http://127.0.0.1"
"""Some address of a target, to see whether a line can be made."""


def stand_by(contract: Contract, options: Options, kept: Replay, out: Output, err: Output) -> None:
    """Set up the world and the target, send what comes before the request, and show the commands that send it.

    A finding that no command can send is a `ContractError`.
    """
    if why := _why_not(kept):
        problem = f"No command can send what shows finding {kept.id}: {why}."
        raise ContractError(problem, advice=f"bothends replay {kept.id}")
    loops.run(lambda: _stand_by(contract, options, kept, out, err))


def _why_not(kept: Replay) -> str:
    """Return why no command can send what shows a finding; empty: one can."""
    if kept.only or not kept.batches:
        return "it is an interaction of a pact, or a start or a stop of the target"
    *_, last = _parted(kept.batches)
    cases = last.cases
    if len(cases) > 1:
        how = "one after the other" if last.concurrency == 1 else "at once"
        return f"it is {len(cases):,} requests {how}"
    if shell_line(cases[0], _PLACE, signed_in=False) is None:
        return "it is told by how the request is sent"
    return ""


def _parted(batches: tuple[Batch, ...]) -> tuple[Batch, ...]:
    """Return batches of which the last one has one case where it had the same one over and over, one at a time."""
    *earlier, last = batches
    *before, case = last.cases
    if not before or last.concurrency != 1 or any(one != case for one in before):
        return batches
    return (*earlier, replace(last, cases=tuple(before)), replace(last, cases=(case,)))


async def _stand_by(contract: Contract, options: Options, kept: Replay, out: Output, err: Output) -> None:
    ended, task, body = asyncio.Event(), asyncio.current_task(), options.run_folder / _BODY
    stands = False

    def end() -> None:
        ended.set()
        if task is not None and not stands:
            task.cancel()

    with interruptible(end, err, told="\n"):
        try:
            async with open_testbed(contract, options, kept.seed, Interruption()) as testbed:
                request, credential, case = await _made_ready(contract, kept, testbed)
                sent, time_limit = replace(case, request=request), contract.settings.time_limit_ms / 1000
                lines = _commands(sent, credential, testbed, body, time_limit=time_limit)
                out.write("".join(f"{line}\n" for line in (*lines, LAST_LINE)))
                out.flush()
                stands = True
                if not (out.isatty() or (sys.stdin is not None and sys.stdin.isatty())):
                    err.write(f"There is no terminal: this ends by itself after {STANDS_ALONE_SECONDS:g} s.\n")
                    asyncio.get_running_loop().call_later(STANDS_ALONE_SECONDS, end)
                await show(testbed.world, out, ended)
        except asyncio.CancelledError:
            if stands or not ended.is_set():
                raise
        finally:
            body.unlink(missing_ok=True)


async def _made_ready(contract: Contract, kept: Replay, testbed: TestBed) -> tuple[Request, Credential, Case]:
    """Play what comes before the request, and put the world into its state; return what is to be sent, and by whom."""
    limit = contract.settings.judged_time_limit_ms / 1000
    runner = ExchangeRunner(testbed, 1, contract.operations, settle=0.0, behind=limit)
    sender = runner.sender
    ids = sender.ids = KnownIds(contract, testbed.clock.now)
    sender.count_from(kept.before)

    async def play(batch: Batch) -> tuple[Exchange, ...]:
        await ids.stock(batch, play)
        exchanges = (await runner.play(batch)).attributed.exchanges
        for exchange in exchanges:
            ids.note(exchange)
        return exchanges

    *earlier, last = _parted(kept.batches)
    for batch in earlier:
        await play(batch)
    await ids.stock(last, play)
    await asyncio.sleep(LIMITS.settle)  # what comes late is of a request before
    testbed.world.take()
    [case] = last.cases
    number = sender.next_number()
    testbed.world.state.set(last.given)
    return sender.request(number, case), sender.signed_in(number, case, last), case


def _commands(case: Case, credential: Credential, testbed: TestBed, body: Path, *, time_limit: float) -> Iterator[str]:
    """Yield the lines for a shell: what sets the variables, and what sends the request.

    Args:
        case: Its request is as it is sent.
        credential: Who sends it.
        testbed: What stands.
        body: The file into which the request's body is written where it is too long for a line.
        time_limit: Seconds for which a run waits for an answer.
    """
    given = " and ".join(sentences(case.given)) or "all services work"
    yield f"# {escape(case.label)} of {escape(case.operation)}, while {escape(given)}"
    pairs = [f"{name}={value}" for name, value in credential.cookies]
    pairs += [value for name, value in credential.headers if name.lower() == "cookie"]
    if pairs:
        yield f"COOKIE={shlex.quote('; '.join(pairs))}"
    values = dict((*credential.headers, *credential.query))
    for name, variable in credential.variables().items():
        yield f"{variable}={shlex.quote(values[name])}"
    if case.request.body is not None and len(case.request.body) > LONGEST_BODY:
        body.write_bytes(case.request.body)
    line = shell_line(
        case, testbed.target.base_url, signed_in=bool(pairs), credential=credential, file=body, time_limit=time_limit
    )
    yield line or "# No command can send this request: it is too long for a line."
