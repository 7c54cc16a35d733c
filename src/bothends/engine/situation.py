"""What an exchange was about, in so few words that all cases of one promise share them."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from bothends.records import Answer
from bothends.world import INGEST

if TYPE_CHECKING:
    from collections.abc import Mapping

    from bothends.contract import Contract
    from bothends.records import Exchange

BODY, SESSION, END, METHODS = "the body", "the session", "the target's end", "methods"

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
    **dict.fromkeys(("framing", "slow-clients", "disconnects"), "the connection"),
    **dict.fromkeys(("around-stop", "in-flight-at-stop", "start-and-stop"), END),
}


@dataclass(frozen=True, slots=True)
class Terrain:
    """What situations are read by: names that a contract gives.

    Attributes:
        parts: Names of the world's parts, `ingest` among them.
        refusals: For each status by which a request is refused, the area that it is about.
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
        return cls((*contract.settings.world.upstreams, INGEST), refusals, frozenset(declared))


@dataclass(frozen=True, slots=True)
class Situation:
    """What an exchange was about.

    Attributes:
        area: The part of the world that was not well, `the ingest`; else what the request was about.
        unwell: The parts of the world that were not well, or slow; empty: all is well.
        plain: Whether nothing at all was odd about it.
        promised: The statuses that are right; empty: it is no request of the operation, or any will do.
        outcome: The status, or the kind of no answer.
        refused_for: What the status says that the request was refused for; else the area.
        foreign: Whether the status is one that tells more than that something failed, and that nobody declares.
        taken: Whether it was answered 2xx, and no success was right.
    """

    area: str
    unwell: str
    plain: bool
    promised: frozenset[int]
    outcome: str
    refused_for: str
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
    def promise(self) -> str:
        """The statuses that are right, as text."""
        return " or ".join(map(str, sorted(int(status) for status in self.promised)))


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
    unwell = " and ".join(
        f"the {part}" for part in terrain.parts if any(g.startswith(f"the {part} ") for g in case.given)
    )
    area = named if named == END else unwell or named
    return Situation(
        area=area,
        unwell=unwell,
        plain=case.label == "success/usual",
        promised=promised,
        outcome=str(answer.status) if isinstance(answer, Answer) else answer.kind,
        refused_for=area if area in {END, unwell} else terrain.refusals.get(getattr(answer, "status", 0), area),
        foreign=isinstance(answer, Answer) and answer.status not in {*terrain.declared, 500},
        taken=isinstance(answer, Answer) and answer.success and not any(map(_success, promised)),
    )
