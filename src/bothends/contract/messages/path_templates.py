"""Paths with parameters, `/orders/{id}`: which request targets are of one, and the values that they have there."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING
from urllib.parse import quote, unquote

from bothends.records import MISSING

if TYPE_CHECKING:
    from collections.abc import Callable


def fits(template: str, target: str) -> bool:
    """Return whether a request target, its query left aside, is one of a path with parameters."""
    return _pattern(template).fullmatch(target.partition("?")[0]) is not None


def path_value(template: str, target: str, name: str) -> object:
    """Return the value of a path parameter, percent-decoded; MISSING when the target, its query aside, does not fit."""
    found = _found(template, target, name)
    return MISSING if found is None else unquote(found[0])


def with_path_value(template: str, target: str, name: str, change: Callable[[str], str]) -> str:
    """Return a request target with the decoded value of a path parameter changed, all else as it was written."""
    found = _found(template, target, name)
    if found is None:
        return target
    written, (begin, end) = found
    old = unquote(written)
    new = change(old)
    return target if new == old else target[:begin] + quote(new, safe="") + target[end:]


def sent_path_value(template: str, target: str, name: str) -> object:
    """Return the value of a path parameter in a request as sent, maybe after the path of the target's base URL."""
    head = target.partition("?")[0]
    places = (place for place, character in enumerate(head) if character == "/")
    found = (path_value(template, head[place:], name) for place in places)
    return next((value for value in found if value is not MISSING), MISSING)


def _found(template: str, target: str, name: str) -> tuple[str, tuple[int, int]] | None:
    """Return a parameter as it is written in a target, and where it begins and ends."""
    parts = _parts(template)
    match = _pattern(template).fullmatch(target.partition("?")[0])
    if match is None or name not in parts[1::2]:
        return None
    group = f"p{parts.index(name, 1)}"
    return match[group], match.span(group)


def _parts(template: str) -> list[str]:
    return re.split(r"\{([^{}]+)\}", template)


def _pattern(template: str) -> re.Pattern[str]:
    parts = _parts(template)
    return re.compile("".join(f"(?P<p{i}>[^/]+)" if i % 2 else re.escape(part) for i, part in enumerate(parts)))
