"""Documents of OpenAPI 3.0: their schemas in the words of 3.1, held to what 3.0 says of them."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from bothends.contract import load
from bothends.errors import ContractError

if TYPE_CHECKING:
    from pathlib import Path

    from bothends.contract import Operation


def operation_of(folder: Path, schema: Any, version: str = "3.0.3", **schemas: Any) -> Operation:
    """Return the operation of a document that takes and answers what a schema says."""
    content = {"application/json": {"schema": schema}}
    operation = {
        "requestBody": {"content": content},
        "responses": {"200": {"description": "Done.", "content": content}},
    }
    spec = {
        "openapi": version,
        "info": {"title": "Things", "version": "1"},
        "paths": {"/things": {"post": operation}},
        "components": {"schemas": schemas},
    }
    (folder / "openapi.json").write_text(json.dumps(spec, indent=1), "utf-8")
    (folder / "bothends.toml").write_text('spec = "openapi.json"\n', "utf-8")
    return load(folder / "bothends.toml").operations[0]


def admits(operation: Operation, value: Any) -> bool:
    """Return whether the operation may answer a value."""
    schema = operation.answers[0].content["application/json"]
    assert schema is not None
    return schema.is_valid(value)


@pytest.mark.parametrize(
    ("schema", "right", "wrong"),
    [
        pytest.param({"type": "string", "nullable": True}, ["x", None], [1], id="nullable"),
        pytest.param({"type": "string", "nullable": False}, ["x"], [None], id="not nullable"),
        pytest.param({"nullable": True, "enum": ["a"]}, ["a"], [None], id="nullable says nothing without a type"),
        pytest.param(
            {"type": "string", "nullable": True, "enum": ["a"]}, ["a"], [None], id="an enum without null refuses null"
        ),
        pytest.param(
            {"type": "string", "nullable": True, "enum": ["a", None]}, ["a", None], ["b"], id="enum with null"
        ),
        pytest.param({"minimum": 1, "exclusiveMinimum": True}, [1.5], [1], id="exclusive minimum"),
        pytest.param({"minimum": 1, "exclusiveMinimum": False}, [1], [0], id="inclusive minimum"),
        pytest.param({"maximum": 1, "exclusiveMaximum": True}, [0], [1], id="exclusive maximum"),
        pytest.param({"exclusiveMaximum": True}, [9**9], [], id="an exclusive maximum of nothing"),
        pytest.param({"$ref": "#/components/schemas/Text", "nullable": True}, ["x"], [None], id="beside a reference"),
        pytest.param({"allOf": [{"type": "string", "nullable": True}]}, [None, "x"], [1], id="in a part"),
        pytest.param(
            {"properties": {"nullable": {"type": "integer"}}}, [{"nullable": 1}], [{"nullable": "x"}], id="name"
        ),
        pytest.param({"type": ["string", "null"]}, [None, "x"], [1], id="a list of types, which 3.0 does not have"),
        pytest.param({"const": 5}, [5], [6], id="const, which 3.0 does not have"),
        pytest.param({"type": "object", "required": ["a", "a"]}, [{"a": 1}], [{}], id="required twice"),
        pytest.param({"type": "string", "examples": {"a": {"value": 1}}}, ["x"], [1], id="examples that are no list"),
    ],
)
def test_words_of_3_0_mean_what_they_say(tmp_path: Path, schema: Any, right: list[Any], wrong: list[Any]) -> None:
    """What a schema of 3.0 admits is admitted, and nothing else."""
    operation = operation_of(tmp_path, schema, Text={"type": "string"})
    assert ([True] * len(right), [False] * len(wrong)) == (
        [admits(operation, value) for value in right],
        [admits(operation, value) for value in wrong],
    )


def test_words_of_3_0_mean_nothing_in_3_1(tmp_path: Path) -> None:
    """In 3.1 `nullable` is no word, and what stands beside a reference counts."""
    nullable = operation_of(tmp_path, {"type": "string", "nullable": True}, "3.1.0")
    beside = operation_of(
        tmp_path, {"$ref": "#/components/schemas/Text", "maxLength": 1}, "3.1.0", Text={"type": "string"}
    )
    assert (False, False, True) == (admits(nullable, None), admits(beside, "xx"), admits(beside, "x"))


@pytest.mark.parametrize("version", ["3.0.0", "3.0.3", "3.1.0"])
def test_what_goes_one_way_only_is_not_required_the_other_way(tmp_path: Path, version: str) -> None:
    """A request needs no `readOnly` member, and an answer no `writeOnly` one."""
    schema = {
        "type": "object",
        "required": ["id", "name", "password"],
        "properties": {
            "id": {"type": "integer", "readOnly": True},
            "name": {"type": "string"},
            "password": {"type": "string", "writeOnly": True},
        },
    }
    operation = operation_of(tmp_path, {"$ref": "#/components/schemas/User"}, version, User=schema)
    assert operation.body is not None
    taken = operation.body.content["application/json"]
    assert taken is not None
    asked, answered = {"name": "x", "password": "y"}, {"id": 1, "name": "x"}
    assert (True, False, True, False) == (
        taken.is_valid(asked),
        taken.is_valid(answered),
        admits(operation, answered),
        admits(operation, asked),
    )


def test_a_mistake_names_the_place_in_the_users_own_document(tmp_path: Path) -> None:
    """What is rewritten keeps its pointer and its line."""
    with pytest.raises(ContractError) as caught:
        operation_of(tmp_path, {"type": "object", "properties": {"a": {"type": "strin", "nullable": True}}})
    where = caught.value.where
    assert where is not None
    assert (
        "/paths/~1things/post/responses/200/content/application~1json/schema/properties/a/type",
        '"type": "strin",',
    ) == (
        where.pointer,
        (tmp_path / "openapi.json").read_text().splitlines()[(where.line or 0) - 1].strip(),
    )


def test_the_structure_is_held_against_the_schema_of_3_0(tmp_path: Path) -> None:
    """An error inside a choice between a part and a reference names what is wrong with the part."""
    operation_of(tmp_path, {"type": "string"})
    file = tmp_path / "openapi.json"
    spec = json.loads(file.read_text())
    spec["paths"]["/things"]["post"]["parameters"] = [{"name": "x", "in": "quary", "schema": {}}]
    file.write_text(json.dumps(spec, indent=1))
    with pytest.raises(ContractError, match=r"not valid OpenAPI 3\.0: .*quary") as caught:
        load(tmp_path / "bothends.toml")
    assert caught.value.where is not None
    assert caught.value.where.pointer.startswith("/paths/~1things/post/parameters/0")
