"""Rules of schemas and examples: what no value can meet, what a receiver can't rely on, what nobody bounds."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import jsonschema_rs

from bothends.contract.content import read_examples
from bothends.contract.media_types import is_json
from bothends.errors import ContractError
from bothends.lint.rule import Level, rule
from bothends.lint.walks import answers, bodies, events, is_part, last_key, member, parameters, plain_schemas, schemas
from bothends.schemas import SchemaShelf, rewritten, short

if TYPE_CHECKING:
    from collections.abc import Iterator

    from bothends.documents import Place
    from bothends.lint.rule import Found, Subject
    from bothends.schemas import Direction

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
        yield from ((e, s, "request") for e, s in _of_body(member(each.place, "requestBody")))
    for _, answer in answers(subject):
        yield from ((e, s, "answer") for e, s in _of_body(answer))
    for event in events(subject):
        yield from ((e, s, "") for e, s in _of_body(member(event, "requestBody")))
    for parameter in parameters(subject):
        if "schema" in parameter.value and "example" in parameter.value:
            yield parameter.child("example"), parameter.child("schema"), "request"


def _of_body(body: Place | None) -> list[tuple[Place, Place]]:
    if body is None:
        return []
    try:
        content = body.get("content")
        return [
            (example, content.child(media_type).follow().child("schema"))
            for media_type, _, example in read_examples(body)
            if content is not None and is_json(media_type) and "schema" in content.child(media_type).follow().value
        ]
    except ContractError:
        return []  # told as unusable


@rule(
    "inner-example-refused",
    Level.WARNING,
    asks="The example of a value inside of a body is what its schema asks for.",
    why="Readers take it for right. bothends does not send it: it takes the examples of whole bodies.",
    general=True,
)
def inner_example_refused(subject: Subject) -> Found:
    """Yield each example beside keywords that refuse it."""
    for each in plain_schemas(subject):
        examples = each.value.get("examples")
        places = [each.place.child("example")] if "example" in each.value else []
        if isinstance(examples, list):
            places += [each.place.child("examples").child(index) for index in range(len(examples))]
        for place in places:
            wrong = _refused(each.place, place.value)
            if wrong:
                yield place.location, f"The schema refuses this example: {wrong}.", "Change one of them."


@rule(
    "default-refused",
    Level.WARNING,
    asks="Each default is what its schema asks for.",
    why="A default must conform to the type (3.0.3, section 4.7.24), and should be valid (JSON Schema 2020-12, "
    "validation, section 9.2).",
)
def default_refused(subject: Subject) -> Found:
    """Yield each default beside keywords that refuse it."""
    for each in plain_schemas(subject):
        if "default" in each.value:
            wrong = _refused(each.place, each.value["default"])
            if wrong:
                yield each.place.child("default").location, f"The schema refuses this default: {wrong}.", "Change it."


@rule(
    "choice-refused",
    Level.WARNING,
    asks="Each value of an `enum` is of the schema's type, and within its limits.",
    why="A value must meet all keywords (JSON Schema 2020-12, core, section 7.6): this one can't be chosen.",
)
def choice_refused(subject: Subject) -> Found:
    """Yield each value of an `enum`, or `const`, that the rest of its schema refuses."""
    for each in plain_schemas(subject):
        choices = each.value.get("enum")
        places = [each.place.child("const")] if "const" in each.value else []
        if isinstance(choices, list):
            places += [each.place.child("enum").child(index) for index in range(len(choices))]
        for place in places:
            wrong = _refused(each.place, place.value, without=("enum", "const"))
            if wrong:
                yield place.location, f"The schema refuses its own choice: {wrong}.", "Change the type, or the choice."


_OWN = (
    *("type", "enum", "const", "minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum", "multipleOf"),
    *("minLength", "maxLength", "pattern", "minItems", "maxItems", "uniqueItems", "minProperties", "maxProperties"),
)


def _refused(schema: Place, value: Any, without: tuple[str, ...] = ()) -> str:
    """Return why a schema refuses a value, by the keywords that stand in it and look no deeper; empty: it may take it.

    What a part of a schema refuses, all of it refuses.
    """
    written = rewritten(schema.value) if schema.library.is_openapi_30 else schema.value
    own = {key: written[key] for key in _OWN if key in written and key not in without}
    if not own:
        return ""
    try:
        errors = list(jsonschema_rs.validator_for(own, offline=True).iter_errors(value))
    except (jsonschema_rs.ValidationError, ValueError):
        return ""  # it is no schema, which is told as what can't be used
    return short(errors[0].message) if errors else ""


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
        name = last_key(body)
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
    for each in plain_schemas(subject):
        value = each.value
        if not subject.is_openapi_30 and is_part(subject, each.place):
            continue  # another schema may describe them
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
