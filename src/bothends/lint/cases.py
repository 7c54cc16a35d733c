"""Rules of what cases are made of: what no case can be made for, what is sent that is wrong, what nothing bounds.

What any linter of OpenAPI finds is not looked for here.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, TypeGuard

from bothends.contract.messages import as_text, is_json, read_expression
from bothends.contract.openapi import select
from bothends.contract.operations import read_examples
from bothends.contract.requests import paths_to_states, same_state
from bothends.documents import followed, items, member
from bothends.errors import ContractError, did_you_mean
from bothends.lint.rule import Level, rule
from bothends.lint.walks import (
    TYPES,
    answers,
    bodies,
    events,
    last_key,
    links,
    parameters,
    parameters_of,
    plain_schemas,
    schemas,
    types_of,
)
from bothends.schemas import SchemaShelf, all_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from bothends.contract.openapi import OperationPlace
    from bothends.documents import Place
    from bothends.lint.rule import Found, Subject
    from bothends.schemas import Direction

_SAYS_NOTHING = frozenset(
    {"description", "title", "example", "examples", "deprecated", "default", "readOnly", "writeOnly", "externalDocs"}
)
SLASHES = re.compile(r"/\^.*/[a-z]*|/.*(?<!\\)\$/[a-z]*", re.DOTALL)


# States of objects.


@rule(
    "state-without-way",
    Level.WARNING,
    asks="Some operation leads to each state in which another one succeeds, as `x-transitions` says.",
    why="No object gets into it, so what an operation does there is not proven.",
)
def state_without_way(subject: Subject) -> Found:
    """Yield each `from` with a state that no operation leads to."""
    said = {each.id: each.transitions for each in subject.contract.operations if each.transitions is not None}
    for place in subject.operations:
        own = said.get(place.id)
        if own is None or not own.asked:
            continue
        reached = [state for state, _ in paths_to_states({n: one for n, one in said.items() if one.leads == own.leads})]
        for state in own.asked:
            if not any(same_state(state, one) for one in reached):
                where = place.place.child("x-transitions").child("from").location
                written = as_text(state)
                yield (
                    where,
                    f"Nothing leads to the state '{written}' of {place.id}.",
                    (f"x-transitions: {{to: {written}}} on the operation that makes the object, or leads there."),
                )


# Successes, and what their bodies are.


@rule(
    "no-success",
    Level.WARNING,
    asks="Each operation declares an answer for success.",
    why="Without one, no case can be expected to succeed, and no event can be owed.",
)
def no_success(subject: Subject) -> Found:
    """Yield each operation that declares failures only."""
    for each in subject.operations:
        responses = member(each.place, "responses")
        statuses = [status for status in ({} if responses is None else responses.value) if not status.startswith("x-")]
        if statuses and not any(status[:1] in {"1", "2", "3"} for status in statuses):
            yield each.place.location, f"{each.line} declares no 2xx answer.", "Add the answer of a success."


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


# Schemas that no value meets, or fewer than they say: no case can be made for them.


@rule(
    "required-and-forbidden",
    Level.ERROR,
    asks="What an object requires, it admits.",
    why="No value meets such a schema: no request is valid, and each answer is wrong.",
)
def required_and_forbidden(subject: Subject) -> Found:
    """Yield each required member that a closed object does not know."""
    for each in schemas(subject):
        value = each.value
        known, required = value.get("properties"), value.get("required")
        if not _is_closed(value) or not isinstance(required, list):
            continue
        for name in required:
            if isinstance(name, str) and name not in (known if isinstance(known, dict) else {}):
                advice = f"Declare '{name}', or do not require it."
                yield each.place.child("required").location, f"'{name}' is required, and not allowed.", advice


def _is_closed(value: dict[str, Any]) -> bool:
    return value.get("additionalProperties") is False and not value.get("patternProperties")


@rule(
    "closed-beside-others",
    Level.ERROR,
    asks="No schema of an `allOf` is closed to what another one requires.",
    why="`additionalProperties: false` knows the properties of its own schema only (JSON Schema 2020-12, core, section "
    "10.3.2.3): no value meets both.",
)
def closed_beside_others(subject: Subject) -> Found:
    """Yield each closed schema of an `allOf` that refuses what another one requires."""
    for each in plain_schemas(subject):
        parts = [part for part in (followed(one) for one in all_of(each.place)) if part is not None]
        for part in parts:
            known = part.value.get("properties")
            known = known if isinstance(known, dict) else {}
            wanted = [
                name
                for other in (*parts, each.place)
                if other is not part and isinstance(other.value.get("required"), list)
                for name in other.value["required"]
                if isinstance(name, str) and name not in known
            ]
            if _is_closed(part.value) and wanted:
                yield (
                    part.child("additionalProperties").location,
                    f"'{wanted[0]}' is required by another schema of the allOf, and not allowed here.",
                    "Use unevaluatedProperties: false beside the allOf, or leave the schema open.",
                )


@rule(
    "types-exclude",
    Level.ERROR,
    asks="The schemas of an `allOf` have a type in common.",
    why="A value has one type: none meets all of them.",
)
def types_exclude(subject: Subject) -> Found:
    """Yield each `allOf` whose types exclude each other."""
    for each in plain_schemas(subject):
        parts = [part for part in (followed(one) for one in all_of(each.place)) if part is not None]
        common = frozenset(TYPES)
        for part in (each.place, *parts):
            common &= types_of(part.value) or frozenset(TYPES)
        if parts and not common:
            yield each.place.child("allOf").location, "The types of this allOf exclude each other.", "Use oneOf."


_PAIRS = (
    *(("minimum", "maximum"), ("minLength", "maxLength"), ("minItems", "maxItems")),
    *(("minProperties", "maxProperties"), ("minContains", "maxContains")),
)


@rule(
    "empty-range",
    Level.ERROR,
    asks="A lower limit is not above the upper one.",
    why="No value meets such a schema.",
)
def empty_range(subject: Subject) -> Found:
    """Yield each pair of limits that nothing lies between."""
    for each in plain_schemas(subject):
        for low, high in _PAIRS:
            least, most = each.value.get(low), each.value.get(high)
            if _is_number(least) and _is_number(most) and least > most:
                yield each.place.child(low).location, f"{low} {least} is above {high} {most}.", "Change one of them."


@rule(
    "excluded-limit",
    Level.ERROR,
    asks="A limit that is excluded leaves something.",
    why="Between a limit and itself lies nothing: no value meets such a schema.",
)
def excluded_limit(subject: Subject) -> Found:
    """Yield each limit that excludes the only value that the other one leaves."""
    for each in plain_schemas(subject):
        least = _limit(each.value, "exclusiveMinimum", "minimum")
        most = _limit(each.value, "exclusiveMaximum", "maximum")
        if least is None or most is None or not (least[1] or most[1]) or least[0] < most[0]:
            continue
        if least[0] > most[0] and {"minimum", "maximum"} <= each.value.keys():
            continue  # told as an empty range
        key = "exclusiveMinimum" if least[1] else "exclusiveMaximum"
        problem = f"Nothing lies between {least[0]} and {most[0]}, without the limit itself."
        yield each.place.child(key).location, problem, "Change one of them."


def _limit(value: dict[str, Any], exclusive: str, inclusive: str) -> tuple[float, bool] | None:
    """Return a limit, and whether it is excluded itself; None: there is none."""
    excluded, limit = value.get(exclusive), value.get(inclusive)
    if excluded is True and _is_number(limit):
        return limit, True
    if _is_number(excluded):
        return excluded, True
    return (limit, False) if _is_number(limit) else None


def _is_number(value: Any) -> TypeGuard[float]:
    return isinstance(value, int | float) and not isinstance(value, bool)


@rule(
    "empty-enum",
    Level.ERROR,
    asks="An `enum` has a value.",
    why="No value is one of none.",
)
def empty_enum(subject: Subject) -> Found:
    """Yield each `enum` without a value."""
    for each in plain_schemas(subject):
        if each.value.get("enum") == []:
            yield each.place.child("enum").location, "No value is one of an empty enum.", "Add its values."


@rule(
    "variants-alike",
    Level.ERROR,
    asks="What meets one schema of a `oneOf` does not meet another one always.",
    why="Exactly one must be met (JSON Schema 2020-12, core, section 10.2.1.3): where two are always met together, "
    "each such value is refused.",
)
def variants_alike(subject: Subject) -> Found:
    """Yield each schema of a `oneOf` all of whose values meet another one."""
    for each in plain_schemas(subject):
        variants = list(items(each.place, "oneOf"))
        for number, variant in enumerate(variants):
            wider = next((one for one in variants if one is not variant and _takes_all(one, variant)), None)
            first = next((one for one in variants[:number] if one.value == variant.value), None)
            if first is not None:
                yield variant.location, "This schema stands in the oneOf twice.", "Remove one of them."
            elif wider is not None and wider.value != variant.value:
                other = last_key(wider)
                problem = f"What meets this schema meets number {int(other) + 1} of the oneOf, too, and is refused."
                yield variant.location, problem, "Use anyOf."


def _takes_all(wide: Place, narrow: Place) -> bool:
    """Whether a schema says a type only, and all values of another one are of it."""
    wide_one, narrow_one = followed(wide), followed(narrow)
    if wide_one is None or narrow_one is None or wide_one.identity == narrow_one.identity:
        return False
    # What is only an annotation makes no difference; `format` does for many readers.
    said = {key for key in wide_one.value if key not in _SAYS_NOTHING and not key.startswith("x-")}
    types, others = types_of(wide_one.value), types_of(narrow_one.value)
    return said <= {"type", "nullable"} and types is not None and others is not None and others <= types


@rule(
    "pattern-in-slashes",
    Level.WARNING,
    asks="A pattern does not stand in slashes.",
    why="It is the text of an expression, and no literal of a language: each slash must be in the value, before its "
    "beginning or after its end.",
)
def pattern_in_slashes(subject: Subject) -> Found:
    """Yield each pattern that begins with `/^` or ends with `$/`."""
    for each in plain_schemas(subject):
        text = each.value.get("pattern")
        if isinstance(text, str) and SLASHES.fullmatch(text):
            yield (
                each.place.child("pattern").location,
                f"The slashes are a part of the pattern {text}.",
                "Remove the slashes.",
            )


# Links: what gives the ids that requests ask for.


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
    "link-of-whole-body",
    Level.HINT,
    asks="The `requestBody` of a link names the members that have a value of the answer.",
    why="A request whose whole body is another answer's tries nothing of what a body may be: bothends makes none.",
)
def link_of_whole_body(subject: Subject) -> Found:
    """Yield each link with one expression for a whole body."""
    for link in links(subject):
        if isinstance(link.value.get("requestBody"), str):
            yield (
                link.child("requestBody").location,
                "The link has one expression for a whole body, which bothends leaves out.",
                "requestBody: {NAME: $response.body#/NAME}, with the members that must be those of the answer.",
            )


@rule(
    "member-without-link",
    Level.HINT,
    asks="A link says which object a member of a body names.",
    why="Only its name says whose id it is: a guess chooses a value, and accuses nobody who refuses it.",
)
def member_without_link(subject: Subject) -> Found:
    """Yield each member that is named as the parameter of another path, where no link gives it a value."""
    for operation in subject.contract.operations:
        for place in operation.id_places:
            if place.guessed:
                source = place.sources[0].operation
                link = f"{{operationId: {operation.id}, requestBody: {{{place.title}: $response.body#/id}}}}"
                member = f"the member '{place.title}' of {operation.id}"
                yield (
                    subject.contract.document.location(place.pointer),
                    f"Only its name says that {member} is the id of what {source} makes.",
                    f"links: {{it: {link}}} on the answer of {source}.",
                )


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
