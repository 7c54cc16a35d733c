"""The process of the target, which a scenario starts, signals, kills and starts again."""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING

from bothends.errors import TargetError
from bothends.launch import LaunchedTarget

if TYPE_CHECKING:
    import signal
    from collections.abc import Callable
    from contextlib import AbstractAsyncContextManager

    from bothends.engine.testbed import TestBed
    from bothends.records import Condition


class UnpreparedError(TargetError):
    """The setup of a target fails that has started."""

    def __init__(self, error: TargetError) -> None:
        """Take the error of its setup."""
        super().__init__(error.problem, where=error.where, expected=error.expected, advice=error.advice)


class TargetProcess:
    """The process of a launched target.

    Attributes:
        target: The launched target.
        signalled: The signals that were sent to it, each with when; by the clock, seconds.
        ended: When a wait for its end was over; by the clock, seconds. None: its end was not waited for.
    """

    def __init__(
        self, testbed: TestBed, aside: Callable[[], AbstractAsyncContextManager[None]] = contextlib.nullcontext
    ) -> None:
        if not isinstance(testbed.target, LaunchedTarget):
            raise TypeError("starting and stopping needs a launched target")
        self.target: LaunchedTarget = testbed.target
        self.signalled: list[tuple[float, signal.Signals]] = []
        self.ended: float | None = None
        self._testbed = testbed
        self._aside = aside  # lets another scenario be played while this one only waits
        self._when_ready = self.target.footprint()

    async def start(self) -> None:
        """Start the target, once more on another port when it was there before."""
        await self.target.stop()
        await self._testbed.start()
        self._when_ready = self.target.footprint()

    async def launch(self) -> None:
        """Start the target without setup, and without a client of its own for it: see `connect`."""
        await self.target.stop()
        await self._testbed.launch()
        self._when_ready = self.target.footprint()

    async def start_under(self, *given: Condition) -> None:
        """Start the target in a state of the world, and prepare it when the world is well again.

        Raises:
            TargetError: It could not be started, or its setup fails.
        """
        with self._testbed.world.state.given(*given):
            await self.launch()
        try:
            await self._testbed.prepare()
        except TargetError as error:
            raise UnpreparedError(error) from error
        await self.connect()

    async def connect(self) -> None:
        """Make ready to send requests to where the target listens, or will; no request may be under way."""
        await self._testbed.disconnect()
        self._testbed.connect()

    def send_signal(self, number: signal.Signals) -> None:
        """Send a signal to the target: what it has not sent by then it may never send."""
        self.signalled.append((self._testbed.clock.now(), number))
        self.target.signal(number)

    async def end(self, limit: float) -> int | None:
        """Wait until the target has ended, `limit` seconds at most; return its exit code, None where it still runs."""
        async with self._aside():  # it may wait for connections that are kept open, for seconds
            code = await self.target.wait(limit)
        self.ended = self._testbed.clock.now()
        return code

    @property
    def holds_no_more(self) -> bool:
        """Whether it has no more threads, connections and memory than when it was ready; what can't be known is not."""
        now = self.target.footprint()
        services = len(self._testbed.addresses) + len(self._testbed.upstreams)
        return now is not None and self._when_ready is not None and now.holds_no_more_than(self._when_ready, services)
