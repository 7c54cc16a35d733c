"""The request target of an operation and its headers, filled from the parameters' examples."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any
from urllib.parse import quote, urlencode

if TYPE_CHECKING:
    from bothends.contract.model import Operation

_FILLER = "1"  # for a parameter of which the contract gives no example: text and number alike


def target_of(operation: Operation) -> str:
    """Return path and query: each path parameter filled, and each required query parameter given."""
    path = operation.path
    query: list[tuple[str, str]] = []
    for parameter in operation.parameters:
        if parameter.location == "path":
            path = path.replace("{" + parameter.name + "}", quote(_text(parameter.example), safe=""))
        elif parameter.location == "query" and parameter.required:
            query.append((parameter.name, _text(parameter.example)))
    return f"{path}?{urlencode(query)}" if query else path


def headers_of(operation: Operation) -> list[tuple[str, str]]:
    """Return the required header parameters."""
    return [
        (parameter.name, _text(parameter.example))
        for parameter in operation.parameters
        if parameter.location == "header" and parameter.required
    ]


def _text(value: Any) -> str:
    if value is None:
        return _FILLER
    return value if isinstance(value, str) else json.dumps(value)
