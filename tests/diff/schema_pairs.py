"""Pairs of schemas for a property: the second is often the first with something changed; and values to try on them."""

from __future__ import annotations

import copy
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from random import Random

NAMES = ("a", "b", "c", "x-1")
PATTERNS = ("^a", "b$", "^[a-c]+$", "[0-9]")
TEXTS = ("", "a", "b", "ab", "abc", "bc", "a1", "x-1", "zzzz")
NUMBERS = (-2, -1, 0, 1, 2, 3, 5, 6, 10, 0.5, 1.0, 2.5, -0.5)
FORMATS = ("date", "uri", "email")
TYPES = ("null", "boolean", "integer", "number", "string", "array", "object")


class SchemaMaker:
    """Makes schemas, with the parts that they refer to."""

    def __init__(self, rng: Random) -> None:
        """Take what chooses."""
        self.rng = rng
        self.parts: dict[str, Any] = {}

    def pair(self) -> tuple[dict[str, Any], dict[str, Any]]:
        """Return two schemas that stand alone."""
        first = self._whole()
        second = self._changed(first) if self.rng.random() < 0.85 else self._whole()
        return (first, second) if self.rng.random() < 0.5 else (second, first)

    def _whole(self) -> dict[str, Any]:
        top = self.schema(3)
        made: dict[str, Any] = top if isinstance(top, dict) else {"allOf": [top]}
        names = [f"P{number}" for number in range(self.rng.randint(0, 2))]
        parts = {name: self._part(names) for name in names}
        if names and self.rng.random() < 0.8:
            made = {**made, "properties": {**made.get("properties", {}), "b": {"$ref": f"#/$defs/{names[0]}"}}}
        return {**made, "$defs": parts} if parts else made

    def _part(self, names: list[str]) -> dict[str, Any]:
        """Return a part, which may refer to others, through a member or an item."""
        made = self._object(1) if self.rng.random() < 0.8 else self._array(1)
        reference = {"$ref": f"#/$defs/{self.rng.choice(names)}"}
        if self.rng.random() < 0.6:
            if made.get("type") == "array":
                made["items"] = reference
            else:
                made.setdefault("properties", {})[self.rng.choice(NAMES)] = reference
        return made

    def schema(self, depth: int) -> Any:
        """Return a schema."""
        roll = self.rng.random()
        if roll < 0.04:
            return self.rng.choice((True, False, {}))
        if depth and roll < 0.30:
            return self._combined(depth)
        kinds: list[Callable[[int], dict[str, Any]]] = [self._string, self._number, self._constant, self._plain]
        if depth:
            kinds += [self._object, self._object, self._object, self._array]
        return self.rng.choice(kinds)(depth)

    def _combined(self, depth: int) -> dict[str, Any]:
        key = self.rng.choice(("anyOf", "oneOf", "allOf", "anyOf", "oneOf", "allOf", "not", "if"))
        base = self.schema(0) if self.rng.random() < 0.3 else {}
        made: dict[str, Any] = dict(base) if isinstance(base, dict) else {}
        if key == "not":
            return {**made, "not": self.schema(depth - 1)}
        if key == "if":
            tail = {name: self.schema(depth - 1) for name in ("then", "else") if self.rng.random() < 0.7}
            return {**made, "if": self.schema(depth - 1), **tail}
        return {**made, key: [self.schema(depth - 1) for _ in range(self.rng.randint(1, 3))]}

    def _string(self, _: int) -> dict[str, Any]:
        made: dict[str, Any] = {"type": "string"} if self.rng.random() < 0.9 else {}
        if self.rng.random() < 0.4:
            made["minLength"] = self.rng.randint(0, 3)
        if self.rng.random() < 0.4:
            made["maxLength"] = self.rng.randint(0, 4)
        if self.rng.random() < 0.3:
            made["pattern"] = self.rng.choice(PATTERNS)
        if self.rng.random() < 0.15:
            made["format"] = self.rng.choice(FORMATS)
        return made

    def _number(self, _: int) -> dict[str, Any]:
        made: dict[str, Any] = (
            {"type": self.rng.choice(("integer", "number", "number"))} if self.rng.random() < 0.9 else {}
        )
        for key in ("minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum"):
            if self.rng.random() < 0.25:
                made[key] = self.rng.choice(NUMBERS)
        if self.rng.random() < 0.2:
            made["multipleOf"] = self.rng.choice((1, 2, 3, 6, 0.5))
        return made

    def _constant(self, _: int) -> dict[str, Any]:
        values = [*TEXTS, *NUMBERS, True, False, None, [], {}, [1], {"a": 1}]
        if self.rng.random() < 0.4:
            return {"const": self.rng.choice(values)}
        return {"enum": self.rng.sample(values, self.rng.randint(1, 4))}

    def _plain(self, _: int) -> dict[str, Any]:
        if self.rng.random() < 0.5:
            return {"type": self.rng.choice(TYPES)}
        return {"type": self.rng.sample(TYPES, 2)}

    def _array(self, depth: int) -> dict[str, Any]:
        made: dict[str, Any] = {"type": "array"} if self.rng.random() < 0.9 else {}
        if self.rng.random() < 0.8:
            made["items"] = self.schema(depth - 1)
        if self.rng.random() < 0.25:
            made["prefixItems"] = [self.schema(depth - 1) for _ in range(self.rng.randint(1, 2))]
        if self.rng.random() < 0.15:
            made["contains"] = self.schema(0)
            if self.rng.random() < 0.5:
                made[self.rng.choice(("minContains", "maxContains"))] = self.rng.randint(0, 2)
        for key, most in (("minItems", 2), ("maxItems", 3)):
            if self.rng.random() < 0.3:
                made[key] = self.rng.randint(0, most)
        if self.rng.random() < 0.15:
            made["uniqueItems"] = True
        return made

    def _object(self, depth: int) -> dict[str, Any]:
        made: dict[str, Any] = {"type": "object"} if self.rng.random() < 0.9 else {}
        chosen = self.rng.sample(NAMES, self.rng.randint(0, 3))
        if chosen:
            made["properties"] = {name: self.schema(depth - 1) for name in chosen}
        if self.rng.random() < 0.6:
            made["required"] = self.rng.sample(NAMES, self.rng.randint(0, 2))
        if self.rng.random() < 0.35:
            made["additionalProperties"] = self.rng.choice((False, False, self.schema(depth - 1)))
        made.update(self._rare(depth))
        for key, most in (("minProperties", 2), ("maxProperties", 3)):
            if self.rng.random() < 0.1:
                made[key] = self.rng.randint(0, most)
        return made

    def _rare(self, depth: int) -> dict[str, Any]:
        """Return keywords of objects that few schemas have."""
        name, other = self.rng.choice(NAMES), self.rng.choice(NAMES)
        shapes = ({"maxLength": 1}, {"pattern": "^[a-c]"}, {"enum": ["a", "b"]})
        choices: list[tuple[float, str, Any]] = [
            (0.12, "patternProperties", {self.rng.choice(PATTERNS): self.schema(depth - 1)}),
            (0.08, "propertyNames", self.rng.choice(shapes)),
            (0.1, "dependentRequired", {name: [other]}),
            (0.06, "dependentSchemas", {name: self.schema(depth - 1)}),
            (0.06, "unevaluatedProperties", self.rng.choice((False, {"type": "string"}))),
        ]
        return {key: value for chance, key, value in choices if self.rng.random() < chance}

    # Changes.

    def _changed(self, schema: Any) -> dict[str, Any]:
        made: dict[str, Any] = copy.deepcopy(schema)
        for _ in range(self.rng.randint(1, 2)):
            self._change(self.rng.choice(list(_mappings(made))))
        return made

    def _change(self, schema: dict[str, Any]) -> None:
        keys = [key for key in schema if key not in ("$defs", "$ref")]
        roll = self.rng.random()
        if not keys or roll < 0.15:
            fresh = self.schema(1)
            schema.update({k: v for k, v in fresh.items() if k not in schema} if isinstance(fresh, dict) else {})
            return
        key = self.rng.choice(keys)
        value = schema[key]
        if roll < 0.4 and key != "properties":
            del schema[key]
        elif isinstance(value, bool):
            schema[key] = not value if key != "uniqueItems" else True
        elif isinstance(value, int | float) and key != "const":
            more = roll < 0.7 or value < 1 or key == "multipleOf"  # which must not be 0
            schema[key] = value + 1 if more else value - 1
        elif isinstance(value, list) and key in ("required", "enum", "anyOf", "oneOf", "allOf", "prefixItems"):
            self._change_list(schema, key, value)
        elif key == "type":
            schema[key] = self.rng.choice(([*([value] if isinstance(value, str) else value), "null"], "number"))
            schema[key] = list(dict.fromkeys(schema[key])) if isinstance(schema[key], list) else schema[key]
        elif key == "properties":
            self._change_members(value)
        elif key == "pattern":
            schema[key] = self.rng.choice(PATTERNS)

    def _change_list(self, schema: dict[str, Any], key: str, value: list[Any]) -> None:
        if len(value) > 1 and self.rng.random() < 0.5:
            value.pop(self.rng.randrange(len(value)))
        elif key == "required":
            schema[key] = list(dict.fromkeys([*value, self.rng.choice(NAMES)]))
        elif key == "enum":
            value.append(self.rng.choice(("new", 7, None)))
        else:
            value.append(self.schema(1))

    def _change_members(self, members: dict[str, Any]) -> None:
        if members and self.rng.random() < 0.4:
            del members[self.rng.choice(list(members))]
        else:
            members[self.rng.choice(NAMES)] = self.schema(1)


