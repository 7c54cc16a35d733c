"""Counts the requests in which an integer is written as a fraction, `1.0`, and those of them that were refused."""

from __future__ import annotations

from http import HTTPStatus
from typing import TYPE_CHECKING

from bothends.contract import AS_FRACTION, admission
from bothends.engine.counts import counted
from bothends.records import Answer, count_of, were

if TYPE_CHECKING:
    from collections.abc import Iterator

    from bothends.contract import Operation
    from bothends.engine.counts import Counts
    from bothends.records import Exchange

_SENT = counted("fractions sent", "operation")
_REFUSED = counted("fractions refused", "operation")
_EXAMPLE = counted("fractions refused, such as", "operation", "case")
_OF_THE_BODY = frozenset((HTTPStatus.BAD_REQUEST, HTTPStatus.UNPROCESSABLE_ENTITY))
"""Refusals that may be for the number. Others speak of what is not there, a caller, a size (RFC 9110, section 15.5)."""


def note(counts: Counts, operation: Operation, exchange: Exchange) -> None:
    """Count an exchange; only one that nothing else lets a target refuse, in a world where all is well."""
    case, answer = exchange.case, exchange.answer
    if case.of_the_world or case.request.raw is not None or not isinstance(answer, Answer):
        return
    if not case.expect.statuses & operation.success_statuses or b"." not in (case.request.body or b""):
        return
    verdict = admission(operation, case.request)
    if verdict.refusals or verdict.doubts != {AS_FRACTION}:
        return
    if not answer.success and answer.status not in _OF_THE_BODY:
        return
    counts.add(_SENT, operation.id)
    if not answer.success:
        counts.add(_REFUSED, operation.id)
        if not counts.under(_EXAMPLE, operation.id):
            counts.add(_EXAMPLE, operation.id, case.label)


def notes(counts: Counts) -> Iterator[str]:
    """Yield, for a person, how many of these requests were refused."""
    for (name,), refused in counts.under(_REFUSED).items():
        sent, example = counts.number(_SENT, name), counts.words(_EXAMPLE, name)[0]
        yield (
            f"{refused:,} of {count_of(sent, 'request')} to {name} with an integer that is written as a fraction "
            f"(1.0) {were(refused)} refused, such as {example}; to JSON Schema it is one, to many "
            "parsers it is none"
        )
