"""Counts what was seen of a key (`x-idempotency`), and says what of its promises was not proven."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bothends.cases import with_that_key
from bothends.contract.openapi import X_IDEMPOTENCY
from bothends.contract.terms import OPERATION, PATH
from bothends.engine.counts import counted
from bothends.laws import is_told
from bothends.records import ERRORS, REFUSALS, Answer, NotProven, Weight, some_of

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator

    from bothends.contract import Contract, Operation
    from bothends.contract.terms import Idempotency
    from bothends.engine.counts import Counts
    from bothends.records import Again, Exchange

_SEEN = counted("keys seen", "operation", "what")
_SAME, _BODY, _ERROR, _CALLER, _IN_FLIGHT = "same", "body", "error", "caller", "in-flight"
_KEY, _OBJECT, _OPERATION = "key", "object", "operation"
_OTHERS = {
    _CALLER: "a key of another caller",
    _KEY: "another key",
    _OBJECT: "the key at another object",
    _OPERATION: "the key at another operation",
}
"""Requests by themselves, in words, which may get the first one's answer all the same."""
_UNTOLD = " (untold)"
_FREE = "free after "


_UNSEEN = {
    ERRORS: ("No request failed with an error of a service that its answer waits for, and then succeeded.", ""),
    REFUSALS: (
        "No request was refused for its body, its condition or the state of its object, and then succeeded.",
        "x-given: invalid-body or precondition-failed, or x-transitions with a state in which it is refused",
    ),
}
"""Why it was not shown that a key is free again, and what to add."""


def note(counts: Counts, operation: Operation, exchange: Exchange) -> None:
    """Count an exchange."""
    first, again = exchange.first, exchange.again
    if first is None or again is None or again.theirs or not isinstance(exchange.answer, Answer):
        return
    if again.frees:
        # Where the key was the reason, the one after it shows so: the law speaks of it.
        counts.add(_SEEN, operation.id, f"{_FREE}{again.frees}", times=exchange.succeeded and again.step is None)
        return
    key = operation.idempotency
    if key is not None and again.at_once and exchange.answer.status == key.in_flight:
        counts.add(_SEEN, operation.id, _IN_FLIGHT)
    what = _what(again, failed=not first.succeeded)
    if what in {_OBJECT, _OPERATION} and exchange.case.expect.any_answer:
        return  # no other object of the caller was known
    if first.succeeded or again.well:
        counts.add(_SEEN, first.case.operation, what)
    if first.succeeded and what in _OTHERS and exchange.answer.success and not is_told(exchange, operation):
        counts.add(_SEEN, first.case.operation, f"{what}{_UNTOLD}")


def not_proven(counts: Counts, contract: Contract, hopeless: Collection[str] = ()) -> Iterator[NotProven]:
    """Yield what a whole run was to show of keys and did not."""
    for operation in contract.operations:
        key = operation.idempotency
        if key is not None and operation.id not in hopeless and not operation.security.unplayable:
            yield from _of_key(counts, contract, operation, key)


def _of_key(counts: Counts, contract: Contract, operation: Operation, key: Idempotency) -> Iterator[NotProven]:
    seen = counts.words(_SEEN, operation.id)
    if _SAME not in seen:
        yield _told(operation, key, "", "No request succeeded and was sent again with its key.")
        return
    if operation.security.demanded and _CALLER not in seen:
        why = "Fewer than two callers are played, so it was not tested that a key belongs to its caller."
        yield _told(operation, key, "callers", why, add="callers: two of them, in the table of the security scheme")
    yield from _of_scope(contract, operation, key, seen)
    untold = [text for what, text in _OTHERS.items() if f"{what}{_UNTOLD}" in seen]
    if untold:
        why = (
            f"A request with {some_of(untold)} got an equal answer, and neither an event nor a value of it tells "
            "whether it was executed, or was taken for the first one."
        )
        yield _told(operation, key, "answers", why, add=_line(operation))
    # Without a body, there is no other one.
    if key.conflict is not None and _BODY not in seen and operation.body is not None:
        why = "No other body is known that the contract certainly admits."
        yield _told(operation, key, "conflict", why, add="a second example of the request body")
    if key.in_flight is not None and _IN_FLIGHT not in seen:
        why = f"No request was answered {key.in_flight}: each came when the first was over, or waited for it."
        yield _told(operation, key, "in_flight", why)
    if key.errors and _ERROR not in seen:
        why = "No request failed with an error of a service that its answer waits for."
        yield _told(operation, key, "errors", why)
    for frees, (why, add) in _UNSEEN.items():
        if frees in key.frees and f"{_FREE}{frees}" not in seen:
            yield _told(operation, key, frees, why, add=add)


def _what(again: Again, *, failed: bool) -> str:
    """Return what a request that was sent again shows."""
    if again.another_caller:
        return _CALLER
    if again.beyond:
        return _OBJECT if again.other is None else _OPERATION
    if again.key:
        return _KEY
    if again.body is not None:
        return _BODY
    if again.well:
        return _ERROR if failed else ""
    return "" if again.at_once or again.anew else _SAME


def _of_scope(contract: Contract, operation: Operation, key: Idempotency, seen: Collection[str]) -> Iterator[NotProven]:
    """Yield what was not shown of the scope of a key."""
    part = f"scope, {PATH}"
    if PATH in key.scope and any(place.part == "path" for place in operation.id_places) and _OBJECT not in seen:
        why = "The key was sent at no second object of one caller: none was known, or the first request failed."
        yield _told(operation, key, part, why, add="x-needs, with the steps that make an object")
    part = f"scope, {OPERATION}"
    if OPERATION in key.scope and _OPERATION not in seen:
        others = with_that_key(contract, operation)
        if others:
            names = some_of([one.id for one in others])
            why = f"The key was not sent to {names} after a success, by one caller."
            yield _told(operation, key, part, why)


def _line(operation: Operation) -> str:
    """Return what to add to the contract so that an answer tells whose it is."""
    for answer in operation.answers:
        if not operation.statuses_for(answer) & operation.success_statuses:
            continue
        for schema in answer.content.values():
            names = dict(schema.raw.get("properties", {})) if schema is not None else {}
            name = min(names, key=lambda one: (one.lower() != "id", not one.lower().endswith("id")), default="")
            if name:
                return (
                    f"x-new: true, on a value of the answer {answer.status} that each success makes anew: "
                    f"{answer.pointer}, member {name}, if it is one"
                )
    return "a member of the answer's body that each success makes anew, with x-new: true"


def _told(operation: Operation, key: Idempotency, part: str, why: str, *, add: str = "") -> NotProven:
    what = f"{X_IDEMPOTENCY} of {operation.id}{f': {part}' if part else ''}"
    return NotProven(what, why, where=str(key.location or ""), add=add, weight=Weight.EVENTS)
