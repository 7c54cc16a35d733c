"""JSON values: when two are equal, and what a JSON pointer finds in one."""

from __future__ import annotations

import re
from typing import Any, Final


class _Missing:
    def __repr__(self) -> str:
        return "MISSING"


MISSING: Final = _Missing()
"""What a pointer finds where there is nothing: not null, which is a value."""

_INDEX = re.compile(r"0|[1-9][0-9]{0,17}")


def json_equal(one: Any, other: Any) -> bool:
    """Return whether two JSON values are equal: 1 is 1.0, true is not 1, the order of keys is nothing.

    Source: JSON Schema 2020-12 core, section 4.2.2.
    """
    pending = [(one, other)]
    while pending:
        a, b = pending.pop()
        if isinstance(a, bool) or isinstance(b, bool) or a is None or b is None:
            if a is not b:
                return False
        elif isinstance(a, dict) and isinstance(b, dict):
            if a.keys() != b.keys():
                return False
            pending.extend((a[key], b[key]) for key in a)
        elif isinstance(a, list) and isinstance(b, list):
            if len(a) != len(b):
                return False
            pending.extend(zip(a, b, strict=True))
        elif a != b or isinstance(a, str) != isinstance(b, str):
            return False
    return True


def resolve(value: Any, pointer: str) -> Any:
    """Return what a JSON pointer (RFC 6901) finds in a value, or MISSING.

    Args:
        value: A JSON value.
        pointer: Empty for the whole value; else `/` before each step, `~1` for `/`, `~0` for `~`.
    """
    if not pointer:
        return value
    for step in pointer.split("/")[1:]:
        key = step.replace("~1", "/").replace("~0", "~")
        if isinstance(value, dict) and key in value:
            value = value[key]
        elif isinstance(value, list) and _INDEX.fullmatch(key) and int(key) < len(value):
            value = value[int(key)]
        else:
            return MISSING
    return value
