"""`routing`: other paths, and unusual spellings of the same path. A request for another path is not executed.

Whether a path with a slash more or less at its end, or with percent-encoded letters, is the same path is the router's
choice. If it is, the whole contract applies: a success has its event, and a redirect has none.
"""

from __future__ import annotations

from dataclasses import replace
from http import HTTPStatus
from typing import TYPE_CHECKING

from bothends.cases.families import expectations, requests
from bothends.cases.families.family import Family, register
from bothends.cases.families.raw_text import OWN_CONNECTION, PATIENT, raw_case, raw_text, right_request, start_line
from bothends.contract.settings import EXACT_PATH
from bothends.records import Case
from bothends.schemas import fits_schema

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator

    from bothends.contract import Contract, Operation
    from bothends.records import Request


ROUTING_NAME = "routing"
_SEMICOLON = "path-parameter"
_PARAMETER = ";jsessionid=1"

_OTHER = "not the path of the operation"
_SAME = "another spelling of the path: refused, or executed in full (RFC 3986 section 6.2)"
_NEARLY = "a path that a strict parser does not take for the operation's, so a proxy in front may not protect it"
_NAMED = "the path of what has another name, which may have a semicolon (RFC 3986 section 3.3)"
_ELSEWHERE = (301, 302, 303, 307, 308, 400, 401, 403, 404, 405)


def routing_cases(contract: Contract, operation: Operation) -> Iterator[Case]:
    """Yield requests to other paths, and to the operation's path in other words."""
    right = right_request(operation)
    if right is None:
        return
    path, mark, query = right.target.partition("?")
    for name, target in _others(path).items():
        if not any(method == operation.method for method, _ in _routes(contract, target)):
            raw = raw_text(right, start=start_line(right, target=target + mark + query))
            # The message is whole: whether it is executed is known when it is answered.
            never = expectations.never(_OTHER)
            yield raw_case(operation, ROUTING_NAME, name, right, raw, never, behaviour=PATIENT)
    elsewhere = expectations.refused_where_promised(expectations.odd(_NEARLY, _ELSEWHERE), EXACT_PATH, _ELSEWHERE)
    marks = [place.mark for place in operation.id_places] + [place.mark for place in operation.setup_places]
    marks += [place.mark for place in operation.own_places]
    for same, expect in ((_same(path, marks), expectations.odd(_SAME)), (_nearly(operation.path, path), elsewhere)):
        for name, target in same.items():
            found = {path for method, path in contract.routes_at(target) if method == operation.method}
            if found <= {operation.path}:
                raw = raw_text(right, start=start_line(right, target=target + mark + query))
                named = name == _SEMICOLON and _may_have_any_name(contract, operation)
                other = expectations.odd(_NAMED, (*operation.success_statuses, *_ELSEWHERE))
                yield raw_case(operation, ROUTING_NAME, name, right, raw, other if named else expect)
    yield from _forms(operation, right)


def _routes(contract: Contract, target: str) -> Iterator[tuple[str, str]]:
    """Yield the method and the path of what a target may be for, by a router to which a slash at its end is nothing."""
    for spelling in (target, f"{target}/", target.rstrip("/")):
        yield from contract.routes_at(spelling)


def _others(path: str) -> dict[str, str]:
    """Return paths that nobody takes for the operation's, each once.

    A slash at the end of the path stays: to be without it is no other path to many a router.
    """
    stem = path.rstrip("/")
    slash = path[len(stem) :]
    return {
        "path-below": f"{stem}/below{slash}",
        "path-above": stem.rpartition("/")[0] or "/above",
        "path-longer": f"{stem}s{slash}",
        "path-shorter": stem[:-1].rstrip("/") + slash or "/shorter",
        "path-doubled": stem + path,
        "null-byte": f"{path}%00",
        "null-byte-and-more": f"{path}%00.json",
        "bad-percent": f"{path}%zz",
        "line-break": f"{path}%0d%0aX-Injected:%201",
    }


def _same(path: str, marks: Collection[str]) -> dict[str, str]:
    """Return the path in other words that mean the same (RFC 3986 section 6.2.2).

    Args:
        path: The path.
        marks: What stands in it for values, and is replaced by them as it is written.
    """
    segments = path.split("/")
    places = [index for index, text in enumerate(segments) if text and not any(mark in text for mark in marks)]
    encoded = "/".join(
        f"%{ord(text[0]):02x}{text[1:]}" if index in places[-1:] else text for index, text in enumerate(segments)
    )
    return {
        "dot-segment": f"/.{path}",
        "parent-segment": f"/x/..{path}",
        "encoded-parent-segment": f"/x/%2e%2e{path}",
        "encoded-letter": encoded,
        # Not the same, but interfaces such as WSGI and ASGI hand on a path that is decoded; and some cut a fragment.
        "encoded-slash": path[:1] + path[1:].replace("/", "%2f"),
        "fragment": f"{path}#fragment",
    }


def _nearly(template: str, path: str) -> dict[str, str]:
    """Return paths that are others, and that a lenient router takes for the same: past guards that are strict."""
    pairs = zip(template.split("/"), path.split("/"), strict=False)
    paths = {
        "trailing-slash": f"{path}/",
        "no-trailing-slash": path.rstrip("/") or path,
        "double-slash": f"/{path}",
        _SEMICOLON: f"{path}{_PARAMETER}",
        "upper-case": "/".join(part if "{" in named else part.upper() for named, part in pairs),
        "back-slash": path[:1] + path[1:].replace("/", "\\"),
    }
    return {name: other for name, other in paths.items() if other != path}


