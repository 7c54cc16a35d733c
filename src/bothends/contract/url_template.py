"""The key of a callback: the URL that the event goes to.

Names in braces stand for what the world gives out; what begins with `$` is a runtime expression of
OpenAPI (3.1.0, section 4.8.20.3), whose value depends on the exchange.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING
from urllib.parse import quote

from bothends.contract.nearest import did_you_mean

if TYPE_CHECKING:
    from bothends.contract.references import Place

INGEST = "ingest"
EVENT_KEY = "eventKey"
_NAMES = {INGEST: INGEST, EVENT_KEY: EVENT_KEY, "event_key": EVENT_KEY}
_PART = re.compile(r"\{([^{}]*)\}|([^{}]+)|([{}])")
_TOKEN = r"[!#$%&'*+.^_`|~0-9A-Za-z-]+"  # noqa: S105 -- RFC 9110 section 5.6.2, a word of a header
_EXPRESSION = re.compile(
    rf"\$(url|method|statusCode|(request|response)\.(header\.{_TOKEN}|query\.\S+|path\.\S+|body(\#(/([^~/]|~[01])*)*)?))"
)
_EXPECTED = "{ingest}, {eventKey} or a runtime expression, such as {$request.body#/callbackUrl}"


@dataclass(frozen=True, slots=True)
class UrlTemplate:
    """A URL with gaps.

    Attributes:
        text: As written.
        parts: Literal text, and gaps: each `(literal, "")` or `("", name or expression)`.
    """

    text: str
    parts: tuple[tuple[str, str], ...]

    @property
    def names(self) -> frozenset[str]:
        """The names that the world fills: `ingest`, `eventKey`."""
        return frozenset(gap for _, gap in self.parts if gap in _NAMES)

    @property
    def expressions(self) -> tuple[str, ...]:
        """The runtime expressions, which only an exchange fills: `$request.body#/callbackUrl`."""
        return tuple(gap for _, gap in self.parts if gap.startswith("$"))

    def fill(self, ingest: str, event_key: str) -> str:
        """Return the URL, as far as the world knows it: runtime expressions stay as they are.

        Args:
            ingest: Base URL of the ingest; a slash at its end is left out.
            event_key: The key, before percent-encoding.
        """
        values = {INGEST: ingest.rstrip("/"), EVENT_KEY: quote(event_key, safe="")}
        return "".join(literal or values.get(gap, f"{{{gap}}}") for literal, gap in self.parts)


def read_template(place: Place, *, has_ingest: bool) -> UrlTemplate:
    """Return the URL template that is the last key of a place's pointer.

    Args:
        place: The path item of a callback; its key is the template.
        has_ingest: Whether there is a `[world.ingest]` that fills the names.

    Raises:
        ContractError: A name is unknown, or an expression is none of OpenAPI's.
    """
    text = place.pointer.rpartition("/")[2].replace("~1", "/").replace("~0", "~")
    if text.startswith("$"):
        return UrlTemplate(text, (("", _gap(place, text, has_ingest=has_ingest)),))
    parts: list[tuple[str, str]] = []
    for match in _PART.finditer(text):
        if match[3]:
            raise place.error(f"The callback's URL has a brace too many: {text}.", expected="{name}")
        gap = "" if match[1] is None else _gap(place, match[1], has_ingest=has_ingest)
        parts.append((match[2] or "", gap))
    if not parts:
        raise place.error("The callback has no URL.", expected=_EXPECTED)
    return UrlTemplate(text, tuple(parts))


def _gap(place: Place, name: str, *, has_ingest: bool) -> str:
    if name.startswith("$"):
        if _EXPRESSION.fullmatch(name) is None:
            raise place.error(
                f"The callback's URL holds {{{name}}}, which is no runtime expression.", expected=_EXPECTED
            )
        return name
    if name not in _NAMES:
        advice = did_you_mean(name, _NAMES)
        raise place.error(f"The callback's URL holds an unknown name: {{{name}}}.", expected=_EXPECTED, advice=advice)
    if not has_ingest:
        advice = "Add [world.ingest] to bothends.toml."
        raise place.error(f"The callback's URL holds {{{name}}}, and there is no ingest.", advice=advice)
    return _NAMES[name]
