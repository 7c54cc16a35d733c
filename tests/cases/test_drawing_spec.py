"""The form of a spec that bodies are drawn from."""

from __future__ import annotations

import copy
from typing import TYPE_CHECKING, Any

import pytest

from bothends.cases.fuzzing.judging import drawing_spec
from tests.cases.orders import ORDERS

if TYPE_CHECKING:
    from bothends.contract import Contract


def body(spec: dict[str, Any], path: str = "/api/route", method: str = "post") -> dict[str, Any]:
    """Return the request body of an operation."""
    found: dict[str, Any] = spec["paths"][path][method]["requestBody"]
    return found


def spec_of(schema: Any, **media_type: Any) -> dict[str, Any]:
    """Return a spec of one operation that takes JSON."""
    content = {"application/json": {"schema": schema, **media_type}}
    return {"paths": {"/": {"post": {"requestBody": {"content": content}}}}}


def schema_of(spec: dict[str, Any]) -> Any:
    """Return the schema of the operation of `spec_of`."""
    return body(spec, "/")["content"]["application/json"]["schema"]


def test_the_document_is_left_as_it_is(contract: Contract) -> None:
    """The contract's own document is not changed."""
    before = copy.deepcopy(contract.document.value)
    drawing_spec(contract.document.value, tight=True)
    assert before == contract.document.value


def test_the_body_is_required_and_has_no_example(contract: Contract) -> None:
    """What the plain families send already, no body and the examples, is not drawn again."""
    loose = body(drawing_spec(contract.document.value, tight=False))
    assert loose["required"] is True
    assert {"schema"} == loose["content"]["application/json"].keys()
    assert "required" not in loose["content"]["application/json"]["schema"]


def test_the_tight_form_requires_each_property(contract: Contract) -> None:
    """The empty object is not drawn from the tight form."""
    tight = body(drawing_spec(contract.document.value, tight=True))
    assert ["data"] == tight["content"]["application/json"]["schema"]["required"]


def test_references_to_bodies_and_schemas_are_followed() -> None:
    """A body in `components` is changed where it is used; read-only properties are never required."""
    spec = drawing_spec(ORDERS, tight=True)
    schema = body(spec, "/shops/{shop}/orders")["content"]["application/json"]["schema"]
    assert ["lines", "at", "note"] == schema["required"]
    assert ORDERS["components"] == spec["components"]
    assert body(spec, "/notes", "put")["required"] is True


@pytest.mark.parametrize(
    "more",
    [{"maxProperties": 1}, {"oneOf": [{}]}, {"not": {"required": ["a"]}}, {"dependentRequired": {"a": ["b"]}}],
)
def test_a_schema_with_conditions_is_not_tightened(more: dict[str, Any]) -> None:
    """Where one property more may make a right body wrong, none is required."""
    schema = {"type": "object", "properties": {"a": {}, "b": {}}, **more}
    assert schema == schema_of(drawing_spec(spec_of(schema), tight=True))


@pytest.mark.parametrize(
    "schema",
    [True, {"$ref": "other.json#/a"}, {"$ref": "#/nowhere"}, {"type": "string"}, {"type": "object", "properties": []}],
)
def test_what_can_not_be_tightened_stays(schema: Any) -> None:
    """Schemas of anything, of other files, of other types are drawn from as they are."""
    spec = drawing_spec(spec_of(schema), tight=True)
    assert schema in (schema_of(spec), None) or schema_of(spec) is schema


def test_a_reference_to_itself_ends() -> None:
    """A circle of references is left, not followed for ever."""
    spec = {**spec_of({"$ref": "#/a"}), "a": {"$ref": "#/b"}, "b": {"$ref": "#/a"}}
    assert "$ref" in schema_of(drawing_spec(spec, tight=True))


def test_examples_beside_the_schema_go() -> None:
    """The examples of the media type and of the schema's top go, those of what is nested stay."""
    schema = {"type": "object", "example": {}, "properties": {"a": {"example": 1}}}
    made = drawing_spec(spec_of(schema, examples={"e": {"value": {}}}), tight=False)
    assert {"type": "object", "properties": {"a": {"example": 1}}} == schema_of(made)


@pytest.mark.parametrize("document", [{}, {"paths": None}, {"paths": {"/": None}}, {"paths": {"/": {"get": {}}}}])
def test_a_spec_without_bodies_stays(document: dict[str, Any]) -> None:
    """Nothing is changed where no body is declared."""
    assert document == drawing_spec(document, tight=True)
    assert {"paths": {"/": {"post": {"requestBody": {"content": {"a/b": 1}, "required": True}}}}} == drawing_spec(
        {"paths": {"/": {"post": {"requestBody": {"content": {"a/b": 1}}}}}}, tight=False
    )


def test_the_tight_form_has_no_precondition_that_may_be_left_out() -> None:
    """A made-up precondition is true of no object: where each right request had one, all could be refused for it."""
    text = {"schema": {"type": "string"}}
    match, none_match, demanded, plain = (
        {"in": "header", "name": "If-Match", **text},
        {"in": "header", "name": "If-None-Match", **text},
        {"in": "header", "name": "if-unmodified-since", "required": True, **text},
        {"in": "query", "name": "if-match", **text},
    )
    spec = spec_of({})
    spec["components"] = {"parameters": {"match": match}}
    spec["paths"]["/"]["parameters"] = [match]
    spec["paths"]["/"]["post"]["parameters"] = [
        {"$ref": "#/components/parameters/match"},
        none_match,
        demanded,
        plain,
    ]
    tight, loose = (drawing_spec(spec, tight=tight)["paths"]["/"] for tight in (True, False))
    assert ([], [none_match, demanded, plain]) == (tight["parameters"], tight["post"]["parameters"])
    assert spec["paths"]["/"]["post"]["parameters"] == loose["post"]["parameters"]
