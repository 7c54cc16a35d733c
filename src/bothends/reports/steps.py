"""An exchange as steps between its parties: who told whom what, and when. What a sequence diagram is drawn from."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

from bothends.conditions import sentence
from bothends.records import NoAnswer
from bothends.reports.hostile import harmless

if TYPE_CHECKING:
    from collections.abc import Iterator

    from bothends.records import Delivery, Exchange
    from bothends.reports.redact import Redactor

CALLER, ROUTE, INGEST = "caller", "route", "ingest"
MOST_STEPS = 24
"""Steps of one exchange that are told; a route that loops makes hundreds."""
LONGEST = 90
"""Characters of what one step tells."""


class Mood(StrEnum):
    """How a step went."""

    PLAIN = "plain"
    GOOD = "good"
    BAD = "bad"


@dataclass(frozen=True, slots=True)
class Step:
    """One thing that one party told another.

    Attributes:
        at: When, in milliseconds from the first byte of the request.
        sender: `caller`, `route`, `ingest` or an upstream's name.
        receiver: Likewise.
        text: What was told: harmless, without secrets, short.
        mood: How it went.
        reply: Whether it answers an earlier step.
    """

    at: float
    sender: str
    receiver: str
    text: str
    mood: Mood = Mood.PLAIN
    reply: bool = False


def steps(exchange: Exchange, redactor: Redactor) -> tuple[Step, ...]:
    """Return the steps of an exchange, in the order in which they happened, bounded.

    Args:
        exchange: All that was witnessed.
        redactor: Knows the run's secrets and the exchange's cookies.
    """
    found = sorted(_steps(exchange, redactor), key=lambda step: step.at)
    left_out = len(found) - MOST_STEPS
    if left_out <= 0:
        return tuple(found)
    last = found[-1]
    return (*found[: MOST_STEPS - 2], Step(last.at, ROUTE, ROUTE, f"(+{left_out + 1:,} steps)"), last)


def parties(told: tuple[Step, ...]) -> tuple[str, ...]:
    """Return who takes part: the caller and the route first, the ingest last."""
    names = dict.fromkeys(name for step in told for name in (step.sender, step.receiver))
    others = [name for name in names if name not in {CALLER, ROUTE, INGEST}]
    return (CALLER, ROUTE, *others, *([INGEST] if INGEST in names else []))


def _steps(exchange: Exchange, redactor: Redactor) -> Iterator[Step]:
    began = exchange.began

    def short(text: str) -> str:
        return harmless(redactor.text(text[: LONGEST * 20]), LONGEST)

    def after(moment: float) -> float:
        return round(max(moment - began, 0.0) * 1000, 1)

    request = exchange.case.request
    asked = f"{request.method} {request.target}" if request.raw is None else "raw bytes"
    yield Step(0.0, CALLER, ROUTE, short(asked))
    for call in exchange.calls:
        name = short(call.upstream)
        yield Step(after(call.began), ROUTE, name, short(call.request_line))
        told = f"fault: {sentence(call.fault)}" if call.fault is not None else f"{call.status}"
        mood = Mood.BAD if call.fault is not None else Mood.GOOD
        yield Step(after(call.ended), name, ROUTE, short(told), mood, reply=True)
    for delivery in exchange.deliveries:
        yield Step(after(delivery.received), ROUTE, INGEST, short(f"{delivery.method} {delivery.path}"))
        text, mood = _taken(delivery)
        yield Step(after(delivery.settled), INGEST, ROUTE, short(text), mood, reply=True)
    answer = exchange.answer
    if isinstance(answer, NoAnswer):
        yield Step(after(exchange.ended), ROUTE, CALLER, short(f"no answer: {answer.kind}"), Mood.BAD, reply=True)
        return
    text = f"{answer.status} {answer.media_type or '(no media type)'}"
    yield Step(after(exchange.ended), ROUTE, CALLER, short(text), Mood.GOOD if answer.success else Mood.BAD, reply=True)


def _taken(delivery: Delivery) -> tuple[str, Mood]:
    """Return what the ingest made of a delivery."""
    stored = ", stored all the same" if delivery.stored else ""
    if delivery.fault is not None:
        return f"fault: {sentence(delivery.fault)}{stored}", Mood.BAD
    if delivery.refusal:
        return f"{delivery.status} refused: {delivery.refusal}", Mood.BAD
    if not delivery.acknowledged:
        return "stored, not acknowledged in time", Mood.BAD
    return (f"{delivery.status} stored again" if delivery.repeated else f"{delivery.status} stored"), Mood.GOOD
