"""What a strict server refuses of a head that can be parsed: two readers could take it in two ways (RFC 9112).

The parser refuses most of that itself: two lengths, a name before a space, a line that is folded.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

_TARGET_LIMIT = 16 << 10
_VERSIONS = frozenset({"1.0", "1.1"})
_TARGET = re.compile(rb"[!-~]+")
_ABSOLUTE = re.compile(rb"https?://[^/?#]*", re.IGNORECASE)
_HOST = re.compile(r"(?:\[[0-9A-Fa-f:.]+\]|[A-Za-z0-9._~!$&'()*+,;=%-]*)(?::[0-9]*)?")
_CONTROL = re.compile(r"[\x00-\x08\x0a-\x1f\x7f]")


def refusal_of(
    method: bytes, target: bytes, version: str, headers: Sequence[tuple[str, str]], limits: tuple[int, int]
) -> tuple[int, str] | None:
    """Return the status and the reason of a refusal; None: the head is right.

    Args:
        method: The method.
        target: The request target, as it came.
        version: `1.1`.
        headers: Name and value pairs, names in lower case.
        limits: Most bytes of a head, and of a body.
    """
    if version not in _VERSIONS:
        return 505, "only HTTP/1.0 and HTTP/1.1 are spoken"
    if len(target) > _TARGET_LIMIT:
        return 414, "the target is too long"
    if not _is_target(method, target):
        return 400, "the target is in a form that its method does not have"
    named: dict[str, list[str]] = {}
    if len(target) + sum(len(name) + len(value) + 4 for name, value in headers) > limits[0]:
        return 431, "headers over 64 KiB"
    for name, value in headers:
        if _CONTROL.search(value):
            return 400, "a header line is malformed"
        named.setdefault(name, []).append(value)
    return (
        _of_host(named.get("host", []), old=version == "1.0")
        or _of_length(named, limits[1], old=version == "1.0")
        or _of_expectation(named.get("expect", []))
    )


def origin_form(target: str) -> str:
    """Return path and query of a target: of the absolute form, what follows the authority (RFC 9112 section 3.2.2)."""
    absolute = None if target.startswith("/") else _ABSOLUTE.match(target.encode("latin-1"))
    if absolute is None:
        return target
    rest = target[absolute.end() :]
    return rest if rest.startswith("/") else f"/{rest}"


def _is_target(method: bytes, target: bytes) -> bool:
    if _TARGET.fullmatch(target) is None:
        return False
    return target.startswith(b"/") or _ABSOLUTE.match(target) is not None or (target == b"*" and method == b"OPTIONS")


def _of_host(hosts: Sequence[str], *, old: bool) -> tuple[int, str] | None:
    # RFC 9112 section 3.2: exactly one; HTTP/1.0 did not know it.
    if len(hosts) > 1 or not (hosts or old):
        return 400, "not exactly one Host"
    if hosts and _HOST.fullmatch(hosts[0].strip(" \t")) is None:
        return 400, "Host is malformed"
    return None


def _of_length(named: dict[str, list[str]], longest: int, *, old: bool) -> tuple[int, str] | None:
    codings, lengths = named.get("transfer-encoding", []), named.get("content-length", [])
    # RFC 9112 section 6.1: both, or a coding in HTTP/1.0, may be an attempt to smuggle a request.
    if codings and (lengths or old):
        return 400, "the length of the body is told in two ways"
    if codings and [coding.strip().lower() for coding in codings] != ["chunked"]:
        return 501, "a transfer coding other than chunked"
    if len(lengths) > 1:
        return 400, "Content-Length is malformed"
    return (413, "the body is too large") if lengths and int(lengths[0]) > longest else None


def _of_expectation(expected: Sequence[str]) -> tuple[int, str] | None:
    wrong = any(value.strip().lower() != "100-continue" for value in expected)
    return (417, "an expectation other than 100-continue") if wrong else None
