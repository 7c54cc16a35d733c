"""Counts methods that a path turns out to have, and that the document does not declare there: nothing forbids them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bothends.engine.counts import counted
from bothends.laws import by_another_method
from bothends.records import Answer, some_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from bothends.contract import Contract, Operation
    from bothends.engine.counts import Counts
    from bothends.records import Exchange

_ANSWERED = counted("undeclared methods answered", "operation", "method")


def note(counts: Counts, operation: Operation, exchange: Exchange) -> None:
    """Count a success of a request by a method that the document does not have at the path."""
    answer, expect = exchange.answer, exchange.case.expect
    told = isinstance(answer, Answer) and answer.success and expect.any_answer and bool(expect.statuses)
    if told and by_another_method(exchange, operation):
        counts.add(_ANSWERED, operation.id, exchange.case.request.method)


def notes(counts: Counts, contract: Contract) -> Iterator[str]:
    """Yield, for a person, which methods were answered 2xx that the document does not declare: one line for a run."""
    found: dict[str, None] = {}
    for operation in contract.operations:
        methods = set(counts.words(_ANSWERED, operation.id))
        if "GET" in methods:
            methods.discard("HEAD")  # a server that answers one answers the other (RFC 9110 section 9.1)
        found |= dict.fromkeys(f"{method} {operation.path}" for method in sorted(methods))
    if found:
        yield (
            f"{some_of(list(found))}: answered 2xx, and not declared in the document; HTTP allows a path to have more "
            "methods than a document says, so this is no error (declare them to have them tested)"
        )
