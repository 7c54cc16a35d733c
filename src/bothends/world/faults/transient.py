"""Faults that pass: at the first attempts, or now and then."""

from __future__ import annotations

from collections import Counter
from hashlib import blake2b
from typing import TYPE_CHECKING

from bothends.world.faults.base import Fault, fault, fault_of, whole_number
from bothends.world.faults.statuses import error_reply

if TYPE_CHECKING:
    from collections.abc import Mapping

    from bothends.world.faults.base import FaultContext


_MOST = 99


@fault("fails-times")
class FailsTimes(Fault):
    """500 at the first attempts of each event; then it is itself.

    Attempts of one event are told by its identity. What carries none (a call to an upstream, an event
    with neither id nor seed) can't be told from its repetition: of those only the first ones are failed.
    """

    pattern = "the {upstream} fails {count} times"
    about = "500 at this many first attempts, then it works"
    family = "upstream-*"
    recovers = True

    def __init__(self, upstream: str, parameters: Mapping[str, str]) -> None:
        """Read how often: 99 times at most."""
        super().__init__(upstream, parameters)
        self._count = whole_number(parameters.get("count", "1"), _MOST, "times")
        self._failed: Counter[tuple[str, ...]] = Counter()

    async def play(self, context: FaultContext) -> None:
        """Fail, or let pass what has failed often enough."""
        if self._failed[context.identities] >= self._count:
            context.let_pass()
            return
        self._failed[context.identities] += 1
        self.fail(context)

    def fail(self, context: FaultContext) -> None:
        """Fail an attempt."""
        context.respond(error_reply(500, context.here))


_ONE_IN = 3


class Chance:
    """Falls on about one request in three, the same ones whenever the world is put into the state."""

    def __init__(self, what: str) -> None:
        """Start from the first request; `what` tells faults apart, so that no two fall on the same requests."""
        self._what = what
        self._count = 0

    def falls(self) -> bool:
        """Return whether the fault falls on this request, and go on to the next."""
        self._count += 1
        digest = blake2b(f"{self._what}/{self._count}".encode(), digest_size=2).digest()
        # The first request always has it: a state that is entered is a state that is met.
        return self._count == 1 or digest[0] % _ONE_IN == 0


@fault("fails-at-random")
class FailsAtRandom(Fault):
    """500 at one request in three; nothing is stored by those."""

    pattern = "the {upstream} fails at random"
    about = "500 at about one request in three, the same ones each time"
    family = "upstream-*"
    recovers = True

    def __init__(self, upstream: str, parameters: Mapping[str, str]) -> None:
        super().__init__(upstream, parameters)
        self._chance = Chance(f"{upstream} fails")

    async def play(self, context: FaultContext) -> None:
        """Fail, or let pass."""
        if self._chance.falls():
            context.respond(error_reply(500, context.here))
        else:
            context.let_pass()


fault_of(
    "fails-once",
    "the {upstream} fails once",
    "500 at the first attempt, then it works",
    "500 at the first attempt of each event; then it is itself.",
    base=FailsTimes,
    tried="recovery/fails-once",
)


@fault("loses-at-random")
class LosesAtRandom(Fault):
    """The connection ends with RST after the event was stored: it is in doubt until it is sent once more."""

    pattern = "the {upstream} loses answers at random"
    about = "the request is served, but about one answer in three is lost: the connection ends with RST"
    family = "upstream-*"
    recovers = True
    may_store = True

    def __init__(self, upstream: str, parameters: Mapping[str, str]) -> None:
        super().__init__(upstream, parameters)
        self._chance = Chance(f"{upstream} loses")

    async def play(self, context: FaultContext) -> None:
        """Serve and reset, or let pass."""
        if self._chance.falls():
            context.reply()
            context.connection.reset()
        else:
            context.let_pass()
