"""`transitions`, and `wrong-state` where `x-transitions` says which states these are.

Each operation is tried from each state that can be reached: the object is made for the case, and brought into the state
by other operations: the shortest way, and from each state that leads there. The state is read before and after the
request; where it is another one before, nothing is judged.
"""

from __future__ import annotations

import json
from dataclasses import replace
from http import HTTPStatus
from typing import TYPE_CHECKING, Any

from bothends.cases.families import expectations, requests
from bothends.cases.families.clients import slow
from bothends.cases.families.family import Family, register
from bothends.cases.families.idempotency import one_caller, waited_for
from bothends.cases.families.success import success_cases
from bothends.contract.messages import as_text
from bothends.contract.requests import ways_to_states
from bothends.contract.terms import WRONG_STATE
from bothends.records import Again, Case, Expectation, Look

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from bothends.contract import Contract, Operation
    from bothends.contract.requests import Transitions, Way

TRANSITIONS_NAME = "transitions"
_MOST_AT_ONCE = 2
"""States in which several requests are sent at once: what does not look again does so in none."""
_RIVALS = 3
"""Requests that are sent beside one."""


def transition_cases(contract: Contract, operation: Operation) -> Iterator[Case]:
    """Yield a request from each state in which an operation succeeds."""
    right = [case for case in from_each_state(contract, operation) if case.family == TRANSITIONS_NAME]
    yield from right
    yield from _at_once(contract, operation, right)


def _at_once(contract: Contract, operation: Operation, right: Sequence[Case]) -> Iterator[Case]:
    """Yield several requests at once about one object, where a success leaves it in a state in which none is right.

    Who looks at the state, does something else, and does not look again lets all of them succeed: most surely, where
    each waits for something else meanwhile.
    """
    own, callers = operation.transitions, one_caller(operation.security)
    if own is None or not own.once or operation.method == "DELETE" or callers is None:
        return  # what removes its object may be answered twice as once (RFC 9110, section 9.2.2)
    if own.per:
        right = [*_of_none(contract, operation, own)]
    first, other = expectations.one_of_several(operation, own.others)
    if not operation.success_statuses - {HTTPStatus.ACCEPTED}:
        return
    for number, case in enumerate(right[:_MOST_AT_ONCE]):
        name = f"at-once-{case.name}"
        several = replace(case, name=name, expect=first, exclusive=True)
        yield replace(several, again=(Again(other, at_once=True, anew=True),) * _RIVALS)
        for upstream in [] if number else waited_for(contract, operation):
            # One who has a lock waits for it, and the other one for both.
            again = (Again(other, at_once=True, anew=True),)
            given = (slow(contract, upstream),)
            yield replace(several, name=f"{name}-while-the-{upstream}-is-slow", given=given, again=again)


def from_each_state(contract: Contract, operation: Operation) -> Iterator[Case]:
    """Yield a request from each state that its object can be in, with what it is to lead to."""
    own, request = operation.transitions, requests.admitted_request(operation)
    if own is None or own.asked is None or request is None:
        return
    reading = usual(contract, contract.operation(own.reader))
    if reading is None:
        return
    for way in ways_to_states(transitions_of(contract, own.leads)):
        state = way.state
        path = (operation.id, *way.path) if own.per else way.path
        steps = [_step(contract, contract.operation(name)) for name in path]
        if None in steps:
            continue
        is_right = own.is_right(state)
        # What becomes of the one that was made before, when another is, is not said.
        leads = () if own.per else tuple(_coded(one) for one in own.after or (state,))
        look = Look(reading, own.at or "", _coded(state), leads, removes=operation.method == "DELETE")
        yield Case(
            operation.id,
            TRANSITIONS_NAME if is_right else WRONG_STATE,
            _name(way),
            request,
            expect=_expected(operation, own, is_right=is_right),
            after=tuple(step for step in steps if step is not None),
            look=look,
        )


def _of_none(contract: Contract, operation: Operation, own: Transitions) -> Iterator[Case]:
    """Yield a request that makes an object for what has none yet."""
    request, reading = requests.admitted_request(operation), usual(contract, contract.operation(own.reader))
    if request is not None and reading is not None:
        look = Look(reading, own.at or "", "", tuple(map(_coded, own.after)))
        yield Case(operation.id, TRANSITIONS_NAME, "from-none", request, look=look)


def _name(way: Way) -> str:
    """Return what a request is called by the way that its object has gone."""
    if way.before is None:
        return f"from-{as_text(way.state)}"
    return f"from-{as_text(way.state)}-by-{way.path[-1]}-from-{as_text(way.before)}"


def refused_at_first(contract: Contract, operation: Operation) -> Iterator[Case]:
    """Yield a request in a state in which it is refused, and what then brings its object into one in which it is right.

    At most one; none where no other operation leads from such a state to a right one.
    """
    own = operation.transitions
    if own is None:
        return
    others = transitions_of(contract, own.leads).items()
    for case in from_each_state(contract, operation):
        if case.family != WRONG_STATE or case.look is None:
            continue
        state = json.loads(case.look.state)
        for name, one in others:
            leads = one.before is not None and one.is_right(state) and any(map(own.is_right, one.after))
            step = _step(contract, contract.operation(name)) if leads else None
            if step is not None:
                expect = Expectation(any_answer=True, why="it changes the state of the object, if it can")
                yield replace(case, again=(Again(expect, step=step),))
                return


def transitions_of(contract: Contract, leads: str) -> dict[str, Transitions]:
    """Return the transitions of the operations of one object, by their IDs."""
    every = ((each.id, each.transitions) for each in contract.operations)
    return {name: one for name, one in every if one is not None and one.leads == leads}


def _expected(operation: Operation, own: Transitions, *, is_right: bool) -> Expectation:
    if is_right:
        return replace(expectations.success(operation), of_known=True, absent=frozenset())
    return expectations.in_a_wrong_state(operation, own.others)


def _coded(state: Any) -> str:
    return json.dumps(state, sort_keys=True)


def _step(contract: Contract, operation: Operation) -> Case | None:
    """Return a request that brings an object into a state: with the values that `x-needs` has for it, if it has any."""
    case = usual(contract, operation)
    needs = (one.steps for each in contract.operations for one in each.needs)
    said = next((step for steps in needs for step in steps if step.operation == operation.id and step.has_values), None)
    if case is None or said is None:
        return case
    return replace(case, name=f"{case.name}-for-a-state", request=said.applied(case.request, operation.path))


def usual(contract: Contract, operation: Operation) -> Case | None:
    """Return the first valid request of an operation; None: none is known, or nobody can make it."""
    if operation.security.unplayable:
        return None
    return next(success_cases(contract, operation), None)


TRANSITIONS_FAMILY = register(
    Family(
        TRANSITIONS_NAME,
        transition_cases,
        "a valid request from each state in which it is right (`x-transitions`), of its object or of the one that it "
        "made before, which is read before and after; and several at once about one object, where only one can "
        "succeed.\n\nThe requests from all other states are in `wrong-state`.",
        after="wrong-state",
        quick=("*",),
    )
)
