"""What an exchange was about, in so few words that all cases of one promise share them."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, NamedTuple

from bothends.records import INGEST, Answer, Cause

if TYPE_CHECKING:
    from collections.abc import Mapping

    from bothends.contract import Contract
    from bothends.records import Exchange

BODY, SESSION, CONNECTION, END, METHODS = "body", "session", "connection", "end", "methods"

# Families that are about one part of a request. What is not named here is an area of its own.
AREAS = {
    **dict.fromkeys(
        (
            *("success", "malformed-body", "unsupported-media-type", "body-too-large", "invalid-body", "odd-body"),
            *("odd-media-types", "content-codings", "fuzz-valid", "fuzz-invalid", "coverage"),
        ),
        BODY,
    ),
    **dict.fromkeys(("signed-in", "signed-out"), SESSION),
    **dict.fromkeys(("framing", "slow-clients", "disconnects"), CONNECTION),
    **dict.fromkeys(("around-stop", "in-flight-at-stop", "start-and-stop"), END),
}


@dataclass(frozen=True, slots=True)
class Terrain:
    """What situations are read by: names that a contract gives.

    Attributes:
        parts: Names of the world's parts, `ingest` among them.
        refusals: For each status by which a request is refused, what such a refusal is about.
        declared: Statuses that an operation declares.
    """

    parts: tuple[str, ...] = (INGEST,)
    refusals: Mapping[int, str] = field(default_factory=dict)
    declared: frozenset[int] = frozenset()

    @classmethod
    def of(cls, contract: Contract) -> Terrain:
        """Return the terrain of a contract."""
        refusals = {
            status: AREAS[answer.given.family]
            for operation in contract.operations
            for answer in operation.answers
            if answer.given is not None and answer.given.family in AREAS
            for status in operation.statuses_for(answer)
        }
        declared = {
            s for operation in contract.operations for a in operation.answers for s in operation.statuses_for(a)
        }
        world = contract.settings.world
        parts = dict.fromkeys((*world.upstreams, *world.ingests, INGEST))
        return cls(tuple(parts), refusals, frozenset(declared))


class Area(NamedTuple):
    """What a request was about: a part of it, or parts of the world that were not well.

    Attributes:
        about: One of the names above, or a family; empty where parts of the world are named.
        parts: The parts of the world that were not well.
    """

    about: str = ""
    parts: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Situation:
    """What an exchange was about.

    Attributes:
        area: The part of the world that was not well; else what the request was about.
        unwell: The parts of the world that were not well, or slow; empty: all is well.
        plain: Whether nothing at all was odd about it.
        promised: The statuses that are right; empty: it is no request of the operation, or any will do.
        outcome: The status, or the kind of no answer.
        refused_for: What the status says that the request was refused for; else the area.
        foreign: Whether the status is one that tells more than that something failed, and that nobody declares.
        taken: Whether it was answered 2xx, and no success was right.
    """

    area: Area
    unwell: tuple[str, ...]
    plain: bool
    promised: frozenset[int]
    outcome: str
    refused_for: Area
    foreign: bool
    taken: bool

    @property
    def good(self) -> bool:
        """Whether a success was right."""
        return any(map(_success, self.promised))

    @property
    def right(self) -> bool:
        """Whether nothing but a success was right."""
        return bool(self.promised) and all(map(_success, self.promised))

    @property
    def let_in(self) -> bool:
        """Whether a caller who is not signed in was answered as one who is."""
        return self.taken and not self.good and self.area.about == SESSION

    @property
    def promise(self) -> str:
        """The statuses that are right, as a cause has them."""
        return ",".join(map(str, sorted(int(status) for status in self.promised)))

    def cause(self, kind: str, *, status: str = "") -> Cause:
        """Return a cause that is told apart by what the request was about."""
        return cause_in(self.area, kind, status=status)


def cause_in(area: Area, kind: str, *, status: str = "") -> Cause:
    """Return a cause that is told apart by an area."""
    return Cause(kind, location=area.about, upstream=",".join(area.parts), status=status)


def _success(status: int) -> bool:
    return 200 <= status < 300  # noqa: PLR2004 -- the class of successes, RFC 9110 section 15.3


def situation(exchange: Exchange, terrain: Terrain) -> Situation:
    """Return what an exchange was about."""
    case, answer = exchange.case, exchange.answer
    promised = frozenset() if case.expect.any_answer else case.expect.statuses
    named = AREAS.get(case.family, case.family)
    refused_for = {terrain.refusals.get(status, "") for status in promised}
    if len(refused_for) == 1:
        named = refused_for.pop() or named
    if case.family == "coverage" and not promised:
        named = METHODS  # what is generated beside bodies, and is no request of the operation, has another method
    subjects = {condition.subject for condition in case.given}
    unwell = tuple(part for part in terrain.parts if part in subjects)
    area = Area(parts=unwell) if unwell and named != END else Area(named)
    told = terrain.refusals.get(getattr(answer, "status", 0))
    return Situation(
        area=area,
        unwell=unwell,
        plain=case.label == "success/usual",
        promised=promised,
        outcome=str(answer.status) if isinstance(answer, Answer) else answer.kind,
        refused_for=area if told is None or area.parts or area.about == END else Area(told),
        foreign=isinstance(answer, Answer) and answer.status not in {*terrain.declared, 500},
        taken=isinstance(answer, Answer) and answer.success and not any(map(_success, promised)),
    )
