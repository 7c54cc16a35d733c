"""Rules of answers, media types and links: what HTTP does not send, what OpenAPI ignores, what leads nowhere."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bothends.contract.forms import is_form
from bothends.contract.runtime_expressions import read_expression
from bothends.contract.selection import select
from bothends.errors import ContractError, did_you_mean
from bothends.lint.paths import parameters_of
from bothends.lint.rule import Level, rule
from bothends.lint.walks import answers, bodies, headers, last_key, links, member, parameters

if TYPE_CHECKING:
    from collections.abc import Iterator

    from bothends.contract.selection import OperationPlace
    from bothends.documents import Place
    from bothends.lint.rule import Found, Subject

_WITHOUT_CONTENT = {
    "204": "section 15.3.5",
    "205": "section 15.3.6",
    "304": "section 15.4.5",
}


@rule(
    "content-of-no-content",
    Level.WARNING,
    asks="No 204, 205 or 304 has content.",
    why="These answers have none (RFC 9110, sections 15.3.5, 15.3.6 and 15.4.5): what is declared never arrives.",
)
def content_of_no_content(subject: Subject) -> Found:
    """Yield the content of each answer that can't have any."""
    for status, answer in answers(subject):
        content = answer.value.get("content")
        if status in _WITHOUT_CONTENT and isinstance(content, dict) and content:
            problem = f"A {status} has no content (RFC 9110, {_WITHOUT_CONTENT[status]})."
            yield answer.child("content").location, problem, "Remove content, or declare another status."


@rule(
    "ignored-header",
    Level.WARNING,
    asks="No answer declares the header Content-Type.",
    why="It is ignored (3.1.0, section 4.8.17): the keys of `content` say the media type.",
)
def ignored_header(subject: Subject) -> Found:
    """Yield each header of an answer that OpenAPI ignores."""
    for name, place in headers(subject):
        if name.lower() == "content-type":
            yield place.location, "The header Content-Type is ignored.", "Remove it; name media types under `content`."


@rule(
    "media-type-twice",
    Level.ERROR,
    asks="No two media types of a body differ in case only.",
    why="Case makes no difference (RFC 9110, section 8.3.1): nothing says which schema counts.",
)
def media_type_twice(subject: Subject) -> Found:
    """Yield each media type that was declared in other letters."""
    for holder in _holders(subject):
        seen: dict[str, str] = {}
        content = holder.value.get("content")
        for key in content if isinstance(content, dict) else ():
            other = seen.setdefault(key.lower(), key)
            if other != key:
                where = holder.child("content").child(key).location
                yield where, f"The media type '{key}' is '{other}' once more.", "Remove one of them."


def _holders(subject: Subject) -> Iterator[Place]:
    """Yield each request body and each answer of the operations under test."""
    for each in subject.operations:
        body = member(each.place, "requestBody")
        if body is not None:
            yield body
    yield from (answer for _, answer in answers(subject))


@rule(
    "example-and-examples",
    Level.WARNING,
    asks="A media type or a parameter has `example` or `examples`.",
    why="The two exclude each other (3.1.0, sections 4.8.12 and 4.8.14).",
)
def example_and_examples(subject: Subject) -> Found:
    """Yield each place that has both."""
    for place in (*(body for body, _ in bodies(subject)), *parameters(subject)):
        if {"example", "examples"} <= place.value.keys():
            yield place.child("examples").location, "`example` and `examples` exclude each other.", "Keep `examples`."


@rule(
    "ignored-encoding",
    Level.WARNING,
    asks="Only forms have `encoding`.",
    why="It applies to multipart and application/x-www-form-urlencoded alone (3.1.0, section 4.8.14).",
)
def ignored_encoding(subject: Subject) -> Found:
    """Yield each encoding of another media type."""
    for body, _ in bodies(subject):
        name = last_key(body).lower()
        if body.value.get("encoding") and not is_form(name) and not name.startswith("multipart/"):
            yield body.child("encoding").location, f"`encoding` means nothing for {last_key(body)}.", "Remove it."


