"""`bothends mock`: serves a contract before there is an implementation, and sends the events that it declares."""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
import time
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from bothends.cli import loops
from bothends.cli.terminal import INTERRUPTED
from bothends.contract.openapi import is_url
from bothends.errors import ContractError
from bothends.mock import CALLERS, CONTROL, Mock, Options, follow, open_contract
from bothends.records import count_of, were
from bothends.reports import escape

if TYPE_CHECKING:
    import argparse
    from collections.abc import AsyncIterator, Callable, Iterator

    from bothends.cli.terminal import Output
    from bothends.contract import Contract
    from bothends.mock import Attempt, Edit

PORT = 8080
_BETWEEN_LINES = 0.1
"""How soon a line is shown, seconds."""
_MOST_LINES = 1000


def run_mock(arguments: argparse.Namespace, out: Output, err: Output) -> int:
    """Run the command until it is interrupted, which is how it is meant to end."""
    if arguments.reload and arguments.spec is not None and is_url(arguments.spec):
        raise ContractError("--reload follows files, and the spec is a URL.", expected="--spec FILE")
    began_ns = time.time_ns()
    contract = open_contract(arguments.config, arguments.spec)
    return loops.run(lambda: _run(arguments, contract, began_ns, out, err))


async def _run(arguments: argparse.Namespace, contract: Contract, began_ns: int, out: Output, err: Output) -> int:
    lines: list[str] = []

    def told(attempt: Attempt) -> None:
        if len(lines) < _MOST_LINES:
            lines.append(line_of(attempt))

    def edited(edit: Edit) -> None:
        lines.append(line_of_edit(edit))

    def failed(error: BaseException) -> None:
        err.write(f"mock: {type(error).__name__}: {escape(str(error))}\n")
        err.flush()

    ended = asyncio.Event()
    given = dict(_given(contract, arguments.events))
    options = Options(
        host=arguments.host,
        seed="" if arguments.seed is None else str(arguments.seed),
        given=given,
        send_to=arguments.send_to,
        told=told,
        failed=failed,
    )
    mock = Mock(contract, options)
    port = _port(arguments, mock)
    mock = Mock(contract, replace(options, port=port))
    with _until_signalled(ended):
        await mock.start()
        out.write("".join(f"{line}\n" for line in introduction(mock, follows=arguments.reload)))
        out.flush()
        async with _following(mock, arguments, began_ns, edited) as following:
            while not (ended.is_set() or out.gone):
                with contextlib.suppress(TimeoutError):
                    await asyncio.wait_for(ended.wait(), _BETWEEN_LINES)
                _show(lines, out)
                if following is not None and following.done():
                    following.result()
        left = await mock.end()
        _show(lines, out)
    if left:
        many = f"{count_of(left, 'event')} {were(left)} not delivered"
        err.write(f"mock: {many}: no receiver has taken {'it' if left == 1 else 'them'} until the end.\n")
    return 0


@contextlib.asynccontextmanager
async def _following(
    mock: Mock, arguments: argparse.Namespace, began_ns: int, edited: Callable[[Edit], None]
) -> AsyncIterator[asyncio.Task[None] | None]:
    """Follow edits while the body runs, if that is asked for."""
    if not arguments.reload:
        yield None
        return
    following = asyncio.create_task(follow(mock, arguments.config, arguments.spec, began_ns, edited))
    try:
        yield following
    finally:
        following.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await following


@contextlib.contextmanager
def _until_signalled(ended: asyncio.Event) -> Iterator[None]:
    """End at Ctrl-C or SIGTERM; a second SIGTERM does not cut short what the first left to be finished, Ctrl-C does."""
    loop = asyncio.get_running_loop()

    def interrupted() -> None:
        if ended.is_set():
            os._exit(INTERRUPTED)
        ended.set()

    loop.add_signal_handler(signal.SIGTERM, ended.set)
    loop.add_signal_handler(signal.SIGINT, interrupted)
    try:
        yield
    finally:
        # Ignored from now on: Python's own end takes a moment, and what was promised is done.
        signal.signal(signal.SIGTERM, signal.SIG_IGN)
        loop.remove_signal_handler(signal.SIGINT)


