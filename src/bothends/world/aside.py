"""What comes to the addresses of registrations: it is kept by its address, and is no delivery of an exchange.

The address of a registration is of the world, so that a target that verifies it, or sends there what others cause,
calls nobody else. Only who made the registration asks what came there.
"""

from __future__ import annotations

import asyncio
import json
from typing import TYPE_CHECKING, Any

from bothends.records import CameAside

if TYPE_CHECKING:
    from bothends.world.http import Received

_MOST = 256
"""Addresses that are listened to at once: a case has two, and those of the cases before it are over."""
_MOST_OF_ONE = 64
"""Of what came to one address, the last so many are kept."""


class Aside:
    """What came to addresses of registrations, by the path of each that somebody listens to."""

    def __init__(self) -> None:
        """Listen to none."""
        self._came: dict[str, list[CameAside]] = {}
        self._held: dict[str, asyncio.Event] = {}

    def listen(self, path: str) -> None:
        """Keep from now on what comes to an address."""
        self._came.setdefault(path, [])
        while len(self._came) > _MOST:
            self._came.pop(next(iter(self._came)))

    def came(self, path: str) -> tuple[CameAside, ...]:
        """Return what came to an address since it is listened to, in order."""
        return tuple(self._came.get(path, ()))

    def over(self, path: str) -> None:
        """Listen to an address no more."""
        self._came.pop(path, None)

    def take(self, received: Received) -> asyncio.Event | None:
        """Take a request that came to one of the addresses, or below it; return until when it hangs, if it does."""
        path = _of(received.path, self._came)
        if path is not None:
            one = CameAside(received.at, received.method, _payload(received.body))
            self._came[path] = [*self._came[path], one][-_MOST_OF_ONE:]
        path = _of(received.path, self._held)
        return None if path is None else self._held[path]

    def hold(self, path: str) -> None:
        """Let what comes to an address hang until it is let go."""
        self._held[path] = asyncio.Event()

    def let_go(self, path: str) -> None:
        """Answer what hangs at an address, and what comes there from now on."""
        held = self._held.pop(path, None)
        if held is not None:
            held.set()


def _of(path: str, known: dict[str, Any]) -> str | None:
    return next((one for one in known if path == one or path.startswith(f"{one}/")), None)


def _payload(body: bytes) -> Any:
    try:
        return json.loads(body)
    except (ValueError, RecursionError):
        return body.decode("utf-8", "replace")
