"""The witness: keeps what the world has seen of the target until it is asked for."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from bothends.records import Delivery, UpstreamCall

_MOST_RECORDS = 20_000
_MOST_BYTES = 64 << 20


class Witness:
    """Numbers deliveries, posts and calls, and collects their records.

    What is kept between two looks is bounded: a target that never stops sending must not fill the memory.

    Attributes:
        dropped: Records for which there was no room, in all.
    """

    def __init__(self) -> None:
        self._deliveries: list[Delivery] = []
        self._calls: list[UpstreamCall] = []
        self._bytes = 0
        self.dropped = 0
        self._numbers = {"delivery": 0, "post": 0, "call": 0}

    def next(self, sort: str) -> int:
        """Return the next number of a sort, from 1.

        Args:
            sort: `delivery`, `post` or `call`.
        """
        self._numbers[sort] += 1
        return self._numbers[sort]

    @property
    def posts(self) -> int:
        """How many requests to an ingest were numbered."""
        return self._numbers["post"]

    def delivered(self, delivery: Delivery, size: int) -> None:
        """Keep a delivery.

        Args:
            delivery: The record.
            size: Bytes of the body that it is a part of.
        """
        if self._has_room(size):
            self._deliveries.append(delivery)

    def called(self, call: UpstreamCall) -> None:
        """Keep an upstream call."""
        if self._has_room(0):
            self._calls.append(call)

    @property
    def waiting(self) -> int:
        """How many deliveries were witnessed and not yet taken."""
        return len(self._deliveries)

    def take(self) -> tuple[list[Delivery], list[UpstreamCall]]:
        """Return what was kept since the last time, each in the order in which it was settled."""
        deliveries, self._deliveries = self._deliveries, []
        calls, self._calls = self._calls, []
        self._bytes = 0
        return deliveries, calls

    def _has_room(self, size: int) -> bool:
        room = len(self._deliveries) + len(self._calls) < _MOST_RECORDS and self._bytes + size <= _MOST_BYTES
        self._bytes += size if room else 0
        self.dropped += not room
        return room
