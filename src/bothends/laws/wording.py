"""How laws put what they saw into words, so that all of them say the same thing the same way."""

from __future__ import annotations

import json
from functools import cache
from string import Formatter
from typing import TYPE_CHECKING, Any

from bothends.conditions import sentence, sentences
from bothends.contract.terms import FORBIDDEN, OBJECT_FAMILIES, SIGNED_OUT
from bothends.laws.law import BODY, CONNECTION, END, SESSION, law_of
from bothends.records import INGEST, Cause, choice_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from bothends.contract import Operation
    from bothends.laws.law import ExchangeTraits, Violation
    from bothends.records import Answer, Breach, Delivery, Exchange, NoAnswer
    from bothends.schemas import Schema


_LONGEST = 300
_MOST_ANSWERS = 2

_ABOUT = {BODY: "the body", SESSION: "the session", CONNECTION: "the connection", END: "start and stop"}

OPEN = "a request that the contract leaves open"
"""The circumstances when any declared answer is right."""


def cause_in_words(breach: Breach) -> str:
    """Return a breach's cause as a person reads it, and as the file of known findings names it.

    A law gives a pattern for each kind of its causes. Its fields are those of the `Cause`, and `about`, what the
    request was about: `the settings and the ingest`; `who`, one part of the world: `the ingest`; `parts`, several of
    them: `settings, the ingest`; `statuses`: `400 or 422`; `summary` and `expected`, of the breach. Without a pattern,
    all that the cause says stands there. What a pattern leaves out stands behind it in brackets: two causes of a law
    never have the same words, as these are what accepts one of them.
    """
    cause = breach.cause
    parts = [part for part in cause.upstream.split(",") if part]
    pattern = law_of(breach.law).words.get(cause.kind)
    if pattern is None:
        return ", ".join(filter(None, (cause.kind.replace("-", " "), *cause.fields[1:])))
    text = pattern.format(
        location=cause.location,
        source=cause.source,
        status=cause.status,
        about=" and ".join(f"the {part}" for part in parts) or _ABOUT.get(cause.about, cause.about),
        who=part(cause.upstream),
        parts=", ".join(map(part, parts)),
        statuses=" or ".join(cause.status.split(",")),
        summary=breach.summary,
        expected=breach.expected,
        callback=cause.callback,
    )
    left_out = _left_out(pattern)
    unsaid = [value for name, value in zip(_SAID_BY, cause.fields[1:], strict=True) if name in left_out]
    more = ", ".join(value for value in unsaid if value not in text)  # a source may name its upstream
    return f"{text} ({more})" if more else text


_SAID_BY = {
    "location": {"location"},
    "source": {"source"},
    "upstream": {"about", "who", "parts"},
    "status": {"status", "statuses"},
    "callback": {"callback"},
    "about": {"about"},
}
"""The fields of a pattern that say a field of a cause, in the order of `Cause.fields`."""


@cache
def _left_out(pattern: str) -> frozenset[str]:
    """Return the fields of a cause that a pattern leaves out."""
    names = {name for _, name, _, _ in Formatter().parse(pattern) if name}
    return frozenset(name for name, by in _SAID_BY.items() if not by & names)


def part(name: str) -> str:
    """Return a part of the world as a sentence names it: `the ingest`, and an upstream by its name alone."""
    return f"the {INGEST}" if name == INGEST else name


def statuses(numbers: Iterable[int]) -> str:
    """Return `401`, or `400 or 422`."""
    return choice_of([str(number) for number in sorted(numbers)]) or "none"


def format_value(value: Any) -> str:
    """Return a value as JSON on one line, cut when it is long."""
    try:
        text = json.dumps(value, ensure_ascii=False)
    except RecursionError:
        return "a value that is nested too deeply to show"
    return text if len(text) <= _LONGEST else f"{text[:_LONGEST]}… ({len(text)} characters)"


def mistake_in(schema: Schema, readings: Iterable[Any]) -> str:
    """Return what is wrong with a header, read as its schema's type if that can be; its text is the first reading."""
    told = [error.message for value in readings for error in schema.errors(value)[:1]]
    return next((message for message in told if "not of type" not in message), told[0])


