"""Schemas with a mistake: each stands in place of the `note` of an order that is placed, and is told at its line."""

from __future__ import annotations

from tests.lint.faulty import CONST, NEW, OLD, Row

NOTE = "note: {type: string, maxLength: 20}"

_OF_31 = [
    # rule, the schema of `note`, the pointer below it, words of problem or advice
    ("empty-range", "{type: array, minItems: 3, maxItems: 2, items: {type: boolean}}", "/minItems", "above maxItems 2"),
    ("excluded-limit", "{type: integer, exclusiveMinimum: 3, maximum: 3}", "/exclusiveMinimum", "between 3 and 3"),
    ("empty-enum", "{type: string, enum: []}", "/enum", "an empty enum"),
    ("enum-twice", "{type: string, enum: [a, b, a]}", "/enum/2", "'a' is listed twice"),
    ("choice-refused", "{type: string, enum: [a, 1]}", "/enum/1", 'is not of type "string"'),
    ("choice-refused", "{type: string, maxLength: 1, const: ab}", "/const", "longer than 1"),
    ("default-refused", "{type: integer, maximum: 3, default: 4}", "/default", "4 is greater than"),
    ("inner-example-refused", "{type: string, maxLength: 2, example: abc}", "/example", "longer than 2"),
    ("inner-example-refused", "{type: string, maxLength: 9, examples: [a, 1]}", "/examples/1", "is not of type"),
    (
        "closed-beside-others",
        "{allOf: [{$ref: '#/components/schemas/Order'}, {type: object, additionalProperties: false}]}",
        "/allOf/1/additionalProperties",
        "'id' is required by another schema",
    ),
    ("types-exclude", "{allOf: [{type: string, maxLength: 9}, {type: integer}]}", "/allOf", "exclude each other"),
    ("variants-alike", "{oneOf: [{type: integer}, {type: integer}]}", "/oneOf/1", "twice"),
    ("variants-alike", "{oneOf: [{type: number}, {type: integer, minimum: 1}]}", "/oneOf/1", "Use anyOf"),
    ("pattern", "{type: string, pattern: '(a'}", "/pattern", "no regular expression"),
    ("pattern-in-slashes", "{type: string, pattern: '/^[a-z]+$/i'}", "/pattern", "Remove the slashes"),
    ("pattern-of-another-language", "{type: string, pattern: '(?i)[a-z]+'}", "/pattern", "flags"),
    ("pattern-of-another-language", "{type: string, pattern: '\\A[a-z]+'}", "/pattern", "\\A"),
    ("unknown-type", "{type: file}", "/type", "format: binary"),
    ("required-is-no-list", "{type: string, maxLength: 9, required: true}", "/required", "required: [note]"),
    ("old-limit", "{type: integer, minimum: 1, exclusiveMinimum: true}", "/exclusiveMinimum", "in place of minimum"),
    (
        "keyword-of-another-type",
        "{type: integer, maxLength: 3}",
        "/maxLength",
        "no effect on a value of the type integer",
    ),
    ("old-nullable", "{type: string, maxLength: 3, nullable: true}", "/nullable", "type: [string, 'null']"),
    ("read-and-write-only", "{type: boolean, readOnly: true, writeOnly: true}", "/writeOnly", "no direction"),
    (
        "required-undeclared",
        "{type: object, required: [siz], properties: {size: {type: integer}}}",
        "/required/0",
        "Did you mean 'size'?",
    ),
    ("properties-without-type", "{properties: {size: {type: integer}}}", "", "Add type: object"),
    (
        "default-of-required",
        "{type: object, required: [size], properties: {size: {type: integer, default: 1}}}",
        "/properties/size/default",
        "never counts",
    ),
    (
        "discriminator-to-nothing",
        "{type: object, discriminator: {propertyName: kind, mapping: {pen: '#/components/schemas/Oder'}}}",
        "/discriminator/mapping/pen",
        "Did you mean 'Order'?",
    ),
]
_OF_30 = [
    (
        "excluded-limit",
        "{type: integer, minimum: 3, exclusiveMinimum: true, maximum: 3}",
        "/exclusiveMinimum",
        "3 and 3",
    ),
    ("keyword-of-31", "{type: string, const: a}", "/const", "enum with one value"),
    ("type-of-31", "{type: [string, integer]}", "/type", "no lists of types"),
    ("type-of-31", "{type: 'null'}", "/type", "nullable: true"),
]

FAULTY_SCHEMAS: list[Row] = [
    (rule, [*changes, (NOTE, f"note: {schema}")], f"{NEW}/properties/note{below}", "note:", said)
    for changes, rows in (([], _OF_31), ([OLD, CONST], _OF_30))
    for rule, schema, below, said in rows
]
