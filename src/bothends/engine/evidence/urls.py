"""Counts the requests with a URL that leads nowhere, which a target may have to call, and those of them that failed."""

from __future__ import annotations

import re
from itertools import islice
from typing import TYPE_CHECKING

from bothends.contract import admission
from bothends.contract.messages import is_json
from bothends.contract.requests import places_nowhere
from bothends.engine.counts import counted
from bothends.engine.evidence.valid_requests import refusals
from bothends.records import Answer, NotProven, Weight, count_of, split
from bothends.schemas import described_at

if TYPE_CHECKING:
    from collections.abc import Iterator

    from bothends.contract import Contract, Operation
    from bothends.engine.counts import Counts
    from bothends.records import Exchange

_SENT = counted("URLs that lead nowhere", "operation", "place")
_FAILED = counted("URLs that lead nowhere and requests that failed", "operation", "place")
_WITHOUT = counted("successes without a URL that leads nowhere", "operation")
_CHOICES = frozenset({"anyOf", "oneOf", "patternProperties", "if"})
_ITEM = re.compile(r"/\d+(?=/|$)")
_MOST_PLACES = 16
"""Places of one operation that are counted."""


def note(counts: Counts, operation: Operation, exchange: Exchange) -> None:
    """Count an exchange whose request is certainly valid, in a world where all is well."""
    case, answer = exchange.case, exchange.answer
    may_succeed = operation.success_statuses & case.expect.statuses
    if not may_succeed or case.of_the_world or not isinstance(answer, Answer):
        return
    if answer.status in case.expect.absent:
        return  # the id in its path was made up: nothing else of the request was looked at
    place = next(iter(islice(places_nowhere(case.request), 1)), None)
    if place is None:
        counts.add(_WITHOUT, operation.id, times=answer.success)
        return
    verdict = admission(operation, case.request)
    read = {place.expression.text for place in operation.addresses}
    if place in read or verdict.refusals or not verdict.certain or not _is_described(operation, place):
        return
    place = _ITEM.sub("/0", place)  # an item of a list stands for each
    if counts.number(_SENT, operation.id, place) or len(counts.under(_SENT, operation.id)) < _MOST_PLACES:
        counts.add(_SENT, operation.id, place)
        counts.add(_FAILED, operation.id, place, times=not answer.success)


def _is_described(operation: Operation, place: str) -> bool:
    """Return whether the contract may know of a place: no target calls a URL in a member that nobody has described."""
    name, _, pointer = place.partition("#")
    schemas = {} if operation.body is None else operation.body.content
    schema = next((each for media_type, each in schemas.items() if is_json(media_type)), None)
    if not name.endswith(".body") or schema is None:
        return True
    keys = split(pointer)
    for depth, member in enumerate(keys):
        parts = described_at(schema.raw, keys[:depth])
        known = [part["properties"] for part in parts if part.get("properties")]
        if not known or any(_CHOICES & part.keys() for part in parts):
            return True  # it may have any member there
        if not any(member in each for each in known):
            return False
    return True


def not_proven(counts: Counts, contract: Contract) -> Iterator[NotProven]:
    """Yield the places whose URLs may be the reason why requests failed."""
    if contract.unusable:
        return  # a callback that can't be used may read them, and is told
    for (name, place), requests in counts.under(_SENT).items():
        if refusals(counts, contract, name).of_a_router:
            continue  # nobody has looked at them
        if failed := counts.number(_FAILED, name, place):
            yield NotProven(
                f"the URL {place} of {name}",
                f"{failed:,} of {count_of(requests, 'request')} with a URL there failed"
                f"{_reason(counts.number(_WITHOUT, name))}",
                where=str(contract.document.location(contract.operation(name).pointer)),
                add=f"callbacks: {{NAME: {{'{{{place}}}': {{post: {{requestBody: …, responses: …}}}}}}}}",
                weight=Weight.EVENTS,
            )


def _reason(without: int) -> str:
    """Return what others show of requests with a URL that failed: so many without one succeeded.

    They may differ in more than in that.
    """
    if not without:
        return ", and none without one succeeded: whether they failed for the URL was not tried."
    return (
        f", and {without:,} without one succeeded. It leads nowhere, as no callback reads it: "
        "whether they failed for that was not tried."
    )
