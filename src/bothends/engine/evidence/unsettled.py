"""Counts requests whose status may be due to what other requests had done: no law judged that.

A valid one may have been refused, as it had a value that an earlier one had taken, or may have. Of a generated case,
that is a note: its values are drawn, and an earlier request had shown the same one. Of any other, what it is about was
not looked at. Where no request of an operation has succeeded, and one with no such value is answered alike, there is
another reason: nothing is said of values then.

Or nobody has given the id that it names, and it is answered 409: that is right of what may not be there, and of what is
there, so it says nothing of what the request is about.

Or others were under way, and did something to it, or it had to wait for them. Then it is sent once more, alone.
Or others had done something to its object before. Then it is sent once more, with an object of its own.
Or none of its operation had succeeded before. Then it is sent once more, alone, when one has.
"""

from __future__ import annotations

from http import HTTPStatus
from typing import TYPE_CHECKING

from bothends.cases import has_others, json_schema, members
from bothends.engine.counts import counted
from bothends.engine.evidence.likely_reasons import ADD_ID
from bothends.engine.evidence.valid_requests import hopeless_operations, is_valid
from bothends.records import Answer, NotProven, Weight, some_of, split, were
from bothends.schemas import described_at, may_differ

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator

    from bothends.contract import Contract, Operation
    from bothends.engine.counts import Counted, Counts
    from bothends.engine.events import ExchangeJudged
    from bothends.records import Exchange, Request

_TAKEN = counted("values taken", "operation", "status")
_FREE = counted("valid requests refused with no value taken", "operation", "status")
_DISTURBED = counted("disturbed", "operation", "status")
_IN_VAIN = counted("cases with a value taken", "operation", "case")
_DISTURBED_IN_VAIN = counted("cases disturbed", "operation", "case")
_EARLY = counted("refused early", "operation", "status")
_EARLY_IN_VAIN = counted("cases refused early", "operation", "case")
_USED_UP = counted("objects used up", "operation", "status")
_USED_UP_IN_VAIN = counted("cases with an object used up", "operation", "case")
_IN_CONFLICT = counted("cases in conflict with what nobody knows", "operation", "case")
_JUDGED = counted("cases with no value taken", "operation", "case")
_FEW_VALUES = counted("members with a value that stays", "operation", "case", "member")
_MOST_NAMED = 6
_TOO_MANY = str(HTTPStatus.TOO_MANY_REQUESTS.value)
_TOO_EARLY = " before any other had succeeded"
_SILENT = "not at all"
"""Stands among statuses where there was no answer."""


def note(counts: Counts, operation: Operation, event: ExchangeJudged) -> None:
    """Count an exchange."""
    case, answer = event.exchange.case, event.exchange.answer
    if event.disturbed:
        counts.add(_DISTURBED, operation.id, str(answer.status) if isinstance(answer, Answer) else _SILENT)
        counts.add(_DISTURBED_IN_VAIN, operation.id, case.label)
        return
    counts.drop(_DISTURBED_IN_VAIN, operation.id, case.label)
    if event.used_up and not event.taken:
        counts.add(_USED_UP, operation.id, str(answer.status) if isinstance(answer, Answer) else _SILENT)
        counts.add(_USED_UP_IN_VAIN, operation.id, case.label)
        return
    counts.drop(_USED_UP_IN_VAIN, operation.id, case.label)
    if event.early and isinstance(answer, Answer):
        counts.add(_EARLY, operation.id, str(answer.status))
        counts.add(_EARLY_IN_VAIN, operation.id, case.label)
        counts.add(_FREE, operation.id, str(answer.status))
        return
    counts.drop(_EARLY_IN_VAIN, operation.id, case.label)
    if not isinstance(answer, Answer) or event.no_room:
        return
    if event.taken:
        counts.add(_TAKEN, operation.id, str(answer.status))
    elif not answer.success and is_valid(operation, event.exchange):
        counts.add(_FREE, operation.id, str(answer.status))
    if case.origin is None:
        in_conflict = _IN_CONFLICT if _is_in_conflict(operation, event.exchange) else _JUDGED
        counts.add(_IN_VAIN if event.taken else in_conflict, operation.id, case.label)
        for name in _staying(operation, case.request, event.exchange.number) if event.taken else ():
            counts.add(_FEW_VALUES, operation.id, case.label, name)


def _is_in_conflict(operation: Operation, exchange: Exchange) -> bool:
    """Return whether a 409 is right of an id that nobody has given, and of nothing else that a request is about."""
    answer, expect = exchange.answer, exchange.case.expect
    if not isinstance(answer, Answer) or answer.status != HTTPStatus.CONFLICT:
        return False
    if exchange.known or exchange.again is not None or answer.status not in operation.absent_statuses:
        return False
    # Where a request is to be refused, nothing is missed, unless that is promised of what is there alone.
    told = expect.any_answer or expect.any_refusal or (expect.refused and not expect.of_known)
    return answer.status in expect.absent - expect.statuses and not (told or exchange.case.in_a_state)


def _staying(operation: Operation, request: Request, number: int) -> Iterator[str]:
    """Yield the members of a body with a text that stays, as the schema, which lists no values, has room for few."""
    of_setup = {place.name for place in operation.setup_places if place.part == "body"}
    for name, value in () if request.raw is not None else members(request):
        # What other letters of a URL lead to is somebody else's, whatever its schema says.
        if not isinstance(value, str) or name in of_setup or "://" in value:
            continue
        is_listed = not may_differ(described_at(json_schema(operation), split(name)))
        if not is_listed and not has_others(operation, request, name, number):
            yield name