def _may_have_any_name(contract: Contract, operation: Operation) -> bool:
    """Return whether an object may be there whose name ends as a path with a parameter does: it may be put there."""
    puts = (one for one in contract.operations if one.path == operation.path and one.method == "PUT")
    return any(
        parameter.location == "path"
        and one.path.endswith("{" + parameter.name + "}")
        and fits_schema(parameter.schema, requests.made_up(parameter, "PUT") + _PARAMETER)
        for one in puts
        for parameter in one.parameters
    )


def _forms(operation: Operation, right: Request) -> Iterator[Case]:
    """Yield the other forms that a request target has (RFC 9112 section 3.2)."""
    forms = {
        "absolute-form": b"%b http://@HOST@@PREFIX@%b HTTP/1.1",
        "absolute-form-elsewhere": b"%b http://elsewhere.invalid@PREFIX@%b HTTP/1.1",
    }
    for name, form in forms.items():
        raw = raw_text(right, start=form % (right.method.encode(), right.target.encode()))
        why = "the absolute form of the target (RFC 9112 section 3.2.2), under any policy for hosts"
        yield raw_case(operation, ROUTING_NAME, name, right, raw, expectations.odd(why))
    raw = raw_text(right, start=right.method.encode() + b" * HTTP/1.1")
    yield raw_case(
        operation,
        ROUTING_NAME,
        "asterisk-form",
        right,
        raw,
        expectations.never("a request target that is only for OPTIONS"),
    )


ROUTING_FAMILY = register(
    Family(
        ROUTING_NAME,
        routing_cases,
        "other paths, and unusual spellings of the same path. A request for another path is not executed.\n\nWhether "
        "a path with a slash more or less at its end, or with percent-encoded letters, is the same path is the "
        "router's choice. If it is, the whole contract applies: a success has its event, and a redirect has none.",
        after="methods",
    )
)


# `methods`: methods that the operation does not have. None is executed, even if a header asks for it.

METHODS_NAME = "methods"
CHANGING = frozenset({"PUT", "PATCH", "DELETE"})
"""Methods by which a request may take away, or change, what is there (RFC 9110 sections 9.3.4 and 9.3.5, RFC 5789)."""

_OTHERS = ("GET", "HEAD", "PUT", "PATCH", "DELETE", "TRACE", "CONNECT", "FOO", "M" * 200)
_OVERRIDES = ("X-HTTP-Method-Override", "X-HTTP-Method", "X-Method-Override")
_WHY = "a method that the operation does not declare (RFC 9110 sections 9.1 and 15.5.6)"
# Refusals of a method, and of a message that a library does not read on (CONNECT has no path, TRACE no body).
_REFUSALS = (
    *(HTTPStatus.BAD_REQUEST, HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN, HTTPStatus.NOT_FOUND),
    *(HTTPStatus.METHOD_NOT_ALLOWED, HTTPStatus.NOT_IMPLEMENTED),
)


def methods_cases(contract: Contract, operation: Operation) -> Iterator[Case]:
    """Yield requests by methods that the path does not have, and by the operation's with an override."""
    right = requests.admitted_request(operation)
    if right is None:
        return
    there = {method for method, _ in contract.routes_at(right.target)}
    if "GET" in there:
        there.add("HEAD")  # a server that answers one answers the other (RFC 9110 section 9.1)
    refused = expectations.never(_WHY, _REFUSALS)
    plain = Case(operation.id, METHODS_NAME, "", right, expect=refused, behaviour=OWN_CONNECTION)
    for method in _OTHERS:
        if method not in there:
            name = method.lower() if len(method) < len(_OTHERS[-1]) else "200-letters"
            # An id that is made up is another one where the method writes: the target may know the method after all.
            target = requests.target_of(operation, method)
            yield replace(plain, name=name, request=replace(_by(right, method), target=target))
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
    kept = expectations.odd("a method override that the contract does not declare: ignored, or refused")
    for other in ("GET", "DELETE"):
        overriding = replace(right, headers=(*right.headers, (_OVERRIDES[0], other)))
        yield replace(plain, name=f"overridden-by-{other.lower()}", request=overriding, expect=kept)
    # Methods are case-sensitive (RFC 9110 section 9.1), but the interface of many servers has them in upper case.
    lower = raw_text(right, start=start_line(right, method=method.lower()))
    why = "a method in lower case: refused, or taken as upper case"
    yield raw_case(operation, METHODS_NAME, "lower-case", right, lower, expectations.odd(why))


def _by(request: Request, method: str) -> Request:
    """Return the request by another method: with its body, where a body means anything (RFC 9110 section 9.3)."""
    if method in CHANGING:
        return replace(request, method=method)
    headers = tuple(pair for pair in request.headers if pair[0].lower() != "content-type")
    return replace(request, method=method, headers=headers, body=None)


METHODS_FAMILY = register(
    Family(
        METHODS_NAME,
        methods_cases,
        "methods that the operation does not have. None is executed, even if a header asks for it.",
        after="sizes",
    )
)
