"""The request target of an operation and its headers, filled from the parameters' examples or schemas."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any
from urllib.parse import quote, urlencode

from bothends.cases.families.samples import sample_of

if TYPE_CHECKING:
    from bothends.contract.model import Operation, Parameter
    from bothends.contract.schema import Schema

_FILLER = "1"  # for a parameter of which the contract gives no example: text and number alike


def target_of(operation: Operation) -> str:
    """Return path and query: each path parameter filled, and each query parameter given that requests have."""
    path = operation.path
    query: list[tuple[str, str]] = []
    for parameter in operation.parameters:
        if parameter.location == "path":
            path = path.replace("{" + parameter.name + "}", quote(_text(parameter), safe=""))
        elif parameter.location == "query" and (parameter.required or parameter.always):
            query.append((parameter.name, _text(parameter)))
    return f"{path}?{urlencode(query)}" if query else path


def headers_of(operation: Operation) -> list[tuple[str, str]]:
    """Return the header parameters that requests have."""
    return [
        (parameter.name, _text(parameter))
        for parameter in operation.parameters
        if parameter.location == "header" and (parameter.required or parameter.always)
    ]


def _text(parameter: Parameter) -> str:
    if parameter.example_text is not None:
        return parameter.example_text
    value = _made(parameter.schema)
    return value if isinstance(value, str) else json.dumps(value)


def _made(schema: Schema | None) -> Any:
    """Return the filler where a schema takes it, as text or as number, formats included; else what it may well take."""
    if schema is None or any(map(schema.is_valid_with_formats, (_FILLER, int(_FILLER)))):
        return _FILLER
    sample = sample_of(schema.raw)
    return _FILLER if sample is None else sample
