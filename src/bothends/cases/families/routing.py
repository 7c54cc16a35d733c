"""`routing`: other paths, and the same path written oddly. What leads elsewhere does not execute.

Whether a path with a slash at its end, or with letters that are percent-encoded, is the same path is
the router's choice. If it is, it is so in full: a success has its event, and a redirect has none.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from bothends.cases.families import expectations
from bothends.cases.families.raw_text import raw_case, raw_text, right_request, start_line
from bothends.contract.promises import EXACT_PATH

if TYPE_CHECKING:
    from collections.abc import Iterator

    from bothends.contract.model import Contract, Operation
    from bothends.records import Case, Request

family = "routing"

_OTHER = "another path than the operation's"
_SAME = "another writing of the path: refused, or executed in full (RFC 3986 section 6.2)"
_NEARLY = "a path that is not the operation's to a strict reader, so that a guard in front may not know it"
_ELSEWHERE = (301, 302, 303, 307, 308, 400, 401, 403, 404, 405)


def cases(contract: Contract, operation: Operation) -> Iterator[Case]:
    """Yield requests to other paths, and to the operation's path in other words."""
    right = right_request(operation)
    if right is None:
        return
    path, mark, query = right.target.partition("?")
    there = {one.path for one in contract.operations}
    for name, target in _others(path).items():
        if target not in there:
            raw = raw_text(right, start=start_line(right, target=target + mark + query))
            yield raw_case(operation, family, name, right, raw, expectations.never(_OTHER))
    nearly = expectations.refused_where_promised(expectations.odd(_NEARLY, _ELSEWHERE), EXACT_PATH, _ELSEWHERE)
    for same, expect in ((_same(path), expectations.odd(_SAME)), (_nearly(path), nearly)):
        for name, target in same.items():
            if target not in there:
                raw = raw_text(right, start=start_line(right, target=target + mark + query))
                yield raw_case(operation, family, name, right, raw, expect)
    yield from _forms(operation, right)


def _others(path: str) -> dict[str, str]:
    """Return paths that nobody takes for the operation's."""
    parent = path.rpartition("/")[0]
    return {
        "path-below": f"{path}/below",
        "path-above": parent or "/above",
        "path-longer": f"{path}s",
        "path-shorter": path[:-1],
        "path-doubled": path + path,
        "null-byte": f"{path}%00",
        "null-byte-and-more": f"{path}%00.json",
        "bad-percent": f"{path}%zz",
        "line-break": f"{path}%0d%0aX-Injected:%201",
    }


def _same(path: str) -> dict[str, str]:
    """Return the path in other words that mean the same (RFC 3986 section 6.2.2)."""
    last = path.rpartition("/")[2]
    encoded = f"{path[: -len(last)]}%{ord(last[0]):02x}{last[1:]}" if last else path
    return {
        "dot-segment": f"/.{path}",
        "parent-segment": f"/x/..{path}",
        "encoded-parent-segment": f"/x/%2e%2e{path}",
        "encoded-letter": encoded,
        # Not the same, but interfaces such as WSGI and ASGI hand on a path that is decoded; and some cut a fragment.
        "encoded-slash": path[:1] + path[1:].replace("/", "%2f"),
        "fragment": f"{path}#fragment",
    }


def _nearly(path: str) -> dict[str, str]:
    """Return paths that are others, and that a lenient router takes for the same: past guards that are strict."""
    return {
        "trailing-slash": f"{path}/",
        "double-slash": f"/{path}",
        "path-parameter": f"{path};jsessionid=1",
        "upper-case": path.upper(),
        "back-slash": path[:1] + path[1:].replace("/", "\\"),
    }


def _forms(operation: Operation, right: Request) -> Iterator[Case]:
    """Yield the other forms that a request target has (RFC 9112 section 3.2)."""
    forms = {
        "absolute-form": b"%b http://@HOST@@PREFIX@%b HTTP/1.1",
        "absolute-form-elsewhere": b"%b http://elsewhere.invalid@PREFIX@%b HTTP/1.1",
    }
    for name, form in forms.items():
        raw = raw_text(right, start=form % (right.method.encode(), right.target.encode()))
        why = "the absolute form of the target (RFC 9112 section 3.2.2), by whatever policy of hosts"
        yield raw_case(operation, family, name, right, raw, expectations.odd(why))
    raw = raw_text(right, start=right.method.encode() + b" * HTTP/1.1")
    yield raw_case(
        operation, family, "asterisk-form", right, raw, expectations.never("a target that is for OPTIONS only")
    )
