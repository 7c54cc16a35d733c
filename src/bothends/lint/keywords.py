"""Rules of keywords that count for nothing where they stand, or mean something else than they seem to."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from bothends.errors import ContractError, did_you_mean
from bothends.lint.impossible import TYPES
from bothends.lint.rule import Level, rule
from bothends.lint.walks import IN_PLACE, is_part, items, member, plain_schemas, schemas

if TYPE_CHECKING:
    from bothends.documents import Place
    from bothends.lint.rule import Found, Subject

_OF_TYPE: dict[str, frozenset[str]] = {
    **dict.fromkeys(("minLength", "maxLength", "pattern"), frozenset({"string"})),
    **dict.fromkeys(
        ("minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum", "multipleOf"), frozenset({"number", "integer"})
    ),
    **dict.fromkeys(("items", "prefixItems", "minItems", "maxItems", "uniqueItems", "contains"), frozenset({"array"})),
    **dict.fromkeys(
        ("properties", "required", "additionalProperties", "minProperties", "maxProperties", "patternProperties"),
        frozenset({"object"}),
    ),
}
"""Keywords that look at values of some types only (JSON Schema 2020-12, validation, sections 6.2 to 6.5)."""


@rule(
    "keyword-of-another-type",
    Level.WARNING,
    asks="Each keyword is about values of the schema's type.",
    why="A keyword for another type has no effect (JSON Schema 2020-12, core, section 7.6.1).",
)
def keyword_of_another_type(subject: Subject) -> Found:
    """Yield each keyword that never has an effect."""
    for each in plain_schemas(subject):
        written = each.value.get("type")
        listed = written if isinstance(written, list) else [written]
        names = {each for each in listed if isinstance(each, str)}
        if not names or not names <= set(TYPES):
            continue
        for key, types in _OF_TYPE.items():
            value = each.value.get(key)
            if value is None or value is False or (key == "required" and not isinstance(value, list)):
                continue
            if not types & names:
                said = " or ".join(sorted(names))
                yield (
                    each.place.child(key).location,
                    f"{key} has no effect on a value of the type {said}.",
                    (f"Remove it, or change the type to {min(types)}."),
                )


_OF_31 = frozenset(
    {
        *("const", "if", "then", "else", "contains", "minContains", "maxContains", "prefixItems", "propertyNames"),
        *("patternProperties", "dependentSchemas", "dependentRequired", "unevaluatedProperties", "unevaluatedItems"),
        *("contentEncoding", "contentMediaType", "examples"),
    }
)


@rule(
    "keyword-of-31",
    Level.WARNING,
    asks="A document of OpenAPI 3.0 uses the keywords of 3.0.",
    why="3.0 lists the keywords that it takes (3.0.3, section 4.7.24.1): other tools refuse or ignore any other. "
    "bothends reads them as 3.1 does.",
)
def keyword_of_31(subject: Subject) -> Found:
    """Yield each keyword that 3.0 does not know."""
    for each in plain_schemas(subject) if subject.is_openapi_30 else ():
        for key in each.value.keys() & _OF_31:
            advice = "Write enum with one value." if key == "const" else "Use OpenAPI 3.1, or say it in a description."
            yield each.place.child(key).location, f"OpenAPI 3.0 has no {key}.", advice


@rule(
    "type-of-31",
    Level.WARNING,
    asks="In OpenAPI 3.0, `type` is one type, and not null.",
    why="3.0 takes one string (3.0.3, section 4.7.24), and `nullable` for null. bothends reads it as 3.1 does.",
)
def type_of_31(subject: Subject) -> Found:
    """Yield each list of types, and each type null, in a document of 3.0."""
    for each in plain_schemas(subject) if subject.is_openapi_30 else ():
        if isinstance(each.value.get("type"), list):
            yield each.place.child("type").location, "OpenAPI 3.0 has no lists of types.", "Use nullable, or anyOf."
        elif each.value.get("type") == "null":
            yield each.place.child("type").location, "OpenAPI 3.0 has no type null.", "Use nullable: true."


@rule(
    "old-nullable",
    Level.WARNING,
    asks="In OpenAPI 3.1, `type` says that a value may be null.",
    why="`nullable` is a word of OpenAPI 3.0 alone: in 3.1, where schemas are JSON Schema 2020-12, it has no effect, "
    "and a type without null refuses null.",
)
def old_nullable(subject: Subject) -> Found:
    """Yield each `nullable: true` in a document of 3.1 whose type has no null."""
    for each in plain_schemas(subject) if not subject.is_openapi_30 else ():
        names = each.value.get("type")
        admitted = names == "null" or (isinstance(names, list) and "null" in names)
        limited = {"type", "enum", "const", "$ref", "allOf", "anyOf", "oneOf"} & each.value.keys()
        if each.value.get("nullable") is True and limited and not admitted:
            yield (
                each.place.child("nullable").location,
                "nullable has no effect in OpenAPI 3.1.",
                f"Write type: [{names}, 'null']." if isinstance(names, str) else "Use anyOf with type: 'null'.",
            )


@rule(
    "read-and-write-only",
    Level.WARNING,
    asks="No value is both `readOnly` and `writeOnly`.",
    why="It would go in no direction at all (3.0.3, section 4.7.24.1; JSON Schema 2020-12, validation, section 9.4).",
)
def read_and_write_only(subject: Subject) -> Found:
    """Yield each value that is both."""
    for each in plain_schemas(subject):
        if each.value.get("readOnly") is True and each.value.get("writeOnly") is True:
            yield each.place.child("writeOnly").location, "This value goes in no direction.", "Remove one of the two."


@rule(
    "required-undeclared",
    Level.WARNING,
    asks="What an object requires, its schema describes.",
    why="A member without a schema may be anything: a misspelt name is required, and the right one is not.",
)
def required_undeclared(subject: Subject) -> Found:
    """Yield each required member that nothing describes, where the schema stands alone."""
    for each in plain_schemas(subject):
        value = each.value
        known, required = value.get("properties"), value.get("required")
        if not isinstance(known, dict) or not isinstance(required, list) or is_part(subject, each.place):
            continue
        if "$ref" in known:
            continue  # bundlers take a reference to the whole mapping, which OpenAPI does not have
        # A schema of all other members describes this one as well.
        if value.get("additionalProperties") is False or isinstance(value.get("additionalProperties"), dict):
            continue
        if any(key in value for key in (*IN_PLACE, "patternProperties", "unevaluatedProperties")):
            continue
        for index, name in enumerate(required):
            if isinstance(name, str) and name not in known:
                where = each.place.child("required").child(index).location
                advice = did_you_mean(name, known) or f"Add '{name}' to the properties."
                yield where, f"'{name}' is required, and nothing describes it.", advice


@rule(
    "properties-without-type",
    Level.HINT,
    asks="A schema with `properties` has the type object.",
    why="Without it, a text or a list is right, too: `properties` looks at objects only (JSON Schema 2020-12, core, "
    "section 10.3.2.1).",
)
def properties_without_type(subject: Subject) -> Found:
    """Yield each schema of an object that any other value meets, where it stands alone."""
    for each in plain_schemas(subject):
        words = each.value.keys()
        alone = "properties" in words and not {"type", "enum", "const", *IN_PLACE} & words
        if alone and not is_part(subject, each.place):
            yield each.place.location, "A value that is no object meets this schema, too.", "Add type: object."


@rule(
    "discriminator-to-nothing",
    Level.WARNING,
    asks="Each value of a discriminator's `mapping` is a schema of the document.",
    why="It is the name of a schema or a reference to one (3.1.0, section 4.8.25): what leads nowhere chooses nothing.",
)
def discriminator_to_nothing(subject: Subject) -> Found:
    """Yield each value of a mapping that leads nowhere."""
    schemas_of = member(member(subject.root, "components"), "schemas")
    known = {} if schemas_of is None else schemas_of.value
    for each in plain_schemas(subject):
        mapping = member(member(each.place, "discriminator"), "mapping") if _maps(each.value) else None
        if mapping is None:
            continue
        for key, value in mapping.value.items():
            if isinstance(value, str) and value not in known and not _leads(mapping.child(key), value):
                advice = did_you_mean(value.rpartition("/")[2], known) or "Name a schema under components/schemas."
                yield mapping.child(key).location, f"'{value}' is no schema.", advice


def _maps(value: dict[str, Any]) -> bool:
    discriminator = value.get("discriminator")
    mapping = discriminator.get("mapping") if isinstance(discriminator, dict) else None
    return isinstance(mapping, dict) and "$ref" not in mapping


def _leads(place: Place, reference: str) -> bool:
    try:
        place.library.resolve(reference, place)
    except ContractError:
        return False
    return True


@rule(
    "beside-part-reference",
    Level.WARNING,
    asks="Nothing but a summary and a description stands beside the `$ref` of a parameter, a body or an answer.",
    why="What else stands there is ignored (3.1.0, section 4.8.23; in 3.0.3, section 4.7.23, all of it).",
)
def beside_part_reference(subject: Subject) -> Found:
    """Yield each word beside such a reference."""
    for place in _referring(subject):
        for key in place.value:
            if key not in {"$ref", "summary", "description"} and not key.startswith("x-"):
                yield place.child(key).location, f"'{key}' is ignored beside a $ref.", "Write the part out."


def _referring(subject: Subject) -> list[Place]:
    """Return each part of an operation that is a reference, with something beside it."""
    found: list[Place] = []
    for each in subject.operations:
        holders = [each.item, each.place]
        listed = [one for holder in holders for one in items(holder, "parameters")]
        responses = member(each.place, "responses")
        named = (
            [] if responses is None else [responses.child(key) for key in responses.value if not key.startswith("x-")]
        )
        body = [each.place.child("requestBody")] if "requestBody" in each.place.value else []
        places = (*listed, *named, *body)
        found += [one for one in places if isinstance(one.value, dict) and "$ref" in one.value and len(one.value) > 1]
    return found


@rule(
    "default-of-required",
    Level.HINT,
    asks="A required value has no default.",
    why="A default is what a receiver assumes of a value that is left out (3.0.3, section 4.7.24; JSON Schema 2020-12, "
    "validation, section 9.2): a required one never is.",
)
def default_of_required(subject: Subject) -> Found:
    """Yield each default of a member that a request must have."""
    for each in schemas(subject):
        named, required = each.value.get("properties"), each.value.get("required")
        if each.direction != "request" or not isinstance(named, dict) or not isinstance(required, list):
            continue
        for name in required:
            schema = named.get(name) if isinstance(name, str) else None
            if isinstance(schema, dict) and "default" in schema and "$ref" not in schema:
                where = each.place.child("properties").child(name).child("default").location
                yield where, f"'{name}' is required, so its default never counts.", "Remove the default, or the demand."
