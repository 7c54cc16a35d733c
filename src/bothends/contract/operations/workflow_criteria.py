"""Reads when a step of a workflow has succeeded: by its status, and by a value of its answer.

Source: Arazzo Specification 1.0.1, Criterion Object. Only simple conditions say something before the answer is there.
"""

from __future__ import annotations

import json
import operator
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from bothends.documents import Place
    from bothends.errors import ContractError

_STATUSES = frozenset(range(100, 600))
SUCCESSES = frozenset(range(200, 300))
_OPERATORS = {
    "==": operator.eq,
    "!=": operator.ne,
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
}
_STATUS = re.compile(r"\$statusCode\s*(==|!=|<=|>=|<|>)\s*(\d{3})")
_VALUE = re.compile(r"\$response\.body#((?:/[^\s=!<>&|]+)+)\s*==\s*('(?:[^']|'')*'|[^\s'&|()]+)")


@dataclass(frozen=True, slots=True)
class Criteria:
    """When a step has succeeded.

    Attributes:
        statuses: The statuses that are right.
        at: JSON pointer to what its answer has; None: nothing is said of it.
        value: What stands there.
    """

    statuses: frozenset[int] = SUCCESSES
    at: str | None = None
    value: Any = None


def read_criteria(step: Place, tell: Callable[[ContractError], None]) -> Criteria:
    """Return when a step has succeeded, as far as simple conditions say it.

    Args:
        step: The step.
        tell: Is told of each condition that is not used.
    """
    found = Criteria()
    listed = step.get("successCriteria")
    for each in () if listed is None else listed.items():
        said = each.mapping()
        text = each.text("condition").strip()
        if said.get("type", "simple") != "simple":
            tell(each.error("Only simple conditions are used: this one is not looked at."))
            continue
        for part in _conjuncts(text):
            statuses = _statuses(part)
            value = _VALUE.fullmatch(part)
            if statuses is not None:
                found = Criteria(_narrowed(found.statuses, statuses), found.at, found.value)
            elif value is not None and found.at is None and (literal := _literal(value[2])) is not None:
                found = Criteria(found.statuses, value[1], literal[0])
            else:
                expected = "$statusCode == 201, or $response.body#/status == 'open'"
                tell(each.error(f"This condition is not used: {part}.", expected=expected))
    return found


def _narrowed(known: frozenset[int], said: frozenset[int]) -> frozenset[int]:
    """Return the statuses that are right: what is said first takes the place of what is usual."""
    return said if known is SUCCESSES else known & said


def _conjuncts(text: str) -> Iterator[str]:
    text = text[1:-1] if text.startswith("{") and text.endswith("}") else text
    yield from [text] if "||" in text else (each.strip() for each in text.split("&&"))


def _statuses(text: str) -> frozenset[int] | None:
    """Return the statuses of which a condition holds; None where it is not about the status alone."""
    found: frozenset[int] = frozenset()
    for choice in text.split("||"):
        some = _STATUSES
        for part in choice.split("&&"):
            match = _STATUS.fullmatch(part.strip())
            if match is None:
                return None
            some &= {status for status in _STATUSES if _OPERATORS[match[1]](status, int(match[2]))}
        found |= some
    return found


def _literal(text: str) -> tuple[Any] | None:
    """Return the value of a literal, alone in a tuple; None where it is none."""
    if text.startswith("'"):
        return (text[1:-1].replace("''", "'"),)
    try:
        value = json.loads(text)
    except ValueError:
        return None
    return None if isinstance(value, dict | list) else (value,)
