"""What a caller prefers (RFC 7240): `Prefer: code=503`, `Prefer: example=NAME`."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from bothends.world.http import Received

_PREFERENCE = re.compile(r'\s*([!#$%&\'*+.^_`|~0-9A-Za-z-]+)\s*(?:=\s*("(?:[^"\\]|\\.)*"|[^\s;,"]*))?\s*(?:;[^,]*)?')


@dataclass(frozen=True, slots=True)
class Preferences:
    """What a caller prefers.

    Attributes:
        code: The status of the answer; None: the usual one.
        example: The name of an example of the answer; empty: the usual one.
    """

    code: int | None = None
    example: str = ""


def preferences(message: Received) -> Preferences:
    """Return the preferences of a request; what is not known, or malformed, is ignored as section 2 has it."""
    found: dict[str, str] = {}
    for value in message.all("prefer"):
        for part in _split(value):
            match = _PREFERENCE.fullmatch(part)
            if match is not None:
                text = match[2] or ""
                text = re.sub(r"\\(.)", r"\1", text[1:-1]) if text.startswith('"') else text
                found.setdefault(match[1].lower(), text)
    code = found.get("code", "")
    is_status = code.isascii() and code.isdigit() and 200 <= int(code[:4]) <= 599  # noqa: PLR2004 -- RFC 9110 section 15
    return Preferences(int(code) if is_status else None, found.get("example", ""))


def _split(value: str) -> list[str]:
    """Return the elements of a list; a comma within quotes parts none."""
    return re.findall(r'(?:[^,"]|"(?:[^"\\]|\\.)*")+', value)