@rule(
    "encoding-of-nothing",
    Level.WARNING,
    asks="Each key of `encoding` is a property of the schema.",
    why="The key must exist in the schema as a property (3.1.0, section 4.8.14): the encoding is of no part.",
)
def encoding_of_nothing(subject: Subject) -> Found:
    """Yield each key that no property has, where all properties are in sight."""
    for body, _ in bodies(subject):
        schema, encoding = member(body, "schema"), body.value.get("encoding")
        named = None if schema is None else schema.value.get("properties")
        if schema is None or not isinstance(named, dict) or not isinstance(encoding, dict):
            continue
        if {"allOf", "anyOf", "oneOf", "$ref", "patternProperties"} & schema.value.keys():
            continue
        for name in encoding:
            if name not in named and not name.startswith("x-"):
                where = body.child("encoding").child(name).location
                yield where, f"The schema has no property '{name}'.", did_you_mean(name, named) or "Remove it."


# Links: what another operation can take from an answer.


def _by_id(subject: Subject) -> dict[str, OperationPlace]:
    """Return all operations of the document by their `operationId`."""
    known: dict[str, OperationPlace] | None = subject.memory.get("by_id")
    if known is None:
        every = select(subject.root, ["*"], None).chosen
        known = {each.id: each for each in every if each.place.value.get("operationId") == each.id}
        subject.memory["by_id"] = known
    return known


@rule(
    "link-to-nothing",
    Level.WARNING,
    asks="Each link names an operation that there is.",
    why="`operationId` must be that of an existing operation (3.1.0, section 4.8.20): the link can't be followed.",
)
def link_to_nothing(subject: Subject) -> Found:
    """Yield each link whose operation is not in the document."""
    for link in links(subject):
        name, reference = link.value.get("operationId"), link.value.get("operationRef")
        if isinstance(name, str) and name not in _by_id(subject):
            advice = did_you_mean(name, _by_id(subject)) or "Name an operationId of the document."
            yield link.child("operationId").location, f"No operation has the operationId '{name}'.", advice
        elif isinstance(reference, str) and reference.startswith("#"):
            place = link.child("operationRef")
            try:
                link.library.resolve(reference, place)
            except ContractError as error:
                yield place.location, f"The link leads nowhere: {error.problem}", error.advice
        elif name is None and reference is None:
            yield link.location, "The link names no operation.", "Add operationId."


@rule(
    "link-parameter",
    Level.WARNING,
    asks="Each parameter of a link is one of the operation that it leads to.",
    why="The keys are names of its parameters (3.1.0, section 4.8.20): a value for another one goes nowhere.",
)
def link_parameter(subject: Subject) -> Found:
    """Yield each parameter of a link that its operation does not have."""
    for link in links(subject):
        target = _by_id(subject).get(str(link.value.get("operationId")))
        given = link.value.get("parameters")
        if target is None or not isinstance(given, dict):
            continue
        known = [(place.value.get("in"), str(place.value.get("name"))) for _, place in parameters_of(target)]
        for key in given:
            part, _, name = key.partition(".")
            if not any(key == known_name or (part, name) == (where, known_name) for where, known_name in known):
                names = [name for _, name in known]
                yield (
                    link.child("parameters").child(key).location,
                    f"{target.line} has no parameter '{key}'.",
                    did_you_mean(name or key, names) or "Declare the parameter, or remove it from the link.",
                )


@rule(
    "link-expression",
    Level.WARNING,
    asks="What a link reads is a runtime expression of OpenAPI.",
    why="Anything else is a constant (3.1.0, section 4.8.20.1): `$response.body.id` is this very text, and no value.",
)
def link_expression(subject: Subject) -> Found:
    """Yield each value of a link that looks like an expression, and is none."""
    for link in links(subject):
        given = link.value.get("parameters")
        places = [link.child("parameters").child(key) for key in given] if isinstance(given, dict) else []
        places += [link.child("requestBody")] if "requestBody" in link.value else []
        for place in places:
            value = place.value
            looks_so = isinstance(value, str) and value.startswith(("$request", "$response"))
            if looks_so and read_expression(value) is None:
                advice = "Write a part of a body as $response.body#/id."
                yield place.location, f"'{value}' is no runtime expression.", advice
