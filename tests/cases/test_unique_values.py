"""Values that are different in each request, within what the contract admits."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest

from bothends.cases.families.requests import admitted_request
from bothends.cases.unique_values import MARK, UniqueValues
from bothends.contract import admission, load
from bothends.contract.messages import MULTIPART, URL_ENCODED
from bothends.records import Request, find_tokens, mint

if TYPE_CHECKING:
    from pathlib import Path

    from bothends.contract import Operation

SEED = 7
TOML = 'spec = "spec.json"\n[target]\nurl = "http://127.0.0.1:9999"\n[world.ingest]\nkind = "webhook"\n'


def operation(
    folder: Path, schema: dict[str, Any], value: Any, *, repeated: bool = True, when: Any = True
) -> Operation:
    """Return an operation with one value in its request, which its event repeats."""
    sent = {"type": "object", "properties": {"v": {"x-from": "request.body#/v"} if repeated else True}}
    body = {"type": "object", "required": ["v"], "properties": {"v": schema}}
    event = {
        "requestBody": {"content": {"application/json": {"schema": sent}}},
        "responses": {"200": {"description": ""}},
    }
    event["x-when"] = when
    told: dict[str, Any] = {
        "requestBody": {"required": True, "content": {"application/json": {"schema": body, "example": {"v": value}}}},
        "responses": {"201": {"description": ""}},
        "callbacks": {"sent": {"{ingest}/e": {"post": event}}},
    }
    spec = {"openapi": "3.1.0", "info": {"title": "T", "version": "1"}, "paths": {"/o": {"post": told}}}
    (folder / "spec.json").write_text(json.dumps(spec))
    (folder / "bothends.toml").write_text(TOML)
    return load(folder / "bothends.toml").operations[0]


def made(of: Operation, numbers: range, request: Request | None = None) -> list[Any]:
    """Return the value in the requests of some exchanges."""
    unique = UniqueValues(of, of.events[0].walk.sources, SEED)
    usual = request or admitted_request(of)
    assert usual is not None
    requests = [unique.applied(usual, number) for number in numbers]
    assert not any(admission(of, each).refusals for each in requests)
    return [json.loads(each.body or b"")["v"] for each in requests]


@pytest.mark.parametrize(
    ("schema", "value"),
    [
        ({"type": "string"}, "Two Pens"),
        ({"type": "string"}, "pens"),
        ({"type": "string", "maxLength": 30}, "a rather long text of 30 chars"),
        ({"type": "string", "pattern": "^[A-Z]{3}-[0-9]{4}$"}, "ABC-1234"),
        ({"type": "string", "pattern": "^[0-9]{8}$"}, "12345678"),
        ({"type": "string", "format": "uuid"}, "2f1c1b0e-3f5d-4d0e-9a57-6f8f0a3f0c11"),
        ({"type": "string"}, "2f1c1b0e-3f5d-4d0e-9a57-6f8f0a3f0c11"),
        ({"type": "string", "format": "email"}, "ada@example.com"),
        ({"type": "string", "format": "uri"}, "https://example.invalid/a"),
        ({"type": "integer"}, 5),
        ({"type": "integer", "multipleOf": 5}, 10),
        ({"type": "integer", "minimum": 1000}, 1000),
        ({"anyOf": [{"type": "null"}, {"type": "string"}]}, "Two Pens"),
    ],
)
def test_each_request_has_a_value_of_its_own(tmp_path: Path, schema: dict[str, Any], value: Any) -> None:
    """No two of many are the same, and the contract admits each."""
    numbers = range(1, 200)
    found = made(operation(tmp_path, schema, value), numbers)
    assert len(numbers) == len(set(found))


@pytest.mark.parametrize(
    ("schema", "value"),
    [
        ({"type": "string", "enum": ["a", "b"]}, "a"),
        ({"const": "a"}, "a"),
        ({"type": "string", "maxLength": 3}, "abc"),
        ({"type": "integer", "maximum": 5}, 5),
        ({"type": "boolean"}, True),
        ({"type": "string"}, "2026-11-26T10:00:00Z"),
        ({"type": "string", "minLength": 0}, ""),
    ],
)
def test_a_value_stays_where_the_contract_admits_no_other(tmp_path: Path, schema: dict[str, Any], value: Any) -> None:
    """Nothing is sent that would be refused, or be another kind of text."""
    assert {json.dumps(value)} == {json.dumps(each) for each in made(operation(tmp_path, schema, value), range(10, 30))}


def test_what_is_sent_keeps_its_form(tmp_path: Path) -> None:
    """A text keeps its beginning, a code its letters and digits, an address its host."""
    token = mint(SEED, MARK, 9)
    for schema, value, expected in (
        ({"type": "string"}, "Two Pens", f"Two Pens {token}"),
        ({"type": "string"}, "pens", f"pens-{token}"),
        ({"type": "string"}, "ada@example.com", f"{token}@example.com"),
        ({"type": "string"}, "https://example.invalid/a/", f"https://example.invalid/a/{token}"),
    ):
        assert [expected] == made(operation(tmp_path, schema, value), range(9, 10))


def test_any_free_text_is_marked_where_nothing_says_what_an_event_repeats(tmp_path: Path) -> None:
    """Whether the mark comes back shows in the first requests."""
    (found,) = made(operation(tmp_path, {"type": "string"}, "Two Pens", repeated=False), range(9, 10))
    assert [9] == [token.number for token in find_tokens(SEED, found)]


@pytest.mark.parametrize(
    "body",
    [
        b'{"v": "another"}',
        b'{"v": 5}',
        b'{"v": "Two Pens"',
        b'{"w": "Two Pens"}',
        b'{"v": "Two Pens", "w": "Two Pens" }',
        b"",
    ],
)
def test_a_case_about_the_value_keeps_its_own(tmp_path: Path, body: bytes) -> None:
    """Only the usual value is replaced, and only where it is sure to be the one."""
    of = operation(tmp_path, {"type": "string"}, "Two Pens")
    request = Request("POST", "/o", (("Content-Type", "application/json"),), body)
    assert request == UniqueValues(of, of.events[0].walk.sources, SEED).applied(request, 9)


def test_a_value_that_an_event_depends_on_stays(tmp_path: Path) -> None:
    """With another value, the event would not be owed."""
    when = {"body": {"properties": {"v": {"const": "Two Pens"}}}}
    of = operation(tmp_path, {"type": "string"}, "Two Pens", when=when)
    assert ["Two Pens"] == made(of, range(9, 10))


def test_a_body_that_is_written_oddly_stays_so(tmp_path: Path) -> None:
    """White space and order are what such a case is about."""
    of = operation(tmp_path, {"type": "string"}, "Two Pens")
    request = Request("POST", "/o", (("Content-Type", "application/json"),), b' {"x":1 ,"v":"Two Pens"}\n')
    changed = UniqueValues(of, of.events[0].walk.sources, SEED).applied(request, 9)
    assert f' {{"x":1 ,"v":"Two Pens {mint(SEED, MARK, 9)}"}}\n'.encode() == changed.body


def test_half_a_pair_of_surrogates_is_an_escape(tmp_path: Path) -> None:
    """UTF-8 has none; a generated body may have one all the same, and the value beside it is another one."""
    of = operation(tmp_path, {"type": "string"}, "Two Pens")
    body = b'{"v": "Two Pens", "x": "\\ud800"}'
    request = Request("POST", "/o", (("Content-Type", "application/json"),), body)
    changed = UniqueValues(of, of.events[0].walk.sources, SEED).applied(request, 9)
    assert f'{{"v": "Two Pens {mint(SEED, MARK, 9)}", "x": "\\ud800"}}'.encode() == changed.body


def with_form(folder: Path, media_type: str, schema: dict[str, Any], value: Any) -> Operation:
    """Return the operation with a form in place of JSON."""
    operation(folder, schema, value)
    spec = (folder / "spec.json").read_text().replace('"application/json"', json.dumps(media_type), 1)
    (folder / "spec.json").write_text(spec)
    return load(folder / "bothends.toml").operations[0]


def test_a_form_keeps_how_it_is_written(tmp_path: Path) -> None:
    """Only the value of the field is another one."""
    of = with_form(tmp_path, URL_ENCODED, {"type": "string"}, "Two Pens")
    request = Request("POST", "/o", (("Content-Type", URL_ENCODED),), b"x=%c3%a9+&v=Two%20Pens&y")
    changed = UniqueValues(of, of.events[0].walk.sources, SEED).applied(request, 9)
    assert f"x=%c3%a9+&v=Two+Pens+{mint(SEED, MARK, 9)}&y".encode() == changed.body


PARTS = (
    b'--x\r\nContent-Disposition: form-data; name="w"\r\n\r\nTwo Pens\r\n'
    b'--x\r\nContent-Disposition: form-data; name="v"\r\nX-More: 1\r\n\r\n%b\r\n--x--\r\n'
)


def test_a_part_of_a_form_has_another_value(tmp_path: Path) -> None:
    """Its head stays, and so do other parts that have the same value."""
    of = with_form(tmp_path, MULTIPART, {"type": "string"}, "Two Pens")
    request = Request("POST", "/o", (("Content-Type", f"{MULTIPART}; boundary=x"),), PARTS % b"Two Pens")
    changed = UniqueValues(of, of.events[0].walk.sources, SEED).applied(request, 9)
    assert PARTS % f"Two Pens {mint(SEED, MARK, 9)}".encode() == changed.body


def test_a_number_in_a_part_is_another_number(tmp_path: Path) -> None:
    """As many digits, so that it is no larger than the contract takes."""
    of = with_form(tmp_path, MULTIPART, {"type": "integer", "maximum": 99_999_999}, 12_345_678)
    usual = admitted_request(of)
    assert usual is not None
    unique = UniqueValues(of, of.events[0].walk.sources, SEED)
    bodies = [unique.applied(usual, number).body for number in range(1, 40)]
    assert len({usual.body, *bodies}) == 40


def test_what_is_in_two_parts_or_in_none_stays(tmp_path: Path) -> None:
    """Which of them the event repeats, nothing says."""
    of = with_form(tmp_path, MULTIPART, {"type": "string"}, "Two Pens")
    unique = UniqueValues(of, of.events[0].walk.sources, SEED)
    twice = PARTS.replace(b'"w"', b'"v"') % b"Two Pens"
    for body in (twice, PARTS % b"Three Pens", b"no parts"):
        request = Request("POST", "/o", (("Content-Type", f"{MULTIPART}; boundary=x"),), body)
        assert request is unique.applied(request, 9)


def in_raw(of: Operation, raw: bytes, second: int | None = None) -> bytes:
    """Return the raw bytes of the fifth exchange, the usual body in them replaced."""
    unique = UniqueValues(of, of.events[0].walk.sources, SEED)
    usual = admitted_request(of)
    assert usual is not None
    body = usual.body or b""
    filled = raw.replace(b"BODY", body).replace(b"SIZE", b"%d" % len(body))
    changed = unique.applied(replace(usual, raw=filled), 5, second)
    assert changed.raw is not None
    assert (changed.raw == filled) == (changed.body == usual.body)
    return changed.raw


HEAD = b"POST @PREFIX@/o HTTP/1.1\r\nHost: @HOST@\r\nContent-Length: SIZE\r\n@COOKIE@\r\n"


def test_what_is_sent_byte_for_byte_has_its_own_values(tmp_path: Path) -> None:
    """Where the body is whole: with the length that it then has, and each of two requests with its own."""
    of = operation(tmp_path, {"type": "string"}, "a text")
    head, _, body = in_raw(of, HEAD + b"BODY").partition(b"\r\n@COOKIE@\r\n")
    assert {"v": f"a text {mint(SEED, MARK, 5)}"} == json.loads(body)
    assert head.endswith(b"\r\nContent-Length: %d" % len(body))
    both = in_raw(of, HEAD + b"BODY" + HEAD + b"BODY", 6)
    assert [5, 6] == [token.number for token in find_tokens(SEED, both.decode())]


@pytest.mark.parametrize(
    "raw",
    [
        HEAD + b"BOD",
        HEAD + b"BODY more",
        HEAD.replace(b"SIZE", b"0SIZE") + b"BODY",
        HEAD.replace(b"SIZE", b"1") + b"BODY",
        HEAD.replace(b"Content-Length", b"Transfer-Encoding: chunked\r\nContent-Length") + b"BODY",
        HEAD.replace(b"SIZE", b"7") + HEAD + b"BODY",
    ],
)
def test_a_body_that_is_sent_oddly_stays(tmp_path: Path, raw: bytes) -> None:
    """What a case is about is how the body is sent."""
    of = operation(tmp_path, {"type": "string"}, "a text")
    assert not find_tokens(SEED, in_raw(of, raw).decode())
