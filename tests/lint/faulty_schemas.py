"""Schemas with a mistake: each stands in place of the `note` of an order that is placed, and is told at its line."""

from __future__ import annotations

from tests.lint.faulty import CONST, NEW, OLD, Row

NOTE = "note: {type: string, maxLength: 20}"

_OF_31 = [
    # rule, the schema of `note`, the pointer below it, words of problem or advice
    ("empty-range", "{type: array, minItems: 3, maxItems: 2, items: {type: boolean}}", "/minItems", "above maxItems 2"),
    ("excluded-limit", "{type: integer, exclusiveMinimum: 3, maximum: 3}", "/exclusiveMinimum", "between 3 and 3"),
    ("empty-enum", "{type: string, enum: []}", "/enum", "an empty enum"),
    (
        "closed-beside-others",
        "{allOf: [{$ref: '#/components/schemas/Order'}, {type: object, additionalProperties: false}]}",
        "/allOf/1/additionalProperties",
        "'id' is required by another schema",
    ),
    ("types-exclude", "{allOf: [{type: string, maxLength: 9}, {type: integer}]}", "/allOf", "exclude each other"),
    ("variants-alike", "{oneOf: [{type: integer}, {type: integer}]}", "/oneOf/1", "twice"),
    ("variants-alike", "{oneOf: [{type: number}, {type: integer, minimum: 1}]}", "/oneOf/1", "Use anyOf"),
    ("unusable", "{type: string, pattern: '(a'}", "/pattern", 'is not a "regex"'),
    ("pattern-in-slashes", "{type: string, pattern: '/^[a-z]+$/i'}", "/pattern", "Remove the slashes"),
    ("unusable", "{type: file}", "/type", '"file" is not one of'),
    (
        "unusable",
        "{type: integer, minimum: 1, exclusiveMinimum: true}",
        "/exclusiveMinimum",
        'true is not of type "number"',
    ),
]
_OF_30 = [
    (
        "excluded-limit",
        "{type: integer, minimum: 3, exclusiveMinimum: true, maximum: 3}",
        "/exclusiveMinimum",
        "3 and 3",
    ),
]

FAULTY_SCHEMAS: list[Row] = [
    (rule, [*changes, (NOTE, f"note: {schema}")], f"{NEW}/properties/note{below}", "note:", said)
    for changes, rows in (([], _OF_31), ([OLD, CONST], _OF_30))
    for rule, schema, below, said in rows
]
