"""Counts requests that could have succeeded but for the state of their object: what was refused so was not played."""

from __future__ import annotations

from http import HTTPStatus
from typing import TYPE_CHECKING

from bothends.contract.requests import PRECONDITIONS
from bothends.contract.terms import FORBIDDEN
from bothends.engine.counts import counted
from bothends.engine.evidence.parameters import texts_of
from bothends.engine.evidence.valid_requests import hopeless_operations
from bothends.engine.play import CERTAIN, LACKED, MAKERS, USED_UP
from bothends.records import Answer, NotProven, Weight, count_of, some_of, were

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator

    from bothends.contract import Contract, Operation
    from bothends.engine.counts import Counts
    from bothends.records import Exchange, Request

_ASKED = counted("objects asked for", "operation", "family")
_REFUSED = counted("objects refused", "operation", "family")
_SUCCEEDED = counted("objects that were there", "operation", "family")
_STATUS = counted("objects refused with", "operation", "family", "status")
_BESIDE = counted("objects refused where a query may be why", "operation", "family")
_PARAMETER = counted("parameters that may be why an object was refused", "operation", "family", "parameter")
# RFC 9110 sections 15.5.10, 15.5.11 and 15.5.13: not now, no more, and not as the client believes it to be.
_STATES = frozenset({HTTPStatus.CONFLICT, HTTPStatus.GONE, HTTPStatus.PRECONDITION_FAILED})
# RFC 9110 sections 15.5.5 and 15.5.11: what setup has made is not there now.
_REMOVED = frozenset({HTTPStatus.NOT_FOUND, HTTPStatus.GONE})
_IF_NOT_THERE = "if-none-match"
"""With `*`, a request that writes makes what is not there, and changes nothing that is (RFC 9110, section 13.1.2)."""
_FEW = 10
"""A family of which fewer than one in so many requests got past the state of its object was not played."""
_MOST_NAMED = 6


def note(counts: Counts, operation: Operation, exchange: Exchange) -> None:
    """Count an exchange that asks for an object which is there."""
    case, answer, expect = exchange.case, exchange.answer, exchange.case.expect
    if case.in_a_state or expect.of_known:
        return  # the state of its object is what it is about
    asks = (bool(exchange.known) or _is_of_setup(operation)) and not (expect.refused or expect.any_answer)
    # Another declared answer may be what is asked for: only where a success, or a fault, is, is anything missed.
    may_pass = operation.success_statuses & expect.statuses or expect.server_error
    if not asks or not may_pass or not isinstance(answer, Answer) or case.request.method != operation.method:
        return
    if answer.status == HTTPStatus.PRECONDITION_FAILED and exchange.sent.header(_IF_NOT_THERE) is not None:
        return  # it asks for what is not there yet: that an object is there is no state that another one would be in
    if answer.status == HTTPStatus.PRECONDITION_FAILED and _is_of_no_state(operation, case.request):
        return
    counts.add(_ASKED, operation.id, case.family)
    counts.add(_SUCCEEDED, operation.id, case.family, times=answer.success)
    if answer.status in (_STATES if exchange.known else _STATES | _REMOVED):
        counts.add(_REFUSED, operation.id, case.family)
        counts.add(_STATUS, operation.id, case.family, str(answer.status))
        asked = _asked_for(operation, exchange.sent) if answer.status in _REMOVED else ()
        counts.add(_BESIDE, operation.id, case.family, times=bool(asked))
        for name in asked:
            counts.add(_PARAMETER, operation.id, case.family, name)


def _asked_for(operation: Operation, sent: Request) -> tuple[str, ...]:
    """Return the parameters of a query that need not be there: a page, say, may be what is not there."""
    optional = (one for one in operation.parameters if one.location == "query" and not one.required)
    return tuple(one.name for one in optional if texts_of(one, operation, sent))


def notes(counts: Counts, contract: Contract) -> Iterator[str]:
    """Yield which operations use up their objects, with what was seen, and the words that promise it."""
    for operation in contract.operations:
        seen = [key for key in counts.under(USED_UP, operation.id) if key[2]]
        if seen:
            refused, status, _ = seen[0]
            asked = "another valid request to it" if refused == operation.id else f"a valid request to {refused}"
            makers = ", ".join(counts.words(MAKERS, operation.id))
            yield (
                f"{operation.id} uses up its object: after a success of it, {asked} was answered {status}, and"
                f" succeeded with an object of its own, as each request to {operation.id} has since;"
                f" x-needs: {{steps: [{makers}]}} on {operation.id} promises that"
            )


