"""`idempotency`: the family, and keys that are free again after a request that was refused, or has failed.

The request with the key comes again as soon as nothing stands in its way. Where it does not succeed, it is sent once
more with a key of its own: where that one succeeds, the key was the reason.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from bothends.cases.families import expectations, requests
from bothends.cases.families.expectations import UPSTREAM_FAMILIES
from bothends.cases.families.family import Family, register
from bothends.cases.families.idempotency import FAILS, NAME, idempotency_cases, waited_for
from bothends.cases.families.preconditions import precondition_cases
from bothends.cases.families.transitions import refused_at_first
from bothends.cases.families.wrong_bodies import invalid_body_cases
from bothends.records import ERRORS, REFUSALS, Again, Case, Expectation

if TYPE_CHECKING:
    from collections.abc import Iterator

    from bothends.contract import Contract, Operation
    from bothends.records import Request

_ANYTHING = Expectation(any_answer=True, server_error=True, why="x-idempotency: a law says what a key is worth")


def key_cases(contract: Contract, operation: Operation) -> Iterator[Case]:
    """Yield all cases of an operation's key; none where it has no key."""
    yield from idempotency_cases(contract, operation)
    key, request = operation.idempotency, requests.admitted_request(operation)
    if key is None or request is None:
        return
    plain = Case(operation.id, NAME, "", request, exclusive=True)
    if ERRORS in key.frees:
        for name in waited_for(contract, operation):
            failed = expectations.fault(operation, UPSTREAM_FAMILIES, name)
            own = replace(plain, name=f"anew-after-an-error-of-the-{name}", given=(FAILS.at(name),), expect=failed)
            yield replace(own, again=_with_its_key(ERRORS, request))
    if REFUSALS in key.frees:
        for what, refused in _refused(contract, operation):
            again = _with_its_key(REFUSALS, request, refused.again)
            yield replace(plain, name=f"anew-after-{what}", request=refused.request, expect=refused.expect, again=again)
        for refused in refused_at_first(contract, operation):
            own = replace(refused, family=NAME, name=f"anew-{refused.name}", exclusive=True, look=None)
            yield replace(own, again=_with_its_key(REFUSALS, request, refused.again))


def _with_its_key(frees: str, request: Request, before: tuple[Again, ...] = ()) -> tuple[Again, ...]:
    """Return what comes after a request that was refused or has failed."""
    free = Again(_ANYTHING, well=frees == ERRORS, frees=frees, request=request)
    return (*(replace(one, frees=frees) for one in before), free, replace(free, fresh=True))


def _refused(contract: Contract, operation: Operation) -> Iterator[tuple[str, Case]]:
    """Yield requests that are refused for what they are: by their bodies, and by their conditions."""
    wrong = next(invalid_body_cases(contract, operation), None)
    if wrong is not None:
        yield "a-wrong-body", wrong
    success = operation.success_statuses
    conditions = (case for case in precondition_cases(contract, operation) if case.expect.of_known and not case.after)
    stale = next((case for case in conditions if case.expect.statuses.isdisjoint(success)), None)
    if stale is not None:
        yield "a-condition", stale


IDEMPOTENCY_FAMILY = register(
    Family(
        NAME,
        key_cases,
        "a request that comes again with its key (`x-idempotency`): later, at the same time, with another body, by "
        "another caller, with a key that is almost the same, after a refusal or an error, where its key is free then, "
        "and at another object or operation, where its `scope` says that this is another request.",
        after="disconnects",
    )
)
