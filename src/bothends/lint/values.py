"""Rules of schemas and examples: what no value can meet, what a receiver can't rely on, what nobody bounds."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from bothends.contract.content import read_examples
from bothends.contract.media_types import is_json
from bothends.contract.schema import SchemaShelf
from bothends.errors import ContractError
from bothends.lint.rule import Level, rule
from bothends.lint.walks import bodies, events, parameters, schemas

if TYPE_CHECKING:
    from collections.abc import Iterator

    from bothends.contract.bundles import Direction
    from bothends.contract.documents import Place
    from bothends.lint.rule import Found, Subject

_CLOSED = ("additionalProperties", "unevaluatedProperties")


@rule(
    "example-refused",
    Level.ERROR,
    asks="Each example is what its schema asks for.",
    why="bothends sends examples as valid requests, and the world answers with them.",
)
def example_refused(subject: Subject) -> Found:
    """Yield each example that its schema refuses."""
    shelf = SchemaShelf()
    for example, schema, direction in _examples(subject):
        try:
            wrong = shelf.take(schema, direction).errors(example.value)
        except ContractError:
            continue  # told as unusable
        if wrong:
            place = f" at {wrong[0].pointer}" if wrong[0].pointer else ""
            yield (
                example.location,
                f"The schema refuses this example{place}: {wrong[0].message}.",
                "Change one of them.",
            )


def _examples(subject: Subject) -> Iterator[tuple[Place, Place, Direction]]:
    for each in subject.operations:
        yield from ((e, s, "request") for e, s in _of_body(each.place, "requestBody"))
        responses = each.place.mapping().get("responses")
        for status in responses if isinstance(responses, dict) else ():
            yield from ((e, s, "answer") for e, s in _of_body(each.place.child("responses"), status))
    for event in events(subject):
        yield from ((e, s, "") for e, s in _of_body(event, "requestBody"))
    for parameter in parameters(subject):
        if "schema" in parameter.value and "example" in parameter.value:
            yield parameter.child("example"), parameter.child("schema"), "request"


def _of_body(holder: Place, key: str) -> list[tuple[Place, Place]]:
    try:
        body = holder.get(key)
        if body is None:
            return []
        content = body.get("content")
        return [
            (example, content.child(media_type).follow().child("schema"))
            for media_type, _, example in read_examples(body)
            if content is not None and is_json(media_type) and "schema" in content.child(media_type).follow().value
        ]
    except ContractError:
        return []  # told as unusable


@rule(
    "required-and-forbidden",
    Level.ERROR,
    asks="What an object requires, it admits.",
    why="No value meets such a schema: no request is valid, and each answer is wrong.",
)
def required_and_forbidden(subject: Subject) -> Found:
    """Yield each required member that a closed object does not know."""
    for each in schemas(subject):
        value = each.place.value
        known, required = value.get("properties"), value.get("required")
        closed = value.get("additionalProperties") is False and not value.get("patternProperties")
        if not closed or not isinstance(required, list):
            continue
        for name in required:
            if isinstance(name, str) and name not in (known if isinstance(known, dict) else {}):
                advice = f"Declare '{name}', or do not require it."
                yield each.place.child("required").location, f"'{name}' is required, and not allowed.", advice


@rule(
    "empty-range",
    Level.ERROR,
    asks="A lower limit is not above the upper one.",
    why="No value meets such a schema.",
)
def empty_range(subject: Subject) -> Found:
    """Yield each pair of limits that nothing lies between."""
    pairs = (
        ("minimum", "maximum"),
        ("minLength", "maxLength"),
        ("minItems", "maxItems"),
        ("minProperties", "maxProperties"),
    )
    for each in schemas(subject):
        for low, high in pairs:
            least, most = each.place.value.get(low), each.place.value.get(high)
            if _is_number(least) and _is_number(most) and least > most:
                yield each.place.child(low).location, f"{low} {least} is above {high} {most}.", "Change one of them."


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


@rule(
    "unbounded-text",
    Level.HINT,
    asks="Each text in a request has a `maxLength`, an `enum`, a `pattern` or a `format`.",
    why="Without a bound, the longest text is the target's own choice, and bothends does not try it.",
)
def unbounded_text(subject: Subject) -> Found:
    """Yield each text of a request that nothing bounds."""
    bounds = {"maxLength", "enum", "const", "pattern", "format"}
    for each in schemas(subject):
        value = each.place.value
        if each.direction == "request" and value.get("type") == "string" and not bounds & value.keys():
            yield each.place.location, "This text has no bound.", "Add maxLength."


@rule(
    "open-event",
    Level.HINT,
    asks="The schema of an event is closed.",
    why="What an open schema does not name is never wrong: a field that leaks is not found.",
)
def open_event(subject: Subject) -> Found:
    """Yield each event whose object takes any other member."""
    for body, direction in bodies(subject):
        if direction or not isinstance(body.value, dict) or "schema" not in body.value:
            continue
        try:
            schema = body.child("schema").follow()
        except ContractError:
            continue  # told as unusable
        if not isinstance(schema.value, dict):
            continue
        words = schema.value.keys()
        if schema.value.get("type") == "object" and not any(key in words for key in _CLOSED):
            yield (
                schema.location,
                "The event may have members that nobody declared.",
                "Add additionalProperties: false.",
            )


@rule(
    "answer-without-schema",
    Level.WARNING,
    asks="Each JSON answer has a schema.",
    why="Without one, any body is right.",
)
def answer_without_schema(subject: Subject) -> Found:
    """Yield each JSON body of an answer that nothing describes."""
    for body, direction in bodies(subject):
        if direction != "answer" or not isinstance(body.value, dict):
            continue
        name = body.pointer.rpartition("/")[2].replace("~1", "/")
        if is_json(name) and "schema" not in body.value:
            yield body.location, f"The answer's {name} has no schema.", "Add schema."


@rule(
    "array-without-items",
    Level.WARNING,
    asks="Each array says what its items are.",
    why="OpenAPI 3.0 demands `items`; without it, any item is right.",
)
def array_without_items(subject: Subject) -> Found:
    """Yield each array that leaves its items open."""
    for each in schemas(subject):
        value = each.place.value
        if value.get("type") == "array" and not {"items", "prefixItems", "contains"} & value.keys():
            yield each.place.location, "The items of this array are not described.", "Add items."


@rule(
    "address-refused",
    Level.ERROR,
    asks="The place that a callback's URL is read from takes the world's address.",
    why="bothends puts its own address there, so that the event arrives there and at no other host.",
)
def address_refused(subject: Subject) -> Found:
    """Yield each place of a URL whose schema refuses the world's."""
    for operation in subject.contract.operations:
        for address in operation.addresses:
            if address.refused is not None:
                problem = "The schema refuses the world's address, so no event can be received."
                yield address.refused, problem, "Allow http:// URLs of this machine, or use `tls = true`."
