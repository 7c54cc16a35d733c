"""Rules of schemas that no value meets, or fewer than they say: limits, types and choices that exclude each other."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, TypeGuard

import jsonschema_rs

from bothends.contract.media_types import is_json
from bothends.errors import did_you_mean
from bothends.lint.rule import Level, rule
from bothends.lint.walks import bodies, followed, items, last_key, plain_schemas, schemas

if TYPE_CHECKING:
    from collections.abc import Iterator

    from bothends.documents import Place
    from bothends.lint.rule import Found, Subject

TYPES = ("array", "boolean", "integer", "null", "number", "object", "string")
_SAYS_NOTHING = frozenset(
    {"description", "title", "example", "examples", "deprecated", "default", "readOnly", "writeOnly", "externalDocs"}
)


def types_of(value: dict[str, Any]) -> frozenset[str] | None:
    """Return the types of a schema's values, an integer being a number, too; None: any."""
    written = value.get("type")
    names = [written] if isinstance(written, str) else written
    if not isinstance(names, list) or not all(name in TYPES for name in names):
        return None
    found = set(names) | ({"null"} if value.get("nullable") is True else set())
    return frozenset(found | ({"integer"} if "number" in found else set()))


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
        parts = [part for part in (followed(one) for one in items(each.place, "allOf")) if part is not None]
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
        parts = [part for part in (followed(one) for one in items(each.place, "allOf")) if part is not None]
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
    "enum-twice",
    Level.WARNING,
    asks="An `enum` has each value once.",
    why="Its elements should be unique (JSON Schema 2020-12, validation, section 6.1.2).",
)
def enum_twice(subject: Subject) -> Found:
    """Yield each value that an `enum` has again."""
    for each in plain_schemas(subject):
        choices = each.value.get("enum")
        seen: set[str] = set()
        for index, choice in enumerate(choices if isinstance(choices, list) else ()):
            key = repr(choice)
            if key in seen:
                where = each.place.child("enum").child(index).location
                yield where, f"{choice!r} is listed twice.", "Remove one."
            seen.add(key)


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
    "pattern",
    Level.ERROR,
    asks="Each pattern is a regular expression.",
    why="No text can be held against it, so what needs it is left out.",
)
def pattern(subject: Subject) -> Found:
    """Yield each pattern that can't be read."""
    for place, text in _patterns(subject):
        try:
            jsonschema_rs.validator_for({"pattern": text}, offline=True)
        except jsonschema_rs.ValidationError:
            yield place.location, f"This is no regular expression: {text}", "Write it in the words of ECMA-262."


def _patterns(subject: Subject) -> Iterator[tuple[Place, str]]:
    for each in plain_schemas(subject):
        text = each.value.get("pattern")
        if isinstance(text, str):
            yield each.place.child("pattern"), text


SLASHES = re.compile(r"/\^.*/[a-z]*|/.*(?<!\\)\$/[a-z]*", re.DOTALL)
_OTHER = (
    (re.compile(r"\(\?[imsx]+\)"), "flags in the pattern"),
    (re.compile(r"\(\?P[<=>]"), "(?P<…>)"),
    (re.compile(r"\(\?>"), "(?>…)"),
    (re.compile(r"(?<!\\)(\\\\)*\\[AZz]"), r"\A, \Z and \z"),
    (re.compile(r"\[\[:\^?[a-z]+:\]"), "[[:…:]]"),
)


@rule(
    "pattern-in-slashes",
    Level.WARNING,
    asks="A pattern does not stand in slashes.",
    why="It is the text of an expression, and no literal of a language: each slash must be in the value, before its "
    "beginning or after its end.",
)
def pattern_in_slashes(subject: Subject) -> Found:
    """Yield each pattern that begins with `/^` or ends with `$/`."""
    for place, text in _patterns(subject):
        if SLASHES.fullmatch(text):
            yield place.location, f"The slashes are a part of the pattern {text}.", "Remove the slashes."


@rule(
    "pattern-of-another-language",
    Level.WARNING,
    asks="A pattern uses what ECMA-262 knows.",
    why="It should be a regular expression of ECMA-262 (JSON Schema 2020-12, validation, section 6.3.3): other tools "
    "refuse it, or read something else.",
)
def pattern_of_another_language(subject: Subject) -> Found:
    """Yield each pattern with words of another language."""
    for place, text in _patterns(subject):
        found = next((name for known, name in _OTHER if known.search(text)), None)
        if found is not None:
            yield place.location, f"ECMA-262 has no {found}.", "Say the same without."


@rule(
    "unknown-type",
    Level.ERROR,
    asks="Each `type` is one of JSON's.",
    why="No value is of another type (JSON Schema 2020-12, validation, section 6.1.1), so what needs it is left out.",
)
def unknown_type(subject: Subject) -> Found:
    """Yield each type that there is not."""
    for each in plain_schemas(subject):
        name = each.value.get("type")
        if isinstance(name, str) and name not in TYPES:
            advice = {"file": "Use type: string with format: binary."}.get(name, did_you_mean(name, TYPES))
            yield each.place.child("type").location, f"JSON has no type '{name}'.", advice or f"Use {', '.join(TYPES)}."


@rule(
    "required-is-no-list",
    Level.ERROR,
    asks="`required` of a schema is the list of the members that its object must have.",
    why="JSON Schema knows no `required: true` at the member itself (2020-12, validation, section 6.5.3).",
)
def required_is_no_list(subject: Subject) -> Found:
    """Yield each `required` that is true or false."""
    for each in plain_schemas(subject):
        if isinstance(each.value.get("required"), bool):
            *_, holder, name = each.place.pointer.split("/")
            advice = f"Write required: [{last_key(each.place)}] at the object that has it."
            yield (
                each.place.child("required").location,
                "`required` of a schema is a list of names.",
                advice if holder == "properties" and name else "Remove it, or write it beside the schema.",
            )


@rule(
    "old-limit",
    Level.ERROR,
    asks="In OpenAPI 3.1, `exclusiveMinimum` and `exclusiveMaximum` are numbers.",
    why="True and false are of OpenAPI 3.0; JSON Schema 2020-12 asks for a number (validation, sections 6.2.3 and "
    "6.2.5).",
)
def old_limit(subject: Subject) -> Found:
    """Yield each limit of 3.0 in a document of 3.1."""
    for each in plain_schemas(subject) if not subject.is_openapi_30 else ():
        for key in ("exclusiveMinimum", "exclusiveMaximum"):
            if isinstance(each.value.get(key), bool):
                limit = "minimum" if key == "exclusiveMinimum" else "maximum"
                yield each.place.child(key).location, f"{key} is not a number.", f"Write {key} in place of {limit}."


@rule(
    "body-of-no-json",
    Level.HINT,
    asks="No JSON body is a file.",
    why="`format: binary` is any sequence of octets (3.0.3, section 4.4): it can't stand in JSON.",
)
def body_of_no_json(subject: Subject) -> Found:
    """Yield each JSON body that is a file."""
    for body, _ in bodies(subject):
        schema = followed(body.child("schema")) if "schema" in body.value else None
        if schema is not None and is_json(last_key(body)) and schema.value.get("format") == "binary":
            yield schema.location, f"{last_key(body)} is no file.", "Use application/octet-stream, or another schema."
