"""Makes values of a JSON Schema (2020-12): as far as ordinary answers go, and fast.

The generator aims and does not prove: what it makes is validated by its caller, who tries again. It says
`BeyondReachError` at keywords that it can't aim at.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from bothends.world.answers import scalars, words
from bothends.world.answers.merge import merge

if TYPE_CHECKING:
    from random import Random

_DEEP = 6  # from here on, only what is required
_DEEPEST = 24
_MOST_EXTRA = 4
_ANY = ("string", "integer", "number", "boolean", "null", "object", "array")
_HINTS = (
    ("object", {"properties", "required", "additionalProperties", "patternProperties", "minProperties"}),
    ("array", {"items", "prefixItems", "minItems", "maxItems", "contains"}),
    ("string", {"minLength", "maxLength", "pattern", "format"}),
    ("number", {"minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum", "multipleOf"}),
)


class BeyondReachError(Exception):
    """The schema asks for what the generator can't aim at."""


class Generator:
    """Makes values of one schema.

    Args:
        root: The schema, with all that its references lead to inside it.
        rng: Chooses.
    """

    def __init__(self, root: Any, rng: Random) -> None:
        self._root = root
        self._rng = rng

    def value(self, schema: Any, depth: int = 0) -> Any:
        """Make a value that is probably valid.

        Args:
            schema: The schema, or a part of it.
            depth: Levels above it.

        Raises:
            BeyondReachError: The schema is beyond the generator.
        """
        if depth > _DEEPEST or schema is False:
            raise BeyondReachError(
                "no value is shallow enough" if schema is not False else "a schema that nothing fits"
            )
        if schema is True or not schema:
            return self.anything(depth)
        schema = self._flat(schema)
        if "const" in schema:
            return schema["const"]
        if "enum" in schema:
            return self._rng.choice(schema["enum"])
        kinds = schema.get("type") or self._hinted(schema)
        kind = kinds if isinstance(kinds, str) else self._rng.choice(kinds)
        if kind == "object":
            return self._object(schema, depth)
        if kind == "array":
            return self._array(schema, depth)
        if kind == "string" and "pattern" in schema:
            raise BeyondReachError(f"the pattern `{schema['pattern']}`")
        return scalars.make(kind, schema, self._rng)

    def anything(self, depth: int) -> Any:
        """Make any JSON value, a nested one now and then."""
        kind = self._rng.choice(_ANY if depth < _DEEP else _ANY[:5])
        if kind == "object":
            return {words.key(self._rng): self.anything(depth + 1) for _ in range(self._rng.randint(0, 3))}
        if kind == "array":
            return [self.anything(depth + 1) for _ in range(self._rng.randint(0, 3))]
        return scalars.make(kind, {}, self._rng)

    def _flat(self, schema: dict[str, Any], links: int = 0) -> dict[str, Any]:
        """Fold references and combinations into one plain schema, a branch chosen where there are several."""
        if links > _DEEPEST:
            raise BeyondReachError("a reference that leads to itself")
        rest = dict(schema)
        parts: list[Any] = []
        if "$ref" in rest:
            parts.append(self._resolved(rest.pop("$ref")))
        parts.extend(rest.pop("allOf", ()))
        parts.extend(self._rng.choice(rest.pop(keyword)) for keyword in ("oneOf", "anyOf") if keyword in rest)
        if "if" in rest:
            condition, then, other = rest.pop("if"), rest.pop("then", True), rest.pop("else", True)
            parts.extend((condition, then) if self._rng.random() < 0.5 else (other,))  # noqa: PLR2004 -- either way
        if not parts:
            return rest
        for part in parts:
            if part is False:
                raise BeyondReachError("a branch that nothing fits")
            if part is not True:
                rest = merge(rest, self._flat(part, links + 1))
        return rest

    def _resolved(self, reference: str) -> Any:
        if not reference.startswith("#"):
            raise BeyondReachError(f"the reference `{reference}`")
        found = self._root
        for part in reference[1:].split("/")[1:]:
            name = part.replace("~1", "/").replace("~0", "~")
            if isinstance(found, dict) and name in found:
                found = found[name]
            elif isinstance(found, list) and name.isdigit() and int(name) < len(found):
                found = found[int(name)]
            else:
                raise BeyondReachError(f"the reference `{reference}`")
        return found

    @staticmethod
    def _hinted(schema: dict[str, Any]) -> tuple[str, ...]:
        """Return the types that the keywords of a schema without a type are about."""
        hinted = tuple(kind for kind, keywords in _HINTS if keywords & schema.keys())
        return hinted or _ANY

    def _object(self, schema: dict[str, Any], depth: int) -> dict[str, Any]:
        properties: dict[str, Any] = schema.get("properties", {})
        required = set(schema.get("required", ()))
        chance = 0.7 if depth < _DEEP else 0.0
        made = {
            name: self.value(part, depth + 1)
            for name, part in properties.items()
            if name in required or (part is not False and self._rng.random() < chance)
        }
        other = schema.get("additionalProperties", schema.get("unevaluatedProperties", True))
        for name in sorted(required - properties.keys()):
            made[name] = self.value(other, depth + 1)
        least, most = schema.get("minProperties", 0), schema.get("maxProperties")
        wanted = max(least, len(made) + (self._rng.randint(0, _MOST_EXTRA) if depth < _DEEP else 0))
        if most is not None:
            wanted = min(wanted, most)
        for _ in range(4 * wanted if other is not False else 0):
            if len(made) >= wanted:
                break
            name = self.value(schema["propertyNames"], depth + 1) if "propertyNames" in schema else words.key(self._rng)
            if name not in made and name not in properties:
                made[name] = self.value(other, depth + 1)
        return made

    def _array(self, schema: dict[str, Any], depth: int) -> list[Any]:
        made = [self.value(part, depth + 1) for part in schema.get("prefixItems", ())]
        other = schema.get("items", True)
        least = schema.get("minItems", 0)
        most = schema.get("maxItems", max(least, len(made)) + (_MOST_EXTRA if depth < _DEEP else 0))
        if "contains" in schema:
            made.extend(self.value(schema["contains"], depth + 1) for _ in range(schema.get("minContains", 1)))
        wanted = self._rng.randint(least, max(least, most)) if other is not False else least
        tries = 0
        while len(made) < wanted and tries < 4 * wanted:
            tries += 1
            item = self.value(other, depth + 1)
            if not schema.get("uniqueItems") or item not in made:
                made.append(item)
        return made
