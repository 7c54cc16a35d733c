"""What a mock says of a wrong request: which value, by which rule, in the members that the contract's errors have."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import httpx
import pytest
from jsonschema import Draft202012Validator

from bothends.mock import serving
from bothends.mock.mistakes import Judged, Mistakes
from bothends.schemas import Schema

if TYPE_CHECKING:
    from pathlib import Path

Json = dict[str, Any]
BODY: Json = {
    "type": "object",
    "required": ["sku"],
    "additionalProperties": False,
    "properties": {
        "sku": {"type": "string", "minLength": 2},
        "count": {"type": "integer", "minimum": 1},
        "day": {"type": "string", "format": "date"},
        "lines": {"type": "array", "items": {"type": "object", "properties": {"a/b": {"enum": ["x", "y"]}}}},
    },
}
TEXT: Json = {"type": "string"}
FASTAPI: Json = {
    "type": "object",
    "properties": {
        "detail": {
            "type": "array",
            "items": {
                "type": "object",
                "required": ["loc", "msg", "type"],
                "properties": {
                    "loc": {"type": "array", "items": {"anyOf": [TEXT, {"type": "integer"}]}},
                    "msg": TEXT,
                    "type": TEXT,
                },
            },
        }
    },
}
MEMBERS: Json = {"detail": TEXT, "pointer": TEXT, "parameter": TEXT}
ITEM: Json = {"type": "object", "required": ["detail"], "properties": MEMBERS}
PROBLEM: Json = {
    "type": "object",
    "required": ["type", "title", "status"],
    "properties": {
        "type": {"type": "string", "format": "uri-reference"},
        "title": TEXT,
        "status": {"type": "integer"},
        "detail": TEXT,
        "errors": {"type": "array", "items": ITEM},
    },
}
SOURCE: Json = {"type": "object", "properties": {"pointer": TEXT, "parameter": TEXT}}
JSON_API: Json = {
    "type": "object",
    "required": ["errors"],
    "properties": {
        "errors": {
            "type": "array",
            "minItems": 1,
            "items": {"type": "object", "properties": {"title": TEXT, "code": TEXT, "source": SOURCE}},
        }
    },
}
NESTED: Json = {
    "type": "object",
    "required": ["error"],
    "properties": {
        "error": {"type": "object", "required": ["code"], "properties": {"code": {"type": "integer"}, "message": TEXT}}
    },
}
MAP: Json = {
    "type": "object",
    "properties": {"errors": {"type": "object", "additionalProperties": {"type": "array", "items": TEXT}}},
}
PLAIN: Json = {"type": "object", "required": ["error"], "properties": {"error": TEXT, "code": {"type": "integer"}}}
NO: Json = {"ok": {"const": False}}
CLOSED: Json = {"type": "object", "required": ["ok"], "properties": NO, "additionalProperties": False}
WRONG: Json = {"sku": "k", "count": 0, "lines": [{"a/b": "hidden"}]}
SAID = "/sku is shorter than 2 characters; /count is less than 1; /lines/0/a~1b is none of x, y"


def contract(folder: Path, schema: Json | None, media_type: str = "application/json", **more: Any) -> Path:
    """Write a contract whose errors have a schema; return where its settings would be."""
    content = {media_type: ({} if schema is None else {"schema": schema}) | more}
    operation = {
        "parameters": [
            {"name": "limit", "in": "query", "schema": {"type": "integer", "maximum": 100}},
            {"name": "X-Kind", "in": "header", "schema": {"enum": ["a", "b"]}},
        ],
        "requestBody": {"required": True, "content": {"application/json": {"schema": BODY}}},
        "responses": {"201": {"description": "Done."}, "422": {"description": "Refused.", "content": content}},
    }
    value = {"openapi": "3.1.0", "info": {"title": "Orders", "version": "1"}, "paths": {"/orders": {"post": operation}}}
    (folder / "openapi.json").write_text(json.dumps(value), "utf-8")
    return folder / "bothends.toml"


def refused(config: Path, body: Any = WRONG, query: str = "", **headers: str) -> httpx.Response:
    """Send a wrong request, and return its answer."""
    with serving(config) as served:
        answer = httpx.post(f"{served.url}/orders{query}", json=body, headers=headers)
    assert 422 == answer.status_code
    return answer


@pytest.mark.parametrize(
    ("schema", "expected"),
    [
        (
            PROBLEM,
            {
                "type": "about:blank",
                "title": "Refused.",
                "status": 422,
                "detail": SAID,
                "errors": [
                    {"detail": "is shorter than 2 characters", "pointer": "/sku"},
                    {"detail": "is less than 1", "pointer": "/count"},
                    {"detail": "is none of x, y", "pointer": "/lines/0/a~1b"},
                ],
            },
        ),
        (
            FASTAPI,
            {
                "detail": [
                    {"loc": ["body", "sku"], "msg": "is shorter than 2 characters", "type": "minLength"},
                    {"loc": ["body", "count"], "msg": "is less than 1", "type": "minimum"},
                    {"loc": ["body", "lines", 0, "a/b"], "msg": "is none of x, y", "type": "enum"},
                ]
            },
        ),
        (
            JSON_API,
            {
                "errors": [
                    {"title": "is shorter than 2 characters", "code": "minLength", "source": {"pointer": "/sku"}},
                    {"title": "is less than 1", "code": "minimum", "source": {"pointer": "/count"}},
                    {"title": "is none of x, y", "code": "enum", "source": {"pointer": "/lines/0/a~1b"}},
                ]
            },
        ),
        (NESTED, {"error": {"code": 422, "message": SAID}}),
        (
            MAP,
            {
                "errors": {
                    "sku": ["is shorter than 2 characters"],
                    "count": ["is less than 1"],
                    "lines.0.a/b": ["is none of x, y"],
                }
            },
        ),
        (PLAIN, {"error": SAID, "code": 422}),
        (CLOSED, {"ok": False}),
        ({"type": "object", "properties": {"errors": {"type": "array", "items": TEXT}}}, {"errors": SAID.split("; ")}),
    ],
    ids=["problem", "fastapi", "json-api", "nested", "map", "plain", "closed", "texts"],
)
def test_a_refusal_says_what_is_wrong_in_the_contracts_own_words(tmp_path: Path, schema: Json, expected: Json) -> None:
    """Each mistake with its place and its rule, as far as the schema has room for it, and no value of the request."""
    answer = refused(contract(tmp_path, schema))
    assert expected == answer.json()
    assert Draft202012Validator(schema).is_valid(answer.json())
    assert "hidden" not in answer.text


def test_problem_details_have_pointers_as_fragments(tmp_path: Path) -> None:
    """As RFC 9457 shows them, also where the contract says nothing of what is in them; a character may be escaped."""
    for schema in (PROBLEM, None, {"type": "object"}):
        answer = refused(contract(tmp_path, schema, "application/problem+json"), {"sku": "kk", "ü": 1})
        assert "application/problem+json" == answer.headers["content-type"]
        assert [{"detail": "is not allowed", "pointer": "#/%C3%BC"}] == answer.json()["errors"]
        assert "/ü is not allowed" == answer.json()["detail"]


@pytest.mark.parametrize(
    ("query", "headers", "item"),
    [
        ("?limit=101", {}, {"loc": ["query", "limit"], "msg": "is more than 100", "type": "maximum"}),
        ("?limit=x", {}, {"loc": ["query", "limit"], "msg": "is not of the type integer", "type": "type"}),
        ("", {"X-Kind": "c"}, {"loc": ["header", "X-Kind"], "msg": "is none of a, b", "type": "enum"}),
    ],
)
def test_a_parameter_is_told_like_a_member(tmp_path: Path, query: str, headers: dict[str, str], item: Json) -> None:
    """With where it is, its name, and the rule."""
    answer = refused(contract(tmp_path, FASTAPI), {"sku": "kk"}, query, **headers)
    assert {"detail": [item]} == answer.json()
    undeclared = refused(contract(tmp_path, PLAIN), {"sku": "kk"}, query, **headers)
    assert f"{item['loc'][1]} {item['msg']}" == undeclared.json()["error"]


def test_an_example_gives_way_to_what_is_wrong(tmp_path: Path) -> None:
    """Where it is words or a list of mistakes; all else of it stays. What a caller prefers is shown as it is."""
    example = {"type": "about:blank", "title": "Wrong order", "status": 400, "detail": "No sku.", "errors": []}
    config = contract(tmp_path, PROBLEM, examples={"usual": {"value": example}})
    found = refused(config).json()
    assert ("Wrong order", 422, SAID, 3) == (found["title"], found["status"], found["detail"], len(found["errors"]))
    assert example == refused(config, Prefer="code=422, example=usual").json()


def test_text_is_what_is_wrong(tmp_path: Path) -> None:
    """Of an error that is plain text."""
    assert SAID == refused(contract(tmp_path, TEXT, "text/plain")).text
    assert SAID == refused(contract(tmp_path, None, "text/plain")).text


def test_what_is_no_json_is_told_with_its_place(tmp_path: Path) -> None:
    """The line and the column; and what has to be there where there is nothing, or something of another type."""
    with serving(contract(tmp_path, PLAIN)) as served:
        headers = {"Content-Type": "application/json"}
        answers = [
            httpx.post(f"{served.url}/orders", content=content, headers=headers)
            for content in (b'{"sku":\n  oops}', b"\xff", b"")
        ]
        other = httpx.post(f"{served.url}/orders", content="<a/>", headers={"Content-Type": "application/xml"})
    assert [
        "the body is not JSON: Expecting value at line 2, column 3",
        "the body is not JSON: it is not UTF-8 at byte 1",
        "the body is missing",
    ] == [answer.json()["error"] for answer in answers]
    assert "has to be application/json" in other.json().get("error", other.json().get("detail", ""))


def test_many_mistakes_are_cut(tmp_path: Path) -> None:
    """Ten are told, and that there are more; a name that is very long is not repeated."""
    found = refused(contract(tmp_path, PROBLEM), {"sku": "kk", **{f"m{number}": 1 for number in range(40)}}).json()
    assert (10, True) == (len(found["errors"]), found["detail"].endswith("; and more"))
    long = refused(contract(tmp_path, PROBLEM), {"sku": "kk", "n" * 5000: 1})
    assert ("the body has a member that is not allowed", True) == (long.json()["detail"], len(long.content) < 1000)


@pytest.mark.parametrize(
    ("schema", "value", "said"),
    [
        ({"const": 1}, 2, "the body is not 1"),
        ({"multipleOf": 3}, 4, "the body is no multiple of 3"),
        ({"pattern": "^a$"}, "b", "the body does not match the pattern ^a$"),
        ({"maxItems": 1}, [1, 2], "the body has more than 1 item"),
        ({"not": {"type": "null"}}, None, "the body is what it may not be"),
        ({"oneOf": [{"type": "string"}, {"minimum": 3}]}, 1, "the body is less than 3"),
        ({"anyOf": [{"maximum": 0}, {"minimum": 3}]}, 1, "the body fits none of its schemas"),
        ({"dependentRequired": {"a": ["b"]}}, {"a": 1}, "/b is missing"),
        ({"propertyNames": {"maxLength": 1}}, {"ab": 1}, "the body has a member whose name is not allowed"),
        ({"unevaluatedProperties": False}, {"ab": 1}, "/ab is not allowed"),
        ({"properties": {"a": False}}, {"a": 1}, "/a is not allowed"),
        ({"enum": ["x" * 100]}, 1, "the body is none of the values that are allowed"),
        ({"type": ["string", "null"]}, 1, "the body is not of the type null or string"),
    ],
)
def test_each_rule_has_its_words(schema: Json, value: Any, said: str) -> None:
    """Of one schema; the next question of it needs no more."""
    mistakes = Mistakes()
    judged = Judged(Schema(schema), (value,))
    assert [said] * 2 == ["; ".join(map(str, mistakes.of(judged))) for _ in range(2)]


def test_what_is_too_deep_has_no_details() -> None:
    """Nothing is told of it, and nothing fails."""
    value: Any = 1
    for _ in range(400):
        value = [value]
    assert () == Mistakes().of(Judged(Schema({"type": "string"}), (value,)))


def test_formats_that_examples_do_not_follow_are_no_mistakes(tmp_path: Path) -> None:
    """They are not looked at, so nothing is said of them; where examples follow them, they are told."""
    wrong = {"sku": "k", "day": "yesterday"}
    config = contract(tmp_path, PLAIN)
    said = "/day is not of the format date; /sku is shorter than 2 characters"
    assert set(said.split("; ")) == set(refused(config, wrong).json()["error"].split("; "))
    value = json.loads((tmp_path / "openapi.json").read_text("utf-8"))
    content = value["paths"]["/orders"]["post"]["requestBody"]["content"]["application/json"]
    content["example"] = {"sku": "kk", "day": "1 May"}
    (tmp_path / "openapi.json").write_text(json.dumps(value), "utf-8")
    assert "/sku is shorter than 2 characters" == refused(config, wrong).json()["error"]
