"""What the mock makes of receivers that answer too much, nothing, or not at all, and of hosts that are none."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from bothends.errors import ContractError
from bothends.mock import Mock, Options, open_contract
from bothends.mock.destinations import Destinations, UnreachableError
from bothends.mock.sending import BrokenError, Outgoing
from tests.mock.test_command import SHOP

LONG = b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n%b" % (2 << 20, b"a" * (2 << 20))
WHOLE = b"HTTP/1.1 204 No Content\r\n\r\n"


async def asked(*answers: bytes, headers: tuple[tuple[str, str], ...] = ()) -> list[str]:
    """Return what becomes of a request for each answer of a receiver that closes after the last."""
    left = list(answers)

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while left:
            await reader.readuntil(b"\r\n\r\n")
            writer.write(left.pop(0))
        writer.close()

    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    outgoing, told = Outgoing(Destinations()), []
    async with server:
        for _ in answers:
            try:
                url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/"
                told.append(str((await outgoing.request("GET", url, headers, new=False)).status))
            except (BrokenError, UnreachableError) as error:
                told.append(f"{type(error).__name__}: {error}")
        await outgoing.close()
    return told


def test_what_comes_back() -> None:
    """An answer, one that is too long, the end of a connection before any, and what is no HTTP."""
    assert ["204", "204"] == asyncio.run(asked(WHOLE, WHOLE))
    assert ["BrokenError: the answer is too long"] == asyncio.run(asked(LONG))
    assert ["BrokenError: no byte of an answer had come"] == asyncio.run(asked(b""))
    [no_http] = asyncio.run(asked(b"hello\r\n\r\n"))
    assert no_http.startswith("BrokenError: ")


def test_a_header_with_a_line_break_is_not_sent() -> None:
    """It would be another message."""
    [told] = asyncio.run(asked(WHOLE, headers=(("X-A", "b\r\nX-B: c"),)))
    assert (True, True) == (told.startswith("UnreachableError: "), "line break" in told)


@pytest.mark.parametrize("url", ["ftp://a", "http://[", "http://127.0.0.1/\u00e9", f"http://{'a' * 300}.invalid/"])
def test_what_is_no_place(url: str) -> None:
    """Nothing is sent there."""

    async def play() -> None:
        outgoing = Outgoing(Destinations())
        with pytest.raises(UnreachableError):
            await outgoing.request("GET", url, new=True)
        await outgoing.close()

    asyncio.run(play())


def test_a_host_that_is_none() -> None:
    """It is the user's to mend."""

    async def play() -> None:
        mock = Mock(open_contract(Path("none.toml"), SHOP), Options(host="::1%nowhere"))
        with pytest.raises(ContractError, match="cannot listen on ::1%nowhere"):
            await mock.start()

    asyncio.run(play())
