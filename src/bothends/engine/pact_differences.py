"""Mismatches as a person reads them: one line for each place, the promise beside what was seen.

Pact's library tells several mismatches of one place (one for each alternative of a rule), shows an example
where a rule is what counts, and lists all keys where one is missing.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from bothends.pacts import Mismatch

_KEYS = ("Actual map is missing the following keys: ", "Expected a Map with keys ")
# `Expected 's' (String) to be the same type as true (Boolean)`: what comes after the value is the rule.
_RULE = re.compile(r"Expected .*? (to (?:be|match|have (?!value)|contain|include)\b.+)", re.DOTALL)
_TYPED = re.compile(r"to be (the same type as|equal to) .* \((?P<type>\w+)\)", re.DOTALL)
_LONGEST_RULE = 200


@dataclass(frozen=True, slots=True)
class Difference:
    """What is amiss at one place.

    Attributes:
        where: The place: `status`, `$.user.name`; empty when it is the whole.
        promised: What the pact promises there.
        seen: What was there.
    """

    where: str
    promised: str
    seen: str


def differences(mismatches: Sequence[Mismatch]) -> list[Difference]:
    """Return one difference for each place, in the order of the mismatches.

    Args:
        mismatches: What Pact's library found.
    """
    media_types = {(m.expected, m.actual) for m in mismatches if m.kind == "header"}
    by_place: dict[tuple[str, bool], list[Mismatch]] = {}
    for mismatch in mismatches:
        # That the body is of another type is told already where the header says so.
        if mismatch.kind == "body-type" and (mismatch.expected, mismatch.actual) in media_types:
            continue
        by_place.setdefault((mismatch.where, _is_about_keys(mismatch)), []).append(mismatch)
    return [
        _of_keys(where, found) if about_keys else _of_values(where, found)
        for (where, about_keys), found in by_place.items()
    ]


def lines(found: Iterable[Difference]) -> tuple[str, str]:
    """Return what is promised and what was seen, a line for each place, in the same order."""
    listed = list(found)
    return "\n".join(_line(d.where, d.promised) for d in listed), "\n".join(_line(d.where, d.seen) for d in listed)


def _line(where: str, text: str) -> str:
    told = text.replace("\n", "\\n")
    return f"{where}: {told}" if where else told


def _is_about_keys(mismatch: Mismatch) -> bool:
    return mismatch.kind == "body" and mismatch.text.startswith(_KEYS)


def _of_keys(where: str, found: Sequence[Mismatch]) -> Difference:
    expected, actual = _keys(found[0].expected), _keys(found[0].actual)
    missing = [key for key in expected if key not in actual]
    others = [key for key in actual if key not in expected]
    if missing:
        # What a pact does not name may be there. It may also be what was named once, by another name.
        also = f" (other keys: {', '.join(others)})" if others else ""
        return Difference(where, f"the {_named(missing)}", f"not there{also}")
    return Difference(where, f"no {_named(others)}", "there")


def _keys(text: str) -> list[str]:
    return [str(key) for key in json.loads(text)]


def _named(keys: Sequence[str]) -> str:
    return f"{'key' if len(keys) == 1 else 'keys'} {', '.join(keys)}"


def _of_values(where: str, found: Sequence[Mismatch]) -> Difference:
    expected = list(dict.fromkeys(m.expected for m in found))
    rules = list(dict.fromkeys(rule for m in found if (rule := _rule(m.text))))
    seen = " and ".join(dict.fromkeys(m.actual for m in found))
    if not rules and " or ".join(expected) == seen:
        rules = [m.text for m in found]  # a rule that the library can't apply: only its own sentence tells of it
    promised = " or ".join(expected) + (f" ({', or '.join(rules)})" if rules else "")
    return Difference(where, promised, seen)


def _rule(text: str) -> str:
    """Return the rule that the library names in a sentence; empty where the example says as much."""
    match = _RULE.search(text)
    if match is None:
        return ""
    rule = match[1]
    typed = _TYPED.fullmatch(rule)
    if typed is not None:
        return f"of the type {typed['type']}" if typed[1] == "the same type as" else ""
    return rule if len(rule) <= _LONGEST_RULE else ""