def _mappings(schema: Any) -> Iterator[dict[str, Any]]:
    """Yield each schema in one."""
    if not isinstance(schema, dict):
        return
    yield schema
    for key in ("items", "additionalProperties", "not", "if", "then", "else", "contains"):
        yield from _mappings(schema.get(key))
    for key in ("properties", "patternProperties", "$defs", "dependentSchemas"):
        for each in schema.get(key, {}).values():
            yield from _mappings(each)
    for key in ("anyOf", "oneOf", "allOf", "prefixItems"):
        for each in schema.get(key, []):
            yield from _mappings(each)


class ValueMaker:
    """Makes values that may well fit a schema, by its words alone: it knows nothing of the code under test."""

    def __init__(self, rng: Random, whole: dict[str, Any]) -> None:
        """Take what chooses, and the schema."""
        self.rng = rng
        self.parts = whole.get("$defs", {})

    def value(self, schema: Any, depth: int = 4) -> Any:
        """Return a value."""
        if not isinstance(schema, dict) or depth < 0:
            return self.anything(max(depth, 0))
        if "$ref" in schema:
            return self.value(self.parts[schema["$ref"].rpartition("/")[2]], depth - 1)
        if "const" in schema:
            return schema["const"]
        if "enum" in schema:
            return self.rng.choice(schema["enum"])
        for key in ("anyOf", "oneOf", "allOf"):
            if schema.get(key) and self.rng.random() < 0.7:
                rest = {k: v for k, v in schema.items() if k != key}
                chosen = self.rng.choice(schema[key])
                both = {**rest, **chosen} if isinstance(chosen, dict) else rest
                members = {**rest.get("properties", {}), **both.get("properties", {})}
                if members:
                    both = {**both, "properties": members}
                return self.value(both, depth - 1)
        named = schema.get("type", self.rng.choice(TYPES))
        kind = named if isinstance(named, str) else self.rng.choice(named)
        return self._of_kind(kind, schema, depth)

    def anything(self, depth: int = 2) -> Any:
        """Return any value."""
        return self._of_kind(self.rng.choice(TYPES), {}, depth)

    def _of_kind(self, kind: str, schema: dict[str, Any], depth: int) -> Any:
        if kind == "object":
            return self._object(schema, depth)
        if kind == "array":
            listed = schema.get("prefixItems", [])
            count = self.rng.randint(0, 3)
            return [
                self.value(listed[i] if i < len(listed) else schema.get("items", True), depth - 2) for i in range(count)
            ]
        if kind == "string":
            return self.rng.choice(TEXTS)
        if kind in ("integer", "number"):
            near = [schema[k] + d for k in schema if "imum" in k for d in (0, 1, -1, 0.5, -0.5)]
            numbers = [*near, *near, *NUMBERS]
            return self.rng.choice([n for n in numbers if kind == "number" or n == int(n)])
        return self.rng.choice((True, False)) if kind == "boolean" else None

    def _object(self, schema: dict[str, Any], depth: int) -> dict[str, Any]:
        members = schema.get("properties", {})
        names = [name for name in NAMES if name in schema.get("required", ()) or self.rng.random() < 0.45]
        extra = schema.get("additionalProperties", True)
        return {
            name: self.value(members.get(name, extra), depth - 1)
            for name in names
            if name in members or name in schema.get("required", ()) or extra is not False or self.rng.random() < 0.1
        }
