"""`methods`: methods that the operation does not have. None executes, whatever a header says of it."""

from __future__ import annotations

from dataclasses import replace
from http import HTTPStatus
from typing import TYPE_CHECKING

from bothends.cases.families import bodies, expectations
from bothends.cases.families.raw_text import OWN_CONNECTION, raw_case, raw_text, start_line
from bothends.records import Case

if TYPE_CHECKING:
    from collections.abc import Iterator

    from bothends.contract.model import Contract, Operation
    from bothends.records import Request

family = "methods"

_OTHERS = ("GET", "HEAD", "PUT", "PATCH", "DELETE", "TRACE", "CONNECT", "FOO", "M" * 200)
_OVERRIDES = ("X-HTTP-Method-Override", "X-HTTP-Method", "X-Method-Override")
_WHY = "a method that the operation does not declare (RFC 9110 sections 9.1 and 15.5.6)"
# Refusals of a method, and of a message that a library does not read on (CONNECT has no path, TRACE no body).
_REFUSALS = (
    *(HTTPStatus.BAD_REQUEST, HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN, HTTPStatus.NOT_FOUND),
    *(HTTPStatus.METHOD_NOT_ALLOWED, HTTPStatus.NOT_IMPLEMENTED),
)


def cases(contract: Contract, operation: Operation) -> Iterator[Case]:
    """Yield requests by methods that the path does not have, and by the operation's with an override."""
    right = bodies.admitted_request(operation)
    if right is None:
        return
    there = {one.method for one in contract.operations if one.path == operation.path}
    if "GET" in there:
        there.add("HEAD")  # whoever answers the one answers the other (RFC 9110 section 9.1)
    refused = expectations.never(_WHY, _REFUSALS)
    plain = Case(operation.id, family, "", right, expect=refused, manner=OWN_CONNECTION)
    for method in _OTHERS:
        if method not in there:
            name = method.lower() if len(method) < len(_OTHERS[-1]) else "200-letters"
            yield replace(plain, name=name, request=_by(right, method))
    if "OPTIONS" not in there:
        preflight = _by(right, "OPTIONS")
        asking = (("Origin", "https://elsewhere.invalid"), ("Access-Control-Request-Method", operation.method))
        open_to_all = expectations.never(_WHY)
        yield replace(plain, name="options", request=preflight, expect=open_to_all)
        asked = replace(preflight, headers=(*preflight.headers, *asking))
        yield replace(plain, name="preflight", request=asked, expect=open_to_all)
    yield from _overridden(operation, right, plain, there)


def _overridden(operation: Operation, right: Request, plain: Case, there: set[str]) -> Iterator[Case]:
    method = operation.method
    if "GET" not in there:
        for name in _OVERRIDES:
            got = _by(right, "GET")
            asking = replace(got, headers=(*got.headers, (name, method)))
            yield replace(plain, name=f"get-with-{name.lower()}", request=asking)
        query = "&" if "?" in right.target else "?"
        yield replace(
            plain,
            name="get-with-_method",
            request=replace(_by(right, "GET"), target=f"{right.target}{query}_method={method}"),
        )
    kept = expectations.odd("an override that the contract does not know: left unread, or refused")
    for other in ("GET", "DELETE"):
        overriding = replace(right, headers=(*right.headers, (_OVERRIDES[0], other)))
        yield replace(plain, name=f"overridden-by-{other.lower()}", request=overriding, expect=kept)
    # Methods are case-sensitive (RFC 9110 section 9.1), but the interface of many servers has them in upper case.
    lower = raw_text(right, start=start_line(right, method=method.lower()))
    why = "a method in lower case: refused, or taken for the one in upper case"
    yield raw_case(operation, family, "lower-case", right, lower, expectations.odd(why))


def _by(request: Request, method: str) -> Request:
    """Return the request by another method: with its body, where a body means anything (RFC 9110 section 9.3)."""
    if method in ("PUT", "PATCH", "DELETE"):
        return replace(request, method=method)
    headers = tuple(pair for pair in request.headers if pair[0].lower() != "content-type")
    return replace(request, method=method, headers=headers, body=None)
