"""A spec made easier to draw distinct bodies from. What it admits, the spec admits too.

Of the bodies that are drawn from a spec as it stands, three in four are repetitions: its examples, no
body at all, the empty object. The plain families send those already. So they are taken out where
bodies are drawn: examples go, the body is required, and in the tight form each property is too.
"""

from __future__ import annotations

import copy
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

_METHODS = ("get", "put", "post", "delete", "options", "head", "patch", "trace", "query")
_EXAMPLES = ("example", "examples")
# Where one of these stands, a property more may make a right body wrong.
_CONDITIONS = frozenset(
    (
        *("allOf", "anyOf", "oneOf", "not", "if", "dependentSchemas", "dependentRequired", "dependencies"),
        *("maxProperties", "propertyNames", "discriminator", "$ref", "$dynamicRef"),
    )
)


def drawing_spec(document: Mapping[str, Any], *, tight: bool) -> dict[str, Any]:
    """Return the spec, its request bodies made easier to draw from.

    Args:
        document: An OpenAPI document. It is left as it is.
        tight: Whether each property of a body is required as well.
    """
    spec: dict[str, Any] = copy.deepcopy(dict(document))
    for operation in _operations(spec):
        body = _resolved(spec, operation.get("requestBody"))
        if not isinstance(body, dict):
            continue
        content = {
            name: _media_type(spec, media_type, tight=tight) if isinstance(media_type, dict) else media_type
            for name, media_type in body.get("content", {}).items()
        }
        operation["requestBody"] = {**body, "required": True, "content": content}
    return spec


def _operations(spec: dict[str, Any]) -> Iterator[dict[str, Any]]:
    paths = spec.get("paths")
    for path in paths.values() if isinstance(paths, dict) else ():
        item = _resolved(spec, path)
        if isinstance(item, dict):
            yield from (item[method] for method in _METHODS if isinstance(item.get(method), dict))


def _media_type(spec: dict[str, Any], media_type: dict[str, Any], *, tight: bool) -> dict[str, Any]:
    plain = _without_examples(media_type)
    schema = _resolved(spec, plain.get("schema"))
    if isinstance(schema, dict):
        plain["schema"] = _tightened(spec, _without_examples(schema)) if tight else _without_examples(schema)
    return plain


def _tightened(spec: dict[str, Any], schema: dict[str, Any]) -> dict[str, Any]:
    """Return the schema with each property required that a request can hold."""
    properties = schema.get("properties")
    if not isinstance(properties, dict) or _CONDITIONS & schema.keys():
        return schema
    able = [name for name, value in properties.items() if _can_be_sent(_resolved(spec, value))]
    return {**schema, "required": list(dict.fromkeys((*schema.get("required", ()), *able)))}


def _can_be_sent(schema: Any) -> bool:
    return schema is True or (isinstance(schema, dict) and not schema.get("readOnly"))


def _without_examples(value: dict[str, Any]) -> dict[str, Any]:
    return {key: part for key, part in value.items() if key not in _EXAMPLES}


def _resolved(spec: dict[str, Any], value: Any) -> Any:
    """Return what a reference within the spec leads to; anything else as it is."""
    seen: set[str] = set()
    while isinstance(value, dict) and isinstance(value.get("$ref"), str) and len(value) == 1:
        reference = value["$ref"]
        if not reference.startswith("#/") or reference in seen:
            return value
        seen.add(reference)
        value = spec
        for step in reference[2:].split("/"):
            key = step.replace("~1", "/").replace("~0", "~")
            value = value.get(key) if isinstance(value, dict) else None
    return value
