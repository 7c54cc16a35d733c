"""How much of the contract a run has seen: its answers, media types, events, and what their schemas offer."""

from __future__ import annotations

import math
from dataclasses import dataclass
from enum import StrEnum


class Kind(StrEnum):
    """What of a contract can be seen."""

    ANSWER = "answer"
    MEDIA_TYPE = "media type"
    EVENT = "event"
    FIELD = "field"
    BRANCH = "branch"


@dataclass(frozen=True, slots=True)
class CoveragePoint:
    """One thing that the contract declares, and that a run can see.

    Attributes:
        operation: `operationId`.
        kind: What it is.
        where: The answer or event that it belongs to: `200 application/json`, `event routeRequested`.
        what: Which one of that: `/user/name: null`; empty when it is the answer or event itself.
        seen: Whether the run has seen it.
    """

    operation: str
    kind: Kind
    where: str
    what: str
    seen: bool

    @property
    def label(self) -> str:
        """What it is, for a person: `200 application/json /success`."""
        return f"{self.where} {self.what}".rstrip()


@dataclass(frozen=True, slots=True)
class Coverage:
    """All that the contract declares and a run can see.

    Attributes:
        points: In the contract's order.
    """

    points: tuple[CoveragePoint, ...] = ()

    @property
    def seen(self) -> int:
        """How many points were seen."""
        return sum(point.seen for point in self.points)

    @property
    def unseen(self) -> tuple[CoveragePoint, ...]:
        """The points that were not seen."""
        return tuple(point for point in self.points if not point.seen)

    @property
    def percent(self) -> float:
        """The part that was seen, in percent, rounded down to a tenth: 100 only when nothing is missing."""
        return math.floor(1000 * self.seen / len(self.points)) / 10 if self.points else 100.0
