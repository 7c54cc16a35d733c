"""A case as one line of JSON, and back."""

from __future__ import annotations

import base64
import json
from dataclasses import fields
from typing import TYPE_CHECKING, Any

from bothends.records import Case, Condition, Expectation, Request

if TYPE_CHECKING:
    from collections.abc import Callable


def to_row(case: Case) -> bytes:
    """Return a case as one line of JSON, without the line's end."""
    request = case.request
    row = [
        case.operation,
        case.family,
        case.name,
        [request.method, request.target, request.headers, _body_row(request.body), request.framing],
        [[one.name, one.subject, one.texts] for one in case.given],
        # Each field, whatever there is: what were left out would be judged as if it had never been said.
        [_field_row(getattr(case.expect, field.name)) for field in fields(Expectation)],
        case.origin,
        case.alone,
    ]
    return json.dumps(row, ensure_ascii=False, separators=(",", ":"), allow_nan=False).encode("utf-8", "surrogatepass")


def row_reader() -> Callable[[bytes], Case]:
    """Return what makes cases of lines. What many cases share (texts, expectations) is held once."""
    shared: dict[Any, Any] = {}

    def expectation(row: list[Any]) -> Expectation:
        key = tuple(tuple(value) if isinstance(value, list) else value for value in row)
        if key not in shared:
            values: list[Any] = [frozenset(value) if isinstance(value, tuple) else value for value in key]
            shared[key] = Expectation(*values)
        found: Expectation = shared[key]
        return found

    def read(line: bytes) -> Case:
        operation, family, name, request, given, expect, origin, alone = json.loads(
            line.decode("utf-8", "surrogatepass")
        )
        method, target, headers, body, framing = request
        return Case(
            operation=operation,
            family=family,
            name=name,
            request=Request(method, target, tuple(map(tuple, headers)), _body(body), framing),
            given=tuple(Condition.of(name, subject, **texts) for name, subject, texts in given),
            expect=expectation(expect),
            origin=origin,
            alone=alone,
        )

    return read


def _field_row(value: Any) -> Any:
    return sorted(value) if isinstance(value, frozenset) else value


def _body_row(body: bytes | None) -> Any:
    if body is None:
        return None
    try:
        return body.decode()
    except UnicodeDecodeError:
        return [base64.b64encode(body).decode()]


def _body(row: Any) -> bytes | None:
    if row is None:
        return None
    return row.encode() if isinstance(row, str) else base64.b64decode(row[0])