def notes(counts: Counts, contract: Contract) -> Iterator[str]:
    """Yield, for a person, how many requests that was."""
    for operation in contract.operations:
        if _values_may_be_why(counts, operation) and (said := _said(counts, operation, _TAKEN, "valid request")):
            yield (
                f"{said}, with a value of an earlier request that had succeeded, or may have been executed all the "
                "same; it may have to be unique"
            )
        if said := _said(counts, operation, _DISTURBED, "request"):
            left = counts.under(_DISTURBED_IN_VAIN, operation.id)
            why = _why_disturbed(counts, operation)
            yield f"{said}{why}; {'most were' if left else 'each was'} sent once more, alone"
        if operation.id not in hopeless_operations(counts) and (
            said := _said(counts, operation, _EARLY, "valid request")
        ):
            left = counts.under(_EARLY_IN_VAIN, operation.id)
            yield f"{said}{_TOO_EARLY}; {'most were' if left else 'each was'} sent once more, alone, when one had"


def _values_may_be_why(counts: Counts, operation: Operation) -> bool:
    """Return whether requests to an operation may have been refused for their values, as far as others tell."""
    free = set(counts.words(_FREE, operation.id))
    return operation.id not in hopeless_operations(counts) or free.isdisjoint(counts.words(_TAKEN, operation.id))


def _said(counts: Counts, operation: Operation, what: Counted, called: str) -> str:
    """Return how many requests were answered so; empty: none was."""
    count = sum(counts.under(what, operation.id).values())
    subject = f"{count:,} {called}s to {operation.id} were" if count > 1 else f"1 {called} to {operation.id} was"
    return f"{subject} answered {_statuses(counts, operation, what)}" if count else ""


def not_proven(
    counts: Counts, contract: Contract, accused: Collection[tuple[str, str]] = frozenset()
) -> Iterator[NotProven]:
    """Yield the operations with cases that were not judged by that: one line each.

    Args:
        counts: What was counted.
        contract: The contract.
        accused: The cases, each with its operation, of whose answer an error tells: these were judged all the same.
    """
    for operation in contract.operations:
        known = {label for name, label in accused if name == operation.id}
        in_vain = {*counts.words(_IN_VAIN, operation.id)} - {*counts.words(_JUDGED, operation.id)} - known
        staying = {name for (case, name) in counts.under(_FEW_VALUES, operation.id) if case in in_vain}
        yield from _not_judged(
            contract,
            operation,
            in_vain if _values_may_be_why(counts, operation) else (),
            f"answered {_statuses(counts, operation, _TAKEN)}, perhaps as a value in each "
            "had to be unique, and was taken",
            f"a schema of {some_of(sorted(staying))} that has more values, so that each request has one of its own"
            if staying
            else "",
        )
        in_conflict = {*counts.words(_IN_CONFLICT, operation.id)} - {*counts.words(_JUDGED, operation.id)} - known
        yield from _not_judged(
            contract,
            operation,
            in_conflict if operation.id not in hopeless_operations(counts) else (),
            "answered 409, which is right of an id that no answer gave, and says nothing of what they are about",
            ADD_ID,
        )
        yield from _not_judged(
            contract,
            operation,
            {*counts.words(_DISTURBED_IN_VAIN, operation.id)} - known,
            f"answered {_statuses(counts, operation, _DISTURBED)}{_why_disturbed(counts, operation)}; "
            "no more of them are sent once more, alone",
            "an operation that makes an object for each request, in place of one that setup makes for all"
            if operation.setup_places
            else "",
        )
        yield from _not_judged(
            contract,
            operation,
            {*counts.words(_EARLY_IN_VAIN, operation.id)} - known
            if operation.id not in hopeless_operations(counts)
            else (),
            f"answered {_statuses(counts, operation, _EARLY)}{_TOO_EARLY}; no more of them are sent once more",
            "",
        )
        yield from _not_judged(
            contract,
            operation,
            {*counts.words(_USED_UP_IN_VAIN, operation.id)} - known,
            f"answered {_statuses(counts, operation, _USED_UP)}, perhaps for what others had done to the object; "
            "no more of them are sent once more",
            "x-needs: {steps: [...]}, the operations that make an object for each request",
        )


def _not_judged(
    contract: Contract, operation: Operation, cases: Collection[str], why: str, add: str
) -> Iterator[NotProven]:
    """Yield, in one line, some cases that are an operation's."""
    labels = sorted(cases)
    if not labels:
        return
    yield NotProven(
        f"cases of {operation.id}",
        f"{len(labels):,} {were(len(labels))} {why}: {some_of(labels, _MOST_NAMED)}.",
        where=str(contract.document.location(operation.pointer)),
        add=add,
        weight=Weight.ANSWERS,
    )


def _why_disturbed(counts: Counts, operation: Operation) -> str:
    if {*counts.words(_DISTURBED, operation.id)} == {_TOO_MANY}:
        return ", which says that there were too many: the contract does not say how many may be"
    return " while others were under way, which may be the reason"


def _statuses(counts: Counts, operation: Operation, what: Counted) -> str:
    return " or ".join(sorted(counts.words(what, operation.id)))
