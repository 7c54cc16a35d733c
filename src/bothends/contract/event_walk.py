"""The walk through an event with its schema: which of its values stand under an `x-from`.

The same value may be described in several places (`allOf`, a `$ref` with siblings, a branch of
`oneOf`): each is followed. Of `oneOf` and `anyOf`, the branches count that the value fits. When it fits
none, the event is wrong anyway, and another law says so; then the branches of the value's own type
are followed, so that what can still be told of its origin is told.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from bothends.contract.pointers import join
from bothends.contract.provenance import Provenance, Source
from bothends.contract.schema import Schema

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

_TYPES: dict[str, type | tuple[type, ...]] = {
    "object": dict,
    "array": list,
    "string": str,
    "boolean": bool,
    "null": type(None),
    "number": (int, float),
    "integer": (int, float),
}


class EventWalk:
    """Finds the values of an event that must come from somewhere."""

    __slots__ = ("_branches", "_definitions", "_patterns", "_root", "_sources")

    def __init__(self, schema: Schema, sources: Mapping[str, Source]) -> None:
        """Take the event's schema, and the sources by the text of their `x-from`."""
        self._root = schema.raw
        self._definitions: dict[str, Any] = schema.raw.get("$defs", {})
        self._sources = sources
        self._branches: dict[int, Schema] = {}
        self._patterns: dict[str, Schema] = {}

    def __reduce__(self) -> tuple[type[EventWalk], tuple[Schema, Mapping[str, Source]]]:
        """Leave the compiled branches behind when it is sent to another process."""
        return EventWalk, (Schema(self._root), self._sources)

    @property
    def kinds(self) -> frozenset[str]:
        """The kinds of all sources that an `x-from` of the event names."""
        return frozenset(source.kind for source in self._sources.values())

    @property
    def texts(self) -> tuple[str, ...]:
        """The `x-from`s of the event, as written, each once."""
        return tuple(self._sources)

    def find(self, payload: Any) -> list[Provenance]:
        """Return each value of the payload under an `x-from`, once for each source, in order."""
        found: dict[tuple[str, str], Provenance] = {}
        pending: list[tuple[Any, Any, str]] = [(self._root, payload, "")]
        while pending:
            schema, value, pointer = pending.pop()
            if not isinstance(schema, dict):
                continue
            text = schema.get("x-from", "")
            if text in self._sources:
                found.setdefault((pointer, text), Provenance(pointer, value, self._sources[text]))
            following = [(branch, value, pointer) for branch in self._same_value(schema, value)]
            following.extend((child, item, pointer + join(key)) for child, item, key in self._inside(schema, value))
            pending.extend(reversed(following))
        return list(found.values())

    def _same_value(self, schema: Mapping[str, Any], value: Any) -> Iterator[Any]:
        """Yield the schemas that describe the same value."""
        if "$ref" in schema:
            yield self._target(schema)
        yield from schema.get("allOf", ())
        for key in ("oneOf", "anyOf"):
            branches = schema.get(key, ())
            fitting = [branch for branch in branches if self._fits(branch, value)]
            yield from fitting or [branch for branch in branches if self._is_of_type(branch, value)]
        if "if" in schema:
            yield schema.get("then" if self._fits(schema["if"], value) else "else", True)
        if isinstance(value, dict):
            for key, dependent in schema.get("dependentSchemas", {}).items():
                if key in value:
                    yield dependent

    def _inside(self, schema: Mapping[str, Any], value: Any) -> Iterator[tuple[Any, Any, str | int]]:
        """Yield the schema, the value and the key of each member or item that the schema describes."""
        if isinstance(value, dict):
            properties = schema.get("properties", {})
            patterns = schema.get("patternProperties", {})
            for key, item in value.items():
                matching = [child for pattern, child in patterns.items() if self._matches(pattern, key)]
                if key in properties:
                    matching.append(properties[key])
                if not matching and "additionalProperties" in schema:
                    matching.append(schema["additionalProperties"])
                yield from ((child, item, key) for child in matching)
        elif isinstance(value, list):
            prefix = schema.get("prefixItems", [])
            for index, item in enumerate(value):
                yield (prefix[index] if index < len(prefix) else schema.get("items", True)), item, index

    def _target(self, schema: Mapping[str, Any]) -> Any:
        return self._definitions[schema["$ref"].rpartition("/")[2]]

    def _fits(self, branch: Any, value: Any) -> bool:
        if not isinstance(branch, dict):
            return bool(branch)
        made = self._branches.get(id(branch))
        if made is None:
            made = self._branches[id(branch)] = Schema({**branch, "$defs": self._definitions})
        return made.is_valid(value)

    def _matches(self, pattern: str, key: str) -> bool:
        if pattern not in self._patterns:
            self._patterns[pattern] = Schema({"pattern": pattern})
        return self._patterns[pattern].is_valid(key)

    def _is_of_type(self, branch: Any, value: Any) -> bool:
        while isinstance(branch, dict) and "$ref" in branch and "type" not in branch:
            branch = self._target(branch)
        wanted = branch.get("type", []) if isinstance(branch, dict) else []
        names = [wanted] if isinstance(wanted, str) else wanted
        return not names or any(isinstance(value, _TYPES[name]) for name in names)
