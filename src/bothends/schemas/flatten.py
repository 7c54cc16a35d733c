"""What else looks at the value that a schema looks at: what its `$ref` leads to, its `allOf`, and its choices.

Theory of operation. A schema is a mapping of keywords, and all of them hold. Some hand the same value on to other
schemas: `$ref` and `allOf` always (`same`), `oneOf` and `anyOf` to one of several (`choices`), `if` and
`dependentSchemas` under a condition. Whoever asks what a schema says of a value asks here which schemas those are, and
nobody else follows them. Where references lead, a `Target` says: in a schema that stands alone, `targets_in` makes it.

Folding goes one step further: it makes of a schema and these others one plain mapping, a branch chosen of each choice.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from bothends.documents import items
from bothends.records import MISSING, join, resolve
from bothends.schemas.bundles import directly_in

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from bothends.documents import Place

Target = Callable[[str], Any]
"""Returns the schema that the text of a `$ref` leads to; MISSING: it leads nowhere."""
Choose = Callable[["Sequence[Any]"], Any]
"""Returns one of several branches."""
REFERENCES = ("$ref",)
"""The keywords that lead to another schema."""
CHOICES = ("oneOf", "anyOf")
"""The keywords of which a value chooses a branch."""
IN_PLACE = frozenset((*REFERENCES, "allOf", *CHOICES))
"""The keywords whose schemas look at the same value."""
_DEEPEST = 40


class NoValueError(Exception):
    """A schema has no value that can be aimed at."""


def targets_in(root: Any) -> Target:
    """Return where the references of a schema that stands alone lead."""

    def target(reference: str) -> Any:
        return resolve(root, reference[1:]) if reference == "#" or reference.startswith("#/") else MISSING

    return target


def definition_of(reference: str) -> str:
    """Return the name of the part, among the `$defs`, that a `$ref` leads to."""
    return reference.rpartition("/")[2].replace("~1", "/").replace("~0", "~")


def references(schema: Any) -> Iterator[str]:
    """Yield the names of the parts that are referred to anywhere in a schema."""
    pending = [schema]
    while pending:
        each = pending.pop()
        if isinstance(each, dict):
            if "$ref" in each:
                yield definition_of(each["$ref"])
            pending.extend(directly_in(each))


def referred(schema: Any, target: Target) -> Any:
    """Return what the `$ref` of a schema leads to; MISSING: it has none, or that leads nowhere."""
    reference = schema.get("$ref") if isinstance(schema, dict) else None
    return target(reference) if isinstance(reference, str) else MISSING


def same(schema: Mapping[str, Any], target: Target) -> list[Any]:
    """Return the schemas that hold of each value of a schema, beside its own keywords."""
    found = referred(schema, target)
    return [*(() if found is MISSING else (found,)), *schema.get("allOf", ())]


def choices(schema: Mapping[str, Any]) -> list[list[Any]]:
    """Return the branches of each choice that a schema has."""
    return [schema[key] for key in CHOICES if schema.get(key)]


def beside(schema: Mapping[str, Any], target: Target) -> list[Any]:
    """Return the schemas that may hold of a value of a schema: those that do, and the branches of its choices."""
    return [*same(schema, target), *(branch for branches in choices(schema) for branch in branches)]


def certain(schema: Any, target: Target) -> Iterator[dict[str, Any]]:
    """Yield a schema and all that hold of each of its values, each once."""
    return _closure(schema, lambda each: same(each, target))


def in_place(schema: Any, target: Target, conditions: Sequence[str] = ()) -> Iterator[dict[str, Any]]:
    """Yield a schema and all that may look at the same value, each once.

    Args:
        schema: The schema.
        target: Where references lead.
        conditions: Keywords whose schemas look at it too: `if`, `then`, `else`, `dependentSchemas`.
    """

    def onward(each: Mapping[str, Any]) -> list[Any]:
        found = beside(each, target)
        for key in conditions:
            if key in each:
                found += each[key].values() if key == "dependentSchemas" else (each[key],)
        return found

    return _closure(schema, onward if conditions else lambda each: beside(each, target))


def _closure(schema: Any, onward: Callable[[Mapping[str, Any]], list[Any]]) -> Iterator[dict[str, Any]]:
    pending, seen = [schema], set[int]()
    while pending:
        each = pending.pop()
        if isinstance(each, dict) and id(each) not in seen:
            seen.add(id(each))
            yield each
            pending.extend(reversed(onward(each)))


def located(schema: Mapping[str, Any], pointer: str, target: Target) -> Iterator[tuple[str, Any]]:
    """Yield what `same` returns, each with its pointer in the schema that stands alone, where this part has one."""
    found = referred(schema, target)
    if found is not MISSING:
        yield schema["$ref"].removeprefix("#"), found
    yield from ((pointer + join("allOf", number), each) for number, each in enumerate(schema.get("allOf", ())))


def all_of(schema: Place) -> Iterator[Place]:
    """Return the members of the `allOf` of a schema that stands in a document."""
    return items(schema, "allOf")


def also(schema: Mapping[str, Any], *others: Any) -> dict[str, Any]:
    """Return a schema that asks for more."""
    return {**schema, "allOf": [*schema.get("allOf", ()), *others]}


# Folding.


def folded(schema: Mapping[str, Any], target: Target, choose: Choose, links: int = 0) -> dict[str, Any]:
    """Return one plain mapping of what a schema asks for: no reference, no `allOf`, one branch of each choice.

    Keywords that can't be folded are those nearest to the schema: what is made of the result is validated anyway.

    Raises:
        NoValueError: A branch takes nothing, or a reference leads nowhere, or back to itself.
    """
    if links > _DEEPEST:
        raise NoValueError("a reference that leads to itself")
    if "$ref" in schema and referred(schema, target) is MISSING:
        raise NoValueError(f"the reference `{schema['$ref']}`, which leads nowhere")
    parts = [*same(schema, target), *(choose(branches) for branches in choices(schema))]
    rest = {key: value for key, value in schema.items() if key not in ("$ref", "allOf", *CHOICES)}
    if "if" in rest:
        condition, then, other = rest.pop("if"), rest.pop("then", True), rest.pop("else", True)
        parts += choose(([condition, then], [other]))
    for part in parts:
        if part is False:
            raise NoValueError("a branch that nothing fits")
        if isinstance(part, dict):
            rest = merged(folded(part, target, choose, links + 1), rest)
    return rest


_HIGHEST = frozenset({"minimum", "exclusiveMinimum", "minLength", "minItems", "minProperties", "minContains"})
_LOWEST = frozenset({"maximum", "exclusiveMaximum", "maxLength", "maxItems", "maxProperties", "maxContains"})


def merged(one: Mapping[str, Any], other: Mapping[str, Any]) -> dict[str, Any]:
    """Return a schema for the values that fit both, as far as that can be told without a proof.

    Keywords that can't be folded are taken from `other`.
    """
    made = dict(one)
    for keyword, value in other.items():
        made[keyword] = _both_of(keyword, made[keyword], value) if keyword in made else value
    return made


def _both_of(keyword: str, one: Any, other: Any) -> Any:
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


_FOLDS: Mapping[str, Callable[[Any, Any], Any]] = {
    "additionalProperties": _both,
    "enum": _common,
    "items": _both,
    "properties": _properties,
    "required": _required,
    "type": _common,
}
