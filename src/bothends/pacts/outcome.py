"""What Pact's library found, as records: what was expected beside what was seen."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar

from bothends.errors import BothendsError

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

_TEXT_LIMIT = 4000
_NOTHING = "nothing"

# The library's names of mismatches (`Mismatch::to_json` in pact_matching), in the order that a person reads them:
# the kind here, what the name of the place begins with, and which attribute holds the rest of it.
_KINDS: Mapping[str, tuple[str, str, str]] = {
    "MethodMismatch": ("method", "method", ""),
    "PathMismatch": ("path", "path", ""),
    "QueryMismatch": ("query", "query ", "parameter"),
    "StatusMismatch": ("status", "status", ""),
    "HeaderMismatch": ("header", "header ", "key"),
    "MetadataMismatch": ("metadata", "metadata ", "key"),
    "BodyTypeMismatch": ("body-type", "body", ""),
    "BodyMismatch": ("body", "", "path"),
}
_ORDER = {kind: place for place, (kind, _, _) in enumerate(_KINDS.values())}


@dataclass(frozen=True, slots=True)
class Mismatch:
    """One thing in which what was seen is not what a pact promises.

    Attributes:
        kind: `method`, `path`, `query`, `status`, `header`, `metadata`, `body-type`, `body`, `answer` or
            `no-answer`.
        where: Where in the message: `status`, `header Content-Type`, `$.user.name` (Pact's path in the body).
        expected: What the pact promises; `nothing` where it promises none.
        actual: What was seen; `nothing` where there was none.
        text: The library's own sentence.
    """

    kind: str
    where: str
    expected: str
    actual: str
    text: str


class PactNotProven(BothendsError):  # noqa: N818 -- the word of the reports: neither held nor broken
    """An interaction was neither held nor broken: the library passed it without having looked."""

    exit_code: ClassVar[int] = 4
    fault: ClassVar[str] = "contract"


def translate(found: Iterable[Mapping[str, Any]]) -> list[Mismatch]:
    """Return the library's mismatches as records, always in the same order.

    Args:
        found: Mismatches as the library's JSON has them; it gives them in any order.
    """
    return sorted(
        (_mismatch(item) for item in found),
        key=lambda item: (_ORDER.get(item.kind, len(_ORDER)), item.where, item.text),
    )


def _mismatch(item: Mapping[str, Any]) -> Mismatch:
    name = str(item.get("type", ""))
    kind, begin, attribute = _KINDS.get(name, (name, "", "path"))
    return Mismatch(
        kind=kind,
        where=f"{begin}{item.get(attribute, '')}".strip(),
        expected=shown(item.get("expected")),
        actual=shown(item.get("actual")),
        text=str(item.get("mismatch", "")),
    )


def shown(value: Any) -> str:
    """Return a value of the library's JSON for a person: texts as they are, long ones cut, none as `nothing`."""
    if value is None or value == "":
        return _NOTHING
    text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
    return text if len(text) <= _TEXT_LIMIT else f"{text[:_TEXT_LIMIT]}…"