def _show(lines: list[str], out: Output) -> None:
    if lines:
        out.write("".join(f"{line}\n" for line in lines))
        lines.clear()
        out.flush()


def _port(arguments: argparse.Namespace, mock: Mock) -> int:
    """Return the port: what is asked for, what a target is told, where the settings have it, else the usual one."""
    if arguments.port is not None:
        return int(arguments.port)
    told = mock.surroundings.get("port")
    if told.isdigit():
        return int(told)
    url = mock.contract.settings.target.url
    return (urlsplit(url).port or PORT) if url is not None else PORT


def _given(contract: Contract, events: list[str]) -> Iterator[tuple[str, str]]:
    """Yield where events go, as the command line says: one URL for all ingests, or one for each.

    Raises:
        ContractError: There is no such ingest.
    """
    names = list(contract.settings.world.ingests)
    for each in events:
        name, equals, url = each.partition("=")
        if not equals or "://" in name:
            for known in names:
                yield f"world.{known}", each.rstrip("/")
        elif name not in names:
            raise ContractError(f"--events names the ingest '{name}', which the settings do not have.")
        else:
            yield f"world.{name}", url.rstrip("/")


def _shown(file: Path) -> str:
    """Return the name of a file, from the working directory where it is below it."""
    try:
        return escape(str(file.resolve().relative_to(Path.cwd())))
    except ValueError:
        return escape(str(file))


def introduction(mock: Mock, *, follows: bool = False) -> Iterator[str]:
    """Yield what a person needs to know: where the mock is, where events go, what it can't do.

    Args:
        mock: The mock.
        follows: Whether it follows edits.
    """
    contract = mock.contract
    yield f"mock of {_shown(contract.settings.spec)} at {mock.url}{_events_go(mock)}"
    for each in contract.unusable:
        yield f"left out: {escape(each.what)}: {escape(str(each.error.problem))}"
    for closed in mock.unmet:
        yield escape(str(closed))
    if contract.events:
        more = "".join(f" and to {escape(each)}" for each in mock.sends_to)
        yield f"It sends to this machine{more} only; --send-to names more."
    if mock.reached_by_others:
        yield "Other machines can reach it: they can use the mock, read what it has sent, and have it send events."
    if mock.issues:
        yield f"What callers show: {mock.url}{CALLERS}"
    if follows:
        yield "Edits are followed."
    yield f"What was sent: {mock.url}{CONTROL}. Press Ctrl-C to stop."


def _events_go(mock: Mock) -> str:
    events = mock.contract.events
    if not events:
        return ""
    ingests = dict.fromkeys(event.url.ingest for event in events if event.url.ingest)
    known = [address for name in ingests if (address := mock.surroundings.get(f"world.{name}"))]
    unknown = [name for name in ingests if not mock.surroundings.get(f"world.{name}")]
    parts = [f"events go to {' and '.join(map(escape, known))}"] if known else []
    if any(event.url.whole is not None for event in events):
        parts.append("events go where requests say" if not known else "or where requests say")
    if unknown:
        parts.append(f"no address is known of {' and '.join(map(escape, unknown))}: --events URL")
    return "".join(f", {part}" for part in parts)


def line_of_edit(edit: Edit) -> str:
    """Return an edit as a line: what is served now, or why it is what was served before."""
    at = time.strftime("%H:%M:%S")
    names = ", ".join(map(_shown, edit.changed))
    if edit.wrong is None:
        return f"{at}  reloaded: {names}"
    problem = "; ".join(escape(line.strip()) for line in str(edit.wrong).splitlines() if line.strip())
    return f"{at}  not reloaded: {problem}"


def line_of(attempt: Attempt) -> str:
    """Return one attempt as a line, with nothing in it that a terminal interprets."""
    at = time.strftime("%H:%M:%S", time.localtime(attempt.at))
    again = f", attempt {attempt.attempt}" if attempt.attempt > 1 else ""
    verdict = "taken" if attempt.taken else "not taken"
    where = f"{attempt.method} {escape(attempt.url, 200)}"
    if not attempt.sent:
        return f"{at}  {escape(attempt.callback)}  {where}  {escape(attempt.said)}"
    return f"{at}  {escape(attempt.callback)}  {where}  {escape(attempt.said)} ({verdict}, {attempt.took_ms} ms{again})"
