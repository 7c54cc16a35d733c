"""The schemas of OpenAPI 3.0, told in the words of JSON Schema 2020-12, which OpenAPI 3.1 takes as they are.

Source: OpenAPI 3.0.3, sections 4.7.23 (Reference Object) and 4.7.24 (Schema Object). Each schema is rewritten where it
stands, so that lines and pointers still name the user's file. What 3.0 does not know (`const`, a list of types) is kept
as JSON Schema has it: nobody can have meant anything else by it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping

_LIMITS = (("exclusiveMinimum", "minimum"), ("exclusiveMaximum", "maximum"))


def rewritten(schema: Mapping[str, Any]) -> dict[str, Any]:
    """Return a schema of 3.0 in the words of 3.1; the schemas in it are left as they are."""
    if "$ref" in schema:
        return {"$ref": schema["$ref"]}  # whatever stands beside it is ignored
    made = dict(schema)
    nullable, kind = made.pop("nullable", False), made.get("type")
    if nullable is True and isinstance(kind, str) and kind != "null":
        made["type"] = [kind, "null"]  # only where a type is given: an enum without null still refuses it
    for exclusive, limit in _LIMITS:
        if isinstance(made.get(exclusive), bool) and made.pop(exclusive) and limit in made:
            made[exclusive] = made.pop(limit)
    return made
