"""The law of a delivery's headers: those that the callback declares are there, with values that match their schemas."""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING, Any

from bothends.laws import owed
from bothends.laws.law import Law, LawContext, Scope, Violation, register
from bothends.laws.own_values import read_json
from bothends.records import Cause

if TYPE_CHECKING:
    from collections.abc import Iterator

    from bothends.contract import EventContract, Parameter
    from bothends.records import Delivery, Exchange
    from bothends.schemas import Schema


def _judge(exchange: Exchange, context: LawContext) -> list[Violation] | None:
    broken: dict[Cause, Violation] = {}
    judged = False
    for event, delivery in owed.each_post(exchange, context):
        # A header of an event whose callback is unknown may be declared by another one.
        for parameter in () if event is None else event.headers:
            judged = True
            for violation in _wrong(parameter, event, delivery, context):
                broken.setdefault(violation.cause, violation)
    return list(broken.values()) if judged else None


def _wrong(
    parameter: Parameter, event: EventContract | None, delivery: Delivery, context: LawContext
) -> Iterator[Violation]:
    values = [value for name, value in delivery.headers if name == parameter.name.lower()]
    callback = owed.named(event, context)
    if not values and parameter.required:
        yield Violation(
            cause=Cause("missing", location=parameter.name, callback=callback),
            summary=f"The event{owed.of_callback(event, context)} has no header {parameter.name}.",
            expected=f"the header {parameter.name}, which the callback requires",
            actual="no such header",
        )
    schema = parameter.schema
    # Several headers of one name are one list (RFC 9110 section 5.3), which no schema of one value is about.
    if len(values) != 1 or schema is None or any(schema.is_valid(value) for value in _readings(values[0])):
        return
    yield Violation(
        cause=Cause("schema", location=parameter.name, callback=callback),
        summary=f"The event{owed.of_callback(event, context)} has a header {parameter.name} that is not of its schema.",
        expected=_expected(schema, values[0]),
        actual=f"{parameter.name} has another value",
    )


def _readings(text: str) -> Iterator[Any]:
    """Yield a header's value as a text, and as the number or the flag that it may be."""
    yield text
    with contextlib.suppress(ValueError):
        value = read_json(text.encode("utf-8", "surrogatepass"))
        if isinstance(value, bool | int | float):
            yield value


def _expected(schema: Schema, text: str) -> str:
    errors = [next(iter(schema.errors(value)), None) for value in _readings(text)]
    return next((error.message for error in reversed(errors) if error is not None), "a value of its schema")


DELIVERY_HEADERS = register(
    Law(
        name="event-headers",
        demands="Each delivery has the headers that its callback requires, with values that match their schemas.",
        source="OpenAPI 3.1.0, Callback Object and Parameter Object",
        judge=_judge,
        scope=Scope.EVENT,
        words={"missing": "no {location}", "schema": "{location}"},
        as_check=True,
        needs_tie=True,
    )
)
