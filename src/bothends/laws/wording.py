"""How laws put what they saw into words, so that all of them say the same thing the same way."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterable

    from bothends.contract import Operation
    from bothends.records import Answer, Delivery, Exchange, NoAnswer

_LONGEST = 300
_MOST_FAMILIES = 2
_UPSTREAM = re.compile(r"the (\S+) ")
_FAULTS = frozenset(
    {
        *("upstream-wrong", "upstream-unreachable", "upstream-timeout", "upstream-unclear", "upstream-odd"),
        *("lost-acknowledgement", "odd-acknowledgement", "recovery"),
    }
)

OPEN = "a request that the contract leaves open"
"""What the request was up against when any declared answer is right."""


def statuses(numbers: Iterable[int]) -> str:
    """Return `401`, or `400 or 422`."""
    texts = [str(number) for number in sorted(numbers)]
    return " or ".join(filter(None, [", ".join(texts[:-1]), texts[-1]])) if texts else "none"


def shown(value: Any) -> str:
    """Return a value as JSON on one line, cut when it is long."""
    try:
        text = json.dumps(value, ensure_ascii=False)
    except RecursionError:
        return "a value that is too deep to show"
    return text if len(text) <= _LONGEST else f"{text[:_LONGEST]}… ({len(text)} characters)"


def circumstances(exchange: Exchange, operation: Operation) -> str:
    """Return what the request was up against, the same for all that the contract judges alike.

    That is the states of the world; else, as generated cases are of families of their own, the
    families that the contract gives for the statuses that are right; else the case's family.
    """
    case = exchange.case
    right = case.expect.statuses
    if case.given:
        return ", ".join(case.given)
    if right and right <= operation.success_statuses:
        return "a valid request"
    families = dict.fromkeys(a.given.family for a in operation.answers if a.given and right & operation.statuses_for(a))
    if len(families) > _MOST_FAMILIES:
        return OPEN
    return " or ".join(families) or case.family


def occasion(exchange: Exchange, operation: Operation) -> str:
    """Return what findings are told apart by: the circumstances, and of an upstream's many faults the sort alone.

    A target that takes every answer for a success is told so once, and not for each wrong answer that there is.
    """
    case = exchange.case
    upstreams = list(dict.fromkeys(found[1] for given in case.given if (found := _UPSTREAM.match(given))))
    if case.family not in _FAULTS or not upstreams:
        return circumstances(exchange, operation)
    return f"{case.family} of the {' and the '.join(upstreams)}"


def outcome(answer: Answer | NoAnswer) -> str:
    """Return `200`, or `no answer (reset)`."""
    status = getattr(answer, "status", None)
    return f"no answer ({getattr(answer, 'kind', '')})" if status is None else str(status)


def told(delivery: Delivery) -> str:
    """Return what became of a delivery at the ingest."""
    if delivery.fault is not None:
        return f"{delivery.fault}{', and it was stored' if delivery.stored else ''}"
    if delivery.refusal:
        return f"refused with {delivery.status}: {delivery.refusal}"
    if not delivery.acknowledged:
        return "stored, but the target had gone before it was told"
    return "stored and acknowledged"
