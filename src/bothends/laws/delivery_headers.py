"""The laws of a delivery's headers: those that the callback declares, and the media type of its body."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bothends.contract.messages import best_match, header_readings
from bothends.laws import owed
from bothends.laws.law import Law, LawContext, Scope, Violation, register
from bothends.laws.wording import mistake_in
from bothends.records import Cause

if TYPE_CHECKING:
    from collections.abc import Iterator

    from bothends.contract import EventContract, Parameter
    from bothends.records import Delivery, Exchange


# Those that the callback declares are there, with values that match their schemas.


def _judge_headers(exchange: Exchange, context: LawContext) -> list[Violation] | None:
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
    if len(values) != 1 or schema is None:
        return
    readings = list(header_readings(values[0], schema.raw))
    if any(map(schema.is_valid, readings)):
        return
    yield Violation(
        cause=Cause("schema", location=parameter.name, callback=callback),
        summary=f"The event{owed.of_callback(event, context)} has a header {parameter.name} that is not of its schema.",
        expected=mistake_in(schema, readings),
        actual=f"{parameter.name} has another value",
    )


DELIVERY_HEADERS = register(
    Law(
        name="event-headers",
        demands="Each delivery has the headers that its callback requires, with values that match their schemas.",
        source="OpenAPI 3.1.0, Callback Object and Parameter Object",
        judge=_judge_headers,
        scope=Scope.EVENT,
        words={"missing": "no {location}", "schema": "{location}"},
        as_check=True,
        needs_tie=True,
    )
)


# The body is of a media type that the callback declares.


def _judge_media_type(exchange: Exchange, context: LawContext) -> list[Violation] | None:
    broken: dict[Cause, Violation] = {}
    judged = False
    for event, delivery in owed.each_post(exchange, context):
        said = next((value for name, value in delivery.headers if name == "content-type"), None)
        # Without a body there is nothing that could have a media type (RFC 9110 section 8.3).
        if event is None or not event.media_types or (said is None and delivery.payload is None):
            continue
        judged = True
        media_type = (said or "").partition(";")[0].strip().lower()
        if best_match(media_type, event.media_types):
            continue
        cause = Cause("media-type", about=media_type or "None", callback=owed.named(event, context))
        broken.setdefault(
            cause,
            Violation(
                cause=cause,
                summary=f"The media type of the event{owed.of_callback(event, context)} is {media_type or 'missing'}.",
                expected=" or ".join(event.media_types),
                actual=said or "no Content-Type",
            ),
        )
    return list(broken.values()) if judged else None


EVENT_MEDIA_TYPE = register(
    Law(
        name="event-media-type",
        demands="An event has a media type that its callback declares.",
        source="OpenAPI 3.1 Callback Object and Request Body Object; RFC 9110 section 8.3",
        judge=_judge_media_type,
        scope=Scope.EVENT,
        words={"media-type": "{about}"},
        as_check=True,
        needs_tie=True,
    )
)
