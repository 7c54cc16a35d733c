"""The values of a path's parameters, read back from a request target."""

from __future__ import annotations

import re
from urllib.parse import unquote

from bothends.records import MISSING


def fits(template: str, target: str) -> bool:
    """Return whether a request target, its query left aside, is one of a path with parameters."""
    return _pattern(template).fullmatch(target.partition("?")[0]) is not None


def path_value(template: str, target: str, name: str) -> object:
    """Return the value of a path parameter, percent-decoded; MISSING when the target does not fit.

    Args:
        template: The operation's path, `/orders/{id}`.
        target: The request target; its query is left aside.
        name: The parameter.
    """
    parts = _parts(template)
    found = _pattern(template).fullmatch(target.partition("?")[0])
    if found is None or name not in parts[1::2]:
        return MISSING
    return unquote(found[f"p{parts.index(name, 1)}"])


def _parts(template: str) -> list[str]:
    return re.split(r"\{([^{}]+)\}", template)


def _pattern(template: str) -> re.Pattern[str]:
    parts = _parts(template)
    return re.compile("".join(f"(?P<p{i}>[^/]+)" if i % 2 else re.escape(part) for i, part in enumerate(parts)))