def not_proven(counts: Counts, contract: Contract, *, whole: bool = False) -> Iterator[NotProven]:
    """Yield the operations with families that were not played, each with the numbers.

    Args:
        counts: What was counted.
        contract: The contract.
        whole: Whether all was played: then what callers get of others' objects is told by itself.
    """
    hopeless = hopeless_operations(counts)
    for operation in contract.operations:
        families = [
            family
            for (family,), asked in counts.under(_ASKED, operation.id).items()
            if (asked - counts.number(_REFUSED, operation.id, family)) * _FEW < asked
        ]
        # Where none ever succeeds, the values of setup may lead nowhere: that is another statement.
        found = not _is_of_setup(operation) or counts.under(_SUCCEEDED, operation.id)
        asking = [
            one for one in families if counts.number(_BESIDE, operation.id, one) == _refused(counts, operation, one)
        ]
        for some in (asking, [one for one in families if one not in asking]) if found else ():
            if some:
                yield _of(counts, contract, operation, some, of_query=some is asking)
        lacked = [name for name in counts.words(LACKED, operation.id) if not counts.number(_ASKED, operation.id, name)]
        if lacked and operation.id not in hopeless:
            number = sum(counts.number(LACKED, operation.id, name) for name in lacked)
            yield NotProven(
                f"cases of {operation.id} without an object",
                f"{count_of(number, 'request')} had no object of their own, as no more were made. So these were "
                f"not played: {some_of(lacked, _MOST_NAMED)}.",
                where=str(contract.document.location(operation.pointer)),
                add=f"--only, with these families: bothends verify --only {lacked[0]}",
                weight=Weight.ANSWERS,
            )
        known = counts.under(CERTAIN, operation.id)
        unknown = {
            name: number for (name, there), number in known.items() if not there and (name, "known") not in known
        }
        if whole:
            unknown.pop(FORBIDDEN, None)
        if unknown and operation.id not in hopeless:
            yield NotProven(
                f"cases of {operation.id} about an object",
                f"No object was known that {count_of(sum(unknown.values()), 'request')} had to be about, so any answer"
                f" was right. Nothing was shown of these: {some_of([*unknown], _MOST_NAMED)}.",
                where=str(contract.document.location(operation.pointer)),
                weight=Weight.ANSWERS,
            )


def _refused(counts: Counts, operation: Operation, family: str) -> int:
    return counts.number(_REFUSED, operation.id, family)


def _of(counts: Counts, contract: Contract, operation: Operation, families: list[str], *, of_query: bool) -> NotProven:
    asked, succeeded, refused = (
        {family: counts.number(what, operation.id, family) for family in families}
        for what in (_ASKED, _SUCCEEDED, _REFUSED)
    )
    statuses = sorted({status for family in families for status in counts.words(_STATUS, operation.id, family)})
    names = sorted({name for family in families for name in counts.words(_PARAMETER, operation.id, family)})
    named = [f"{family} ({succeeded[family]:,} of {asked[family]:,} succeeded)" for family in families]
    what = _what_was_asked(names) if of_query else f"the object {_what_became(statuses)}"
    return NotProven(
        f"cases of {operation.id}",
        f"{sum(succeeded.values()):,} of {count_of(sum(asked.values()), 'request')} succeeded, and "
        f"{sum(refused.values()):,} {were(sum(refused.values()))} answered {' or '.join(statuses)}: "
        f"{what}. So {'little' if any(succeeded.values()) else 'nothing'} was shown of these: "
        f"{some_of(named, _MOST_NAMED)}.",
        where=str(contract.document.location(operation.pointer)),
        add="example: a value that leads to something"
        if of_query
        else "an operation that creates the object, so that each request has one (links, or POST on the path before)"
        if _is_removed(statuses)
        else "[[target.setup]], with steps that lead to the right state, and x-from: setup.NAME",
        weight=Weight.ANSWERS,
    )


def _is_of_no_state(operation: Operation, request: Request) -> bool:
    """Whether a request has another precondition than an answer gives: it asks to be refused.

    Where no answer gives one, a required one is left aside: without it, there is no request. So is `*`, which is right
    of each object that is there.
    """
    marks = {place.name.lower(): place.mark for place in operation.id_places if place.of_state}
    required = {one.name.lower() for one in operation.parameters if one.required}
    asked = {name: request.header(name) for name in PRECONDITIONS if name in marks or name not in required}
    return any(value not in {None, marks.get(name, "*")} for name, value in asked.items())


def _is_of_setup(operation: Operation) -> bool:
    """Whether the objects that requests ask for are those that setup has made, and none is made up."""
    return bool(operation.setup_places) and not operation.id_places


def _what_was_asked(names: list[str]) -> str:
    parameters = " and ".join(f"'{name}'" for name in names)
    return f"nothing was there by {parameters}, as it seems"


def _is_removed(statuses: Collection[str]) -> bool:
    return str(HTTPStatus.NOT_FOUND.value) in statuses


def _what_became(statuses: Collection[str]) -> str:
    if _is_removed(statuses):
        why = "perhaps a request of another case has removed it, or has to make it first"
        return f"that setup has made was not there each time: {why}"
    return "was there, in another state"
