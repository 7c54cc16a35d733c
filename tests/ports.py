"""Ports for the services that tests start, and the wait until such a service answers."""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING

import httpx

from bothends.launch.ports import reserved_port
from tests.waiting import until

if TYPE_CHECKING:
    import subprocess

_RESERVED = contextlib.ExitStack()


def ports(count: int) -> list[int]:
    """Return ports that nobody listens on, of those that no outgoing connection gets; until this process ends."""
    return [_RESERVED.enter_context(reserved_port("127.0.0.1")) for _ in range(count)]


def until_it_answers(url: str, process: subprocess.Popen[bytes]) -> None:
    """Wait until a process answers a GET of a URL, whatever it answers."""

    def answers() -> bool:
        assert process.poll() is None, f"{process.args!r} has ended with {process.returncode}"
        with contextlib.suppress(httpx.TransportError):
            httpx.get(url)
            return True
        return False

    until(answers, every=0.1, what=f"{url} is not answered")
