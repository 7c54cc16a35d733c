"""The canary: an address that only a redirect leads to. Whatever comes to it should not have been sent."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bothends.records import CANARY, UpstreamCall
from bothends.world.station import Station
from bothends.world.wire import Reply

if TYPE_CHECKING:
    from bothends.records import Condition
    from bothends.world.station import Place
    from bothends.world.wire import Received

_NOT_FOUND = Reply(404, (("content-type", "application/json"),), b'{"error":"Not Found","status":404}')


class Canary(Station):
    """Answers 404 to everything, and keeps a record of it.

    Args:
        place: Where it stands.
    """

    def __init__(self, place: Place) -> None:
        super().__init__(CANARY, place)

    def visit(self, received: Received) -> CanaryVisit:
        """Number the call."""
        return CanaryVisit(self, received, self.place.witness.next("call"))


class CanaryVisit:
    """One call to the canary."""

    identities: tuple[str, ...] = ()

    def __init__(self, canary: Canary, received: Received, number: int) -> None:
        self._canary = canary
        self._received = received
        self._number = number

    def honest(self) -> Reply:
        """Return 404."""
        return _NOT_FOUND

    def pretended(self) -> Reply:
        """Return 404."""
        return _NOT_FOUND

    def instead(self, reply: Reply) -> None:
        """Nothing: the canary promises nothing."""

    def settle(  # noqa: PLR0913 -- as `Visit` has it
        self, *, at: float, status: int | None, right: bool, whole: bool, fault: Condition | None, odd: bool = False
    ) -> None:
        """Record the call."""
        del right, odd  # there is no right answer here
        self._canary.place.witness.called(
            UpstreamCall(
                upstream=CANARY,
                number=self._number,
                began=self._received.at,
                ended=at,
                status=status,
                value=None,
                fault=fault,
                request_line=self._received.line,
                headers=self._received.headers,
                answered=whole,
            )
        )