def circumstances(exchange: Exchange, operation: Operation) -> str:
    """Return the circumstances of a request, the same for all that the contract judges alike.

    That is that others are under way on purpose, or the states of the world. Else, as generated cases are of families
    of their own, it is the families that the contract gives for the statuses that are right, or the case's family.
    """
    case = exchange.case
    right = case.expect.statuses
    if any(again.rivals for again in case.again):
        return "one of several requests at once"
    if case.given:
        return ", ".join(sentences(case.given))
    if right and right <= operation.success_statuses and not case.expect.any_refusal:
        return "a valid request"
    if is_open(exchange, operation):
        return OPEN
    families = _families(exchange, operation)
    return case.family if case.family in families else " or ".join(families) or case.family


def is_open(exchange: Exchange, operation: Operation) -> bool:
    """Whether the contract leaves open what a request is answered: it may be any of several answers of families."""
    case, expect = exchange.case, exchange.case.expect
    success = expect.statuses and expect.statuses <= operation.success_statuses
    if case.given or success or case.family in _families(exchange, operation):
        return False
    return sum(any(families) for families in _by_answer(exchange, operation)) > _MOST_ANSWERS


def _families(exchange: Exchange, operation: Operation) -> list[str]:
    """Return the families that the contract gives for the statuses that are right."""
    return list(dict.fromkeys(name for families in _by_answer(exchange, operation) for name in families))


def _by_answer(exchange: Exchange, operation: Operation) -> Iterator[list[str]]:
    """Yield the families of each answer with a status that is right; one answer may have several."""
    case = exchange.case
    right = case.expect.statuses
    # A caller is signed out, or not permitted, by the state of its session or by the case's own family, and what there
    # is of objects is a matter of families, too. That their answer is one of those that are right says nothing of
    # this request.
    for answer in operation.answers:
        if right & operation.statuses_for(answer):
            yield [name for name in answer.families if name not in _OF_OTHERS or name == case.family]


_OF_OTHERS = frozenset({SIGNED_OUT, FORBIDDEN, *OBJECT_FAMILIES})


def outcome(answer: Answer | NoAnswer) -> str:
    """Return `200`, or `no answer (reset)`."""
    status = getattr(answer, "status", None)
    return f"no answer ({getattr(answer, 'kind', '')})" if status is None else str(status)


def describe(delivery: Delivery) -> str:
    """Return what became of a delivery at the ingest."""
    if delivery.fault is not None:
        return f"{sentence(delivery.fault)}{'; it stored the event' if delivery.stored else ''}"
    if delivery.refusal:
        return f"refused with {delivery.status}: {delivery.refusal}"
    if not delivery.acknowledged:
        return "stored, but the target disconnected before the acknowledgement"
    return "stored and acknowledged"


# How laws on the status of an answer distinguish their findings: by what is expected, and how it is broken.

STATUS_WORDS: Mapping[str, str] = {
    "unwell-and-taken": "fault of {about}: answered as a success",
    "unwell-and-refused": "fault of {about}: not {statuses}",
    "no-success": "{status} instead of a success: {about}",
    "taken": "answered as a success, not {statuses}",
    "refused-otherwise": "refused, but not with {statuses}",
}
AREA_WORDS: Mapping[str, str] = {"status": "{status}: {about}"}


def status_cause(_: Violation, seen: ExchangeTraits) -> Cause:
    """Return the cause of a wrong status: a session check that is off is one, whichever session was let in."""
    if seen.unwell and not seen.right:
        parts = ",".join(seen.unwell)
        if seen.taken:
            return Cause("unwell-and-taken", upstream=parts)
        return Cause("unwell-and-refused", upstream=parts, status=seen.promise)
    if seen.good or not seen.promised:
        return seen.cause("no-success", status=seen.outcome)
    return Cause("taken" if seen.taken else "refused-otherwise", status=seen.promise)


def status_and_area(_: Violation, seen: ExchangeTraits) -> Cause:
    """Return the cause of a status that is wrong whatever was promised: it, and what the request was about."""
    return seen.cause("status", status=seen.outcome)


def area_alone(_: Violation, seen: ExchangeTraits) -> Cause:
    """Return the cause of what is wrong in one area, whatever is answered."""
    return seen.cause("area")
