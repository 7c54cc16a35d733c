"""Targets that run already."""

from __future__ import annotations

import asyncio
import contextlib
import socket
from typing import Any

import pytest

from bothends.errors import ContractError, TargetError
from bothends.launch import RunningTarget, Target


def check(answers: list[bytes], **options: Any) -> None:
    """Check a target that gives these answers, the last one over and over."""
    serving: list[asyncio.Task[None]] = []

    def accept(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        serving.append(asyncio.ensure_future(serve(reader, writer)))

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            await reader.readuntil(b"\r\n\r\n")
            writer.write(answers.pop(0) if len(answers) > 1 else answers[0])
        except (asyncio.IncompleteReadError, ConnectionError):
            pass  # it was only asked whether it accepts
        finally:
            writer.close()
            with contextlib.suppress(ConnectionError):
                await writer.wait_closed()

    async def main() -> None:
        server = await asyncio.start_server(accept, "127.0.0.1", 0)
        url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
        target: Target = RunningTarget(f"{url}/", **options)
        try:
            async with target:
                assert url == target.base_url
                assert target.died() is None
                assert target.log_tail() == []
                assert await target.stop() is None
        finally:
            server.close()
            await asyncio.gather(*serving)

    asyncio.run(main())


def answer(status: int) -> bytes:
    """Return an answer's bytes."""
    return b"HTTP/1.1 %d X\r\nContent-Length: 0\r\n\r\n" % status


def test_a_port_that_accepts_is_enough() -> None:
    """Without a path to ask for, nothing is asked."""
    check([b""])


@pytest.mark.parametrize("status", [200, 301, 404])
def test_any_answer_but_a_server_error_is_ready(status: int) -> None:
    """The path need not exist: the target answers."""
    check([answer(status)], ready="/healthz")


def test_a_target_that_takes_its_time() -> None:
    """Server errors and broken answers are waited out."""
    check([answer(503), b"", b"garbage\r\n", answer(200)], ready="/healthz")


@pytest.mark.parametrize(
    ("given", "seen"), [(answer(503), "answers 503"), (b"", r"gets no answer \(closed\)"), (b"?\r\n", "not-http")]
)
def test_a_target_that_is_never_ready(given: bytes, seen: str) -> None:
    """The error says what was seen last, and what to do."""
    with pytest.raises(TargetError, match=seen) as caught:
        check([given], ready="/healthz", start_limit=1.0)
    assert "--url" in caught.value.advice


def test_nothing_runs() -> None:
    """A port on which nothing listens is the target's error."""
    with socket.socket() as sock:
        sock.bind(("127.0.0.1", 0))
        url = f"http://127.0.0.1:{sock.getsockname()[1]}"
        with pytest.raises(TargetError, match="accepts no connection"):
            asyncio.run(RunningTarget(url, start_limit=0.1).start())
        with pytest.raises(TargetError, match="accepts no connection"):
            asyncio.run(RunningTarget(url, start_limit=0).start())  # it is asked once, however short the wait is


def test_a_url_that_is_none() -> None:
    """It is the caller's error, before anything is tried."""
    with pytest.raises(ContractError, match="is not an http URL"):
        RunningTarget("127.0.0.1:3000")
