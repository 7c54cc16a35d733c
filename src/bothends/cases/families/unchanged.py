"""Where a request that is refused, or that fails, changes nothing, its object is read before and after a few of them.

Which promise says so differs. A request whose precondition does not hold is not performed (RFC 9110, section 13.1).
What `x-transitions` is said of leads nowhere when it is refused. All other refusals, and failures, may leave something
behind (a number of attempts, a payment that is pending): only `all_or_nothing` promises that they do not.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from bothends.cases.families import requests
from bothends.cases.families.values import property_names
from bothends.contract.messages import json_bytes
from bothends.contract.operations import anonymous
from bothends.contract.requests import PRECONDITIONS, SAFE, marks_in, variants_in
from bothends.contract.settings import ALL_OR_NOTHING
from bothends.contract.terms import INVALID_BODY, MALFORMED_BODY, NOT_FOUND, PRECONDITION_FAILED
from bothends.records import Case, Look

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from bothends.contract import Contract, Operation

_READING = "success"
_OF_BODIES = frozenset({INVALID_BODY, MALFORMED_BODY})
_MOST = {PRECONDITION_FAILED: 3, INVALID_BODY: 2, MALFORMED_BODY: 1, NOT_FOUND: 1, "upstream-wrong": 2}
"""Cases of one operation that are looked at, by the family: each needs an object of its own, and three readings."""


def with_looks(contract: Contract, operation: Operation, family: str, cases: Iterable[Case]) -> Iterator[Case]:
    """Yield the cases of a family, of which some are looked at where something promises that they change nothing.

    Args:
        contract: The contract.
        operation: Their operation.
        family: Their family.
        cases: The cases.
    """
    why = _promise(contract, operation, family)
    reading = _reading(contract, operation) if why else None
    left = 0 if reading is None else _MOST[family]
    for case in cases:
        if left and reading is not None and _is_plain(operation, case) and _fails(contract, case):
            left -= 1
            yield replace(case, look=Look(reading, any_state=True, why=why))
        else:
            yield case


def _promise(contract: Contract, operation: Operation, family: str) -> str:
    """Return what promises that the cases of a family change nothing; empty: nothing does."""
    if family not in _MOST or operation.method in SAFE:
        return ""
    if family == PRECONDITION_FAILED:
        return "RFC 9110 section 13.1" if operation.statuses_of(family) else ""
    own, is_refused = operation.transitions, bool(operation.statuses_of(family)) and family != "upstream-wrong"
    if is_refused and own is not None and own.before is not None:
        return "x-transitions"
    return f"{ALL_OR_NOTHING} of [target]" if ALL_OR_NOTHING in contract.settings.target.guarantees else ""


def _reading(contract: Contract, operation: Operation) -> Case | None:
    """Return the request that reads the object of an operation; None: there is none, or it may have a condition."""
    path, own = anonymous(operation.path).rstrip("/"), operation.transitions
    readers = [
        one
        for one in contract.operations
        if one.method == "GET" and one.id_places and f"{path}/".startswith(f"{anonymous(one.path).rstrip('/')}/")
    ]
    named = [one for one in readers if own is not None and one.id == own.reader]
    reader = next(iter(named), None) or max(readers, key=lambda one: one.path.count("/"), default=None)
    if reader is None or reader.security.unplayable:
        return None
    request = requests.admitted_request(reader)
    if request is None:
        return None
    headers = tuple(pair for pair in request.headers if pair[0].lower() not in PRECONDITIONS)
    return Case(reader.id, _READING, "before-and-after", replace(request, headers=headers))


def _is_plain(operation: Operation, case: Case) -> bool:
    """Whether a case is one request about one object of its operation, as any client sends it."""
    if case.look is not None or case.made_by is not None or case.again or case.behaviour or case.repeat > 1:
        return False
    if case.request.raw is not None or case.request.method != operation.method:
        return False
    if case.family in _OF_BODIES and not _has_a_member(operation, case.request.body or b""):
        return False
    # What a path names that is not there can't be read.
    unknown = [place for place, _ in variants_in(operation.id_places, case.request)]
    return any(place.part == "path" and place not in unknown for place in marks_in(operation.id_places, case.request))


def _has_a_member(operation: Operation, body: bytes) -> bool:
    """Whether a body has a member that the operation knows: it may be taken in part."""
    names = property_names(requests.json_schema(operation))
    return body.startswith(b"{") and any(json_bytes(name) in body for name in names)


def _fails(contract: Contract, case: Case) -> bool:
    """Whether nothing but a refusal is right, or the failure of an upstream that no event goes to."""
    upstreams = contract.settings.world.upstreams
    failing = bool(case.given) and all(state.subject in upstreams for state in case.given)
    return case.expect.refused if not case.given else failing and bool(case.expect.statuses)
