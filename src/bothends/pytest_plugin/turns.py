"""Workers of pytest-xdist take turns with a target of which there is one process at a time.

A worker that has the target keeps it from one item to the next, for it costs a start to give it away. It gives it away
where another one waits: between two items if it has had it for a while, and at once if it has nothing to do itself. A
thread looks for that, as pytest-xdist calls nobody in a worker that waits for items.
"""

from __future__ import annotations

import threading
import time
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

    from bothends.workbench import Workbench

_FOR_A_WHILE = 5.0
"""Seconds after which a worker with more items gives the target away."""
_LOOK_SECONDS = 0.1


class Turns:
    """The turns of one worker; it has the target when this is made, and its first item is under way."""

    def __init__(self, bench: Workbench, started_anew: Callable[[], None]) -> None:
        """Take a workbench that is open.

        Args:
            bench: The workbench; there is one process of its target at a time.
            started_anew: Is told when the target has been started again.
        """
        self._bench = bench
        self._started_anew = started_anew
        self._since = time.monotonic()
        self._under_way = threading.Lock()
        self._begun = self._under_way.acquire()
        self._closed = threading.Event()
        self._looking = threading.Thread(target=self._look, name="bothends-turns", daemon=True)
        self._looking.start()

    def begin(self) -> None:
        """Begin with an item: wait for the lock, if another one has it, and start the target then.

        Raises:
            ContractError: Somebody has a process of the target who takes no turns.
            TargetError: The target could not be started.
        """
        self._begun = self._begun or self._under_way.acquire()
        lock = self._bench.opened.testbed.lock
        if lock is None or lock.held is not None:
            return
        try:
            self._bench.opened.run(lock.acquire())
            self._since = time.monotonic()
            self._bench.opened.run(self._bench.opened.testbed.start())
        except BaseException:
            self._give_away()
            raise
        self._started_anew()

    def end(self) -> None:
        """End an item; nothing where it was begun with no `begin`: it did without the target."""
        if not self._begun:
            return
        if time.monotonic() - self._since > _FOR_A_WHILE and self._wanted:
            self._give_away()
        self._begun = False
        self._under_way.release()

    def close(self) -> None:
        """Give nothing away any more: the workbench is about to be closed."""
        self._closed.set()
        self._looking.join()

    @property
    def _wanted(self) -> bool:
        lock = self._bench.opened.testbed.lock
        return lock is not None and lock.held is not None and lock.wanted

    def _give_away(self) -> None:
        self._bench.opened.run(self._given_away())

    async def _given_away(self) -> None:
        testbed = self._bench.opened.testbed
        await testbed.disconnect()
        await testbed.target.stop()
        if testbed.lock is not None:
            testbed.lock.release()

    def _look(self) -> None:
        while not self._closed.wait(_LOOK_SECONDS):
            if self._under_way.acquire(blocking=False):
                try:
                    if self._wanted:
                        self._give_away()
                finally:
                    self._under_way.release()
