"""`not-found`, `conflict` and `wrong-state`: valid requests that are refused for what there is, and what there is not.

Where no `x-given` says how that is answered, any declared answer is right: a `DELETE` may be answered the second time
as the first time, and a list of what is not there is empty. Such a success owes no event.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from bothends.cases.families import expectations, requests
from bothends.cases.families.family import Family, register
from bothends.cases.families.idempotency import one_caller
from bothends.cases.families.transitions import from_each_state, usual
from bothends.contract.operations import anonymous, with_mark
from bothends.contract.requests import SAFE
from bothends.contract.terms import CONFLICT, NOT_FOUND, WRONG_STATE
from bothends.records import Again, Case

if TYPE_CHECKING:
    from collections.abc import Iterator

    from bothends.contract import Contract, Operation
    from bothends.contract.requests import IdPlace, Variant
    from bothends.records import Request

_MOST_CHANGES = 6
"""Operations after which another one is tried: a document may have dozens about one object."""


def not_found_cases(contract: Contract, operation: Operation) -> Iterator[Case]:
    """Yield a request for each place of an id, with one there that no object has."""
    del contract
    right = requests.admitted_request(operation)
    if right is None:
        return
    for place in operation.id_places:
        request = with_variant(right, place, "never")
        if place.part != "header" and request is not None:
            expect = expectations.about_nothing(operation, place)
            # What a body is about ties its event to it: another value there does not.
            yield Case(operation.id, NOT_FOUND, place.title, request, expect=expect, exclusive=place.part == "body")
    for setup in operation.setup_places:
        # Whether what setup takes is the id of anything, only the contract says.
        unknown = expectations.about_no_setup(operation, setup)
        request = with_mark(right, setup, setup.never)
        if unknown is not None and request != right:
            alone = setup.part == "body"
            yield Case(operation.id, NOT_FOUND, setup.title, request, expect=unknown, exclusive=alone)


def with_variant(request: Request, place: IdPlace, kind: Variant) -> Request | None:
    """Return a request with another value than that of an object in a place; None where it has no such value there."""
    changed = with_mark(request, place, place.variant(kind))
    return None if changed == request else changed


def conflict_cases(contract: Contract, operation: Operation) -> Iterator[Case]:
    """Yield two requests with the same values, where an answer is for the second one."""
    del contract
    request, given = requests.admitted_request(operation), one_caller(operation.security)
    if operation.method in SAFE or request is None or given is None or not operation.statuses_of(CONFLICT):
        return
    first = expectations.success(operation)
    again = (Again(expectations.of_object(operation, CONFLICT), anew=True),)
    yield Case(operation.id, CONFLICT, "same-values", request, given, first, exclusive=True, again=again)


def wrong_state_cases(contract: Contract, operation: Operation) -> Iterator[Case]:
    """Yield a request about an object that another one has changed, for each that may have used it up.

    Where `x-transitions` says in which states it is refused, there is a request from each of these.

    Where an answer is for that, these are all operations that change the object; else itself, where it is called so
    (`POST /orders/{id}/cancel`), and the one that removes it.
    """
    place, request = object_place(operation), requests.admitted_request(operation)
    yield from _after_declared(contract, operation)
    if operation.transitions is not None:
        yield from (case for case in from_each_state(contract, operation) if case.family == WRONG_STATE)
        return
    if place is None or request is None:
        return
    declared = bool(operation.statuses_of(WRONG_STATE))
    makers = {source.operation for source in place.sources}
    found = 0
    for other in contract.operations:
        about = object_place(other)
        changes = (
            other.method not in SAFE and about is not None and about.leads == place.leads and other.id not in makers
        )
        removes = removes_object(other)
        if not changes or not (declared or removes or (other.id == operation.id and _is_action(operation, place))):
            continue
        step = usual(contract, other)
        if step is not None and found < _MOST_CHANGES and other.id not in operation.refused_after():
            found += 1
            expect = expectations.in_a_state(operation, removed=removes)
            yield Case(operation.id, WRONG_STATE, f"after-{other.id}", request, expect=expect, after=(step,))


def _after_declared(contract: Contract, operation: Operation) -> Iterator[Case]:
    """Yield a request after each operation of which an `x-given` says that it is refused then."""
    request, known = requests.admitted_request(operation), {each.id for each in contract.operations}
    for name, statuses in operation.refused_after().items():
        step = usual(contract, contract.operation(name)) if name in known else None
        if request is not None and step is not None:
            expect = expectations.after_what_is_said(operation, name, statuses)
            yield Case(operation.id, WRONG_STATE, f"after-{name}", request, expect=expect, after=(step,))


def object_place(operation: Operation) -> IdPlace | None:
    """Return the place of the id of the object that an operation is about, in its path or in its body; None: none."""
    in_path = [place for place in operation.id_places if place.part == "path"]
    in_body = [place for place in operation.id_places if place.part == "body"]
    return max(in_path or in_body[:1], key=lambda place: place.leads.count("{}"), default=None)


def removes_object(operation: Operation) -> bool:
    """Whether an operation removes the object that its path names, and not a part of it."""
    place = object_place(operation)
    return operation.method == "DELETE" and place is not None and anonymous(operation.path) == place.leads


def _is_action(operation: Operation, place: IdPlace) -> bool:
    """Return whether an operation is a step of an object, by its path: `POST /orders/{id}/cancel`."""
    own = anonymous(operation.path)
    return (
        operation.method == "POST"
        and own.startswith(f"{place.leads}/")
        and own.count("/") == place.leads.count("/") + 1
    )


NOT_FOUND_FAMILY = register(
    Family(
        NOT_FOUND,
        not_found_cases,
        "a valid request with an id that no object has: in its path, in its query, in its body.\n\nThe id is like one "
        "that an object has, or like a value of setup where `x-given` names its place. Without `x-given`, any declared "
        "answer is right, 404, 409, 410 and 412 declared or not, and a success owes no event.",
        after="tracing-headers",
        quick=("*",),
    )
)

CONFLICT_FAMILY = register(
    Family(
        CONFLICT,
        conflict_cases,
        "a valid request that comes again with the same values, and with another idempotency key, if it has one.\n\n"
        "Only where an `x-given` says what it gets.",
        after=NOT_FOUND,
        quick=("*",),
    )
)

WRONG_STATE_FAMILY = register(
    Family(
        WRONG_STATE,
        wrong_state_cases,
        "a valid request about an object that another one has changed, used up or removed.\n\nThe contract may not say "
        "in which state an object has to be, so a success is right as well. `x-transitions` says it, and `after` in "
        "`x-given`.",
        after=CONFLICT,
        quick=("*",),
    )
)
