"""What the contract says of a request's path, query and headers.

No `x-given` family is about them, so a parameter that is missing or wrong makes a verdict uncertain,
and nothing more.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qs

from bothends.contract.path_values import path_value

if TYPE_CHECKING:
    from collections.abc import Iterator

    from bothends.contract.model import Operation, Parameter
    from bothends.records import Request

# OpenAPI reserves these header parameters for itself (3.1.0, section 4.8.12.2).
_RESERVED = frozenset({"accept", "content-type", "authorization"})
_INTEGER = re.compile(r"-?[0-9]{1,15}")
_NUMBER = re.compile(r"-?[0-9]{1,15}(\.[0-9]{1,15})?")


def doubts_of_parameters(operation: Operation, request: Request) -> Iterator[str]:
    """Yield why a right target may refuse a request for its parameters; nothing when none does."""
    if not operation.parameters:
        return
    given = _given(operation, request)
    for parameter in operation.parameters:
        where = f"the {parameter.location} parameter '{parameter.name}'"
        if parameter.location == "cookie" or (parameter.location == "header" and parameter.name.lower() in _RESERVED):
            continue
        text = given.get((parameter.location, parameter.name.lower()))
        if text is None:
            if parameter.required:
                yield f"{where} is missing"
        elif not _fits(parameter, text):
            yield f"{where} is not what its schema asks for"


def _given(operation: Operation, request: Request) -> dict[tuple[str, str], str]:
    """Return the parameters that a request has, by location and name in lower case."""
    found = {("header", name.lower()): value for name, value in request.headers}
    query = request.target.partition("?")[2]
    for name, values in parse_qs(query, keep_blank_values=True).items():
        found["query", name.lower()] = values[0]
    for parameter in operation.parameters:
        if parameter.location == "path":
            value = path_value(operation.path, request.target, parameter.name)
            if isinstance(value, str):
                found["path", parameter.name.lower()] = value
    return found


def _fits(parameter: Parameter, text: str) -> bool:
    """Return whether the text, or the value that it stands for, is what the schema asks for."""
    if parameter.schema is None:
        return True
    return any(parameter.schema.is_valid(value) for value in _readings(text))


def _readings(text: str) -> Iterator[Any]:
    yield text
    if _INTEGER.fullmatch(text):
        yield int(text)
    if _NUMBER.fullmatch(text):
        yield float(text)
    if text in ("true", "false"):
        yield text == "true"
