"""The key of a callback: the URL that the event goes to.

Names in braces stand for what the world gives out: the base URL of an ingest, its key. What begins with `$` is a
runtime expression of OpenAPI (3.1.0, section 4.8.20.3), whose value depends on the exchange.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING
from urllib.parse import quote

from bothends.contract.nearest import did_you_mean
from bothends.contract.runtime_expressions import Expression, as_text, read_expression, value_of
from bothends.records import MISSING

if TYPE_CHECKING:
    from collections.abc import Collection

    from bothends.contract.references import Place
    from bothends.contract.runtime_expressions import Moment

EVENT_KEY = "eventKey"
_KEYS = {EVENT_KEY: EVENT_KEY, "event_key": EVENT_KEY}
_PART = re.compile(r"\{([^{}]*)\}|([^{}]+)|([{}])")
_EXAMPLE = "a runtime expression, such as {$request.body#/callbackUrl}"


@dataclass(frozen=True, slots=True)
class UrlTemplate:
    """A URL with gaps.

    Attributes:
        text: As written.
        parts: Literal text, and gaps: each `(literal, "")` or `("", name or expression)`.
        ingest: The ingest whose base URL it begins with; empty: none.
        expressions: Its runtime expressions, which only an exchange fills, each once.
    """

    text: str
    parts: tuple[tuple[str, str], ...]
    ingest: str = ""
    expressions: tuple[Expression, ...] = ()
    _by_text: dict[str, Expression] = field(init=False, repr=False, compare=False, hash=False)

    def __post_init__(self) -> None:
        """Look up each expression by its text once."""
        object.__setattr__(self, "_by_text", {expression.text: expression for expression in self.expressions})

    @property
    def names(self) -> frozenset[str]:
        """The names that the world fills: `ingest`, `eventKey`."""
        return frozenset(gap for _, gap in self.parts if gap and gap not in self._by_text)

    @property
    def whole(self) -> Expression | None:
        """The expression whose value is the URL, or its beginning; None where the key begins with something else."""
        return self._by_text.get(self.parts[0][1]) if self.parts else None

    def fill(self, base_url: str, event_key: str) -> str:
        """Return the URL, as far as the world knows it: runtime expressions stay as they are.

        Args:
            base_url: Base URL of the ingest; a slash at its end is left out.
            event_key: The key, before percent-encoding.
        """
        values = {self.ingest: base_url.rstrip("/"), EVENT_KEY: quote(event_key, safe="")}
        return "".join(literal or values.get(gap, f"{{{gap}}}") for literal, gap in self.parts)

    def url(self, moment: Moment, base_url: str, event_key: str) -> str | None:
        """Return the URL of an exchange; None where an expression has no value in it.

        Args:
            moment: The exchange.
            base_url: Base URL of the ingest; a slash at its end is left out.
            event_key: The key, before percent-encoding.
        """
        known = {self.ingest: base_url.rstrip("/"), EVENT_KEY: quote(event_key, safe="")}
        found: list[str] = []
        for literal, gap in self.parts:
            expression = self._by_text.get(gap)
            if expression is None:
                found.append(literal or known[gap])
                continue
            value = value_of(expression, moment)
            if value is MISSING or value is None:
                return None
            found.append(as_text(value))
        return "".join(found)

    def pattern(self, base_url: str, event_key: str = "") -> re.Pattern[str]:
        """Return what each URL matches that it may become: an expression stands for any text."""
        known = {self.ingest: base_url.rstrip("/"), EVENT_KEY: quote(event_key, safe="")}
        texts = [
            ".*" if gap in self._by_text else re.escape(literal or known.get(gap, gap)) for literal, gap in self.parts
        ]
        return re.compile("".join(texts), re.DOTALL)


def read_template(place: Place, ingests: Collection[str]) -> UrlTemplate:
    """Return the URL template that is the last key of a place's pointer.

    Args:
        place: The path item of a callback; its key is the template.
        ingests: The names of the ingests that the settings have.

    Raises:
        ContractError: A name is unknown, or an expression is none of OpenAPI's.
    """
    text = place.pointer.rpartition("/")[2].replace("~1", "/").replace("~0", "~")
    if text.startswith("$"):
        return _template(text, [("", _gap(place, text, ingests))])
    parts: list[tuple[str, str]] = []
    for match in _PART.finditer(text):
        if match[3]:
            raise place.error(f"The callback's URL has a brace too many: {text}.", expected="{name}")
        gap = "" if match[1] is None else _gap(place, match[1], ingests)
        parts.append((match[2] or "", gap))
    if not parts:
        raise place.error("The callback has no URL.", expected=_expected(ingests))
    later = next((gap for _, gap in parts[1:] if gap in ingests), None)
    if later is not None:
        problem = f"The callback's URL holds {{{later}}} behind its beginning, and that is the ingest's base URL."
        raise place.error(problem, expected=f"{{{later}}}/any/path")
    return _template(text, parts)


def _template(text: str, parts: list[tuple[str, str]]) -> UrlTemplate:
    first = parts[0][1]
    found = {gap: expression for _, gap in parts if (expression := read_expression(gap)) is not None}
    ingest = "" if first in found or first == EVENT_KEY else first
    return UrlTemplate(text, tuple(parts), ingest, tuple(found.values()))


def _expected(ingests: Collection[str]) -> str:
    return ", ".join([f"{{{name}}}" for name in ingests or ("ingest",)] + [f"{{{EVENT_KEY}}} or {_EXAMPLE}"])


def _gap(place: Place, name: str, ingests: Collection[str]) -> str:
    if name.startswith("$"):
        if read_expression(name) is None:
            problem = f"The callback's URL holds {{{name}}}, which is no runtime expression."
            raise place.error(problem, expected=_expected(ingests))
        return name
    if name in ingests:
        return name
    if name in _KEYS and ingests:
        return _KEYS[name]
    if name == "ingest" or name in _KEYS:
        advice = "Add [world.ingest] to bothends.toml."
        raise place.error(f"The callback's URL holds {{{name}}}, and there is no ingest.", advice=advice)
    advice = did_you_mean(name, (*ingests, *_KEYS))
    problem = f"The callback's URL holds an unknown name: {{{name}}}."
    raise place.error(problem, expected=_expected(ingests), advice=advice)
