"""Folds two schemas into one that asks for both, as far as that can be told without a proof."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable

_HIGHEST = frozenset({"minimum", "exclusiveMinimum", "minLength", "minItems", "minProperties", "minContains"})
_LOWEST = frozenset({"maximum", "exclusiveMaximum", "maxLength", "maxItems", "maxProperties", "maxContains"})


def merge(one: dict[str, Any], other: dict[str, Any]) -> dict[str, Any]:
    """Return a schema for the values that fit both.

    Keywords that can't be folded are taken from `other`: what is made of the result is validated anyway.
    """
    merged = dict(one)
    for keyword, value in other.items():
        merged[keyword] = _folded(keyword, merged[keyword], value) if keyword in merged else value
    return merged


def _folded(keyword: str, one: Any, other: Any) -> Any:
    if keyword in _HIGHEST:
        return max(one, other)
    if keyword in _LOWEST:
        return min(one, other)
    fold = _FOLDS.get(keyword)
    return other if fold is None else fold(one, other)


def _properties(one: dict[str, Any], other: dict[str, Any]) -> dict[str, Any]:
    return {**one, **{name: _both(one[name], part) if name in one else part for name, part in other.items()}}


def _required(one: list[str], other: list[str]) -> list[str]:
    return [*one, *(name for name in other if name not in one)]


def _both(one: Any, other: Any) -> Any:
    return False if one is False or other is False else {"allOf": [one, other]}


def _common(one: Any, other: Any) -> Any:
    first = one if isinstance(one, list) else [one]
    second = other if isinstance(other, list) else [other]
    common = [item for item in first if item in second or (item == "integer" and "number" in second)]
    if "integer" in second and "number" in first and "integer" not in common:
        common.append("integer")
    return common or first


_FOLDS: dict[str, Callable[[Any, Any], Any]] = {
    "additionalProperties": _both,
    "enum": _common,
    "items": _both,
    "properties": _properties,
    "required": _required,
    "type": _common,
}
