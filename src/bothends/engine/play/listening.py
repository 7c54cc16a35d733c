"""Waits for what a target shows or sends a while after what has caused it."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, TypeVar

from bothends.engine.play.known_objects import AGED
from bothends.engine.play.pending import LIMITS

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from bothends.engine.testbed import TestBed

_Read = TypeVar("_Read")

_GLANCE = 0.1
"""Seconds between two looks at what was done just before."""


async def read_until(read: Callable[[], Awaitable[_Read]], is_right: Callable[[_Read], bool]) -> _Read:
    """Read until it is right, for a while at most; return the last reading. A target may copy what it has.

    Args:
        read: Reads once.
        is_right: Returns whether a reading shows what was done just before.
    """
    clock = asyncio.get_running_loop().time
    until = clock() + AGED
    while True:
        found = await read()
        if is_right(found) or clock() >= until:
            return found
        await asyncio.sleep(_GLANCE)


async def heard_within(testbed: TestBed, there: Callable[[], bool], seconds: float) -> bool:
    """Return whether something was heard within some seconds of the target's; what this machine took is added."""
    clock = testbed.clock
    began = clock.now()
    while not there():
        now = clock.now()
        if now - began - testbed.machine.waits(began, now).total >= seconds:
            return False
        await asyncio.sleep(LIMITS.look)
    return True
