"""Rules of the document as such: what can't be used, and what it says in words that count for nothing."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from bothends.lint.rule import Level, rule
from bothends.lint.walks import member, schemas
from bothends.records.pointers import join

if TYPE_CHECKING:
    from collections.abc import Iterator

    from bothends.documents import Place
    from bothends.lint.rule import Found, Subject

_LOWER_CASE = re.compile(r"[1-5]xx")
_NO_BODY = frozenset({"get", "head", "delete"})


@rule(
    "defect",
    Level.WARNING,
    asks="The document is what OpenAPI says, beside its operations too.",
    why="Other tools may refuse the document.",
)
def defect(subject: Subject) -> Found:
    """Yield what is wrong with the document and in nobody's way."""
    for each in subject.contract.defects:
        if each.error.where is not None:
            yield each.error.where, each.error.problem, each.error.advice or "Put it right there, or in an overlay."


@rule(
    "lower-case-class",
    Level.WARNING,
    asks="A class of statuses is written in capitals: `2XX`.",
    why="OpenAPI knows no other spelling (3.1.0, section 4.8.16). bothends reads `2xx` as `2XX`, other tools do not.",
)
def lower_case_class(subject: Subject) -> Found:
    """Yield each key like `2xx`."""
    for each in subject.operations:
        responses = each.place.mapping().get("responses")
        for key in responses if isinstance(responses, dict) else ():
            if _LOWER_CASE.fullmatch(key):
                where = each.place.document.location(each.place.pointer + join("responses", key))
                yield where, f"The answer '{key}' is no class of statuses.", f"Write '{key.upper()}'."


@rule(
    "no-operation-id",
    Level.HINT,
    asks="Each operation has an `operationId`.",
    why="Findings, settings and pacts name an operation by it; without one, a change of the path changes its name.",
)
def no_operation_id(subject: Subject) -> Found:
    """Yield each operation without a name."""
    for each in subject.operations:
        if not isinstance(each.place.mapping().get("operationId"), str):
            yield each.place.location, f"{each.line} has no operationId.", "Add operationId."


@rule(
    "ignored-body",
    Level.WARNING,
    asks="No GET, HEAD or DELETE has a request body.",
    why="HTTP gives such a body no meaning (RFC 9110, section 9.3.1). OpenAPI 3.0 ignores it, 3.1 advises against it.",
)
def ignored_body(subject: Subject) -> Found:
    """Yield each body of a method that has none."""
    for each in subject.operations:
        if each.method in _NO_BODY and "requestBody" in each.place.mapping():
            yield (
                each.place.child("requestBody").location,
                f"{each.line} has a request body.",
                "Use parameters, or POST.",
            )


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
    "nullable-without-type",
    Level.WARNING,
    asks="`nullable` stands beside a `type`.",
    why="Elsewhere it has no effect (OpenAPI 3.0.3, section 4.7.24.1).",
)
def nullable_without_type(subject: Subject) -> Found:
    """Yield each `nullable: true` that means nothing."""
    for place in _of_30(subject):
        if place.value.get("nullable") is True and "type" not in place.value and "$ref" not in place.value:
            yield place.child("nullable").location, "nullable has no effect here: there is no type.", "Add type."


@rule(
    "nullable-enum",
    Level.WARNING,
    asks="An `enum` that may be null lists null.",
    why="`nullable` adds null to the type, and the enum still refuses it (OpenAPI 3.0.3, section 4.7.24.1).",
)
def nullable_enum(subject: Subject) -> Found:
    """Yield each nullable enum without null."""
    for place in _of_30(subject):
        choices = place.value.get("enum")
        if place.value.get("nullable") is True and isinstance(choices, list) and None not in choices:
            yield place.child("enum").location, "null is nullable, but the enum refuses it.", "Add null to the enum."


@rule(
    "beside-reference",
    Level.WARNING,
    asks="In OpenAPI 3.0, nothing stands beside a `$ref`.",
    why="It is ignored (3.0.3, section 4.7.23).",
)
def beside_reference(subject: Subject) -> Found:
    """Yield each word beside a reference of 3.0 that would say something of a value."""
    for place in _of_30(subject):
        if "$ref" in place.value:
            for key in place.value.keys() - {"$ref", "description", "title", "example"}:
                yield place.child(key).location, f"'{key}' is ignored beside a $ref.", "Write allOf: [{$ref: …}]."


def _of_30(subject: Subject) -> Iterator[Place]:
    """Yield each schema of a document of OpenAPI 3.0."""
    if subject.root.library.is_openapi_30:
        yield from (each.place for each in schemas(subject))
