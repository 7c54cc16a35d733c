"""Forms: how they are read and written, and what their texts stand for."""

from __future__ import annotations

from typing import Any
from urllib.parse import unquote_plus

import pytest

from bothends.contract import BodyRule, Operation, admission
from bothends.contract.messages import (
    BOUNDARY,
    MULTIPART,
    URL_ENCODED,
    Encoding,
    file_members,
    may_be_read_otherwise,
    read_form,
    typed,
    write_form,
)
from bothends.records import Request
from bothends.schemas import Schema, targets_in

DEEP = Encoding("deepObject", explode=True)
LISTED = Encoding("form", explode=False)


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        (b"a=1&b=x+y%20z", {"a": "1", "b": "x y z"}),
        (b"a=1&a=2", {"a": ["1", "2"]}),
        (b"a[]=1&a[]=2", {"a": ["1", "2"]}),
        (b"a[]=1", {"a": ["1"]}),
        (b"a[0]=1&a[1]=2", {"a": ["1", "2"]}),
        (b"a[1]=1", {"a": {"1": "1"}}),
        (b"card[number]=4&card[owner][name]=Jo", {"card": {"number": "4", "owner": {"name": "Jo"}}}),
        (b"items[0][price]=1&items[1][price]=2", {"items": [{"price": "1"}, {"price": "2"}]}),
        (b"a=1&a[b]=2", {"a": {"b": "2"}}),
        (b"a[b=1&[c]=2&d]=3", {"a[b": "1", "[c]": "2", "d]": "3"}),
        (b"a", {"a": ""}),
        (b"", {}),
        (b"a=%ff", None),
        (b"\xff=1", None),
    ],
)
def test_a_form_is_read(body: bytes, expected: dict[str, Any] | None) -> None:
    """Brackets are members and items; a name that comes again is a list."""
    assert expected == read_form(body, f"{URL_ENCODED}; charset=utf-8")


@pytest.mark.parametrize(
    ("value", "encodings", "expected"),
    [
        ({"a": "x y", "n": 5, "t": True, "none": None}, {}, "a=x y&n=5&t=true"),
        ({"a": [1, 2]}, {}, "a=1&a=2"),
        ({"a": [1, 2]}, {"a": LISTED}, "a=1,2"),
        ({"a": [1, 2]}, {"a": Encoding("spaceDelimited")}, "a=1 2"),
        ({"a": [1, 2]}, {"a": Encoding("pipeDelimited", explode=False)}, "a=1|2"),
        ({"a": [1, 2]}, {"a": DEEP}, "a[0]=1&a[1]=2"),
        ({"a": {"b": 1, "c": {"d": 2}}}, {"a": DEEP}, "a[b]=1&a[c][d]=2"),
        ({"a": {"b": 1, "c": 2}}, {"a": Encoding("form")}, "b=1&c=2"),
        ({"a": {"b": 1, "c": 2}}, {"a": LISTED}, "a=b,1,c,2"),
        ({"a": [{"b": 1}]}, {}, "a[0][b]=1"),
        ({"a": [], "b": {}}, {"a": LISTED, "b": LISTED}, ""),
    ],
)
def test_a_form_is_written_as_the_contract_says(
    value: dict[str, Any], encodings: dict[str, Encoding], expected: str
) -> None:
    """Style and explode are those of the member's encoding (OpenAPI 3.1.0, section 4.8.12.3)."""
    body, content_type = write_form(value, URL_ENCODED, encodings)
    assert (expected, URL_ENCODED) == (unquote_plus(body.decode()), content_type)


def test_a_multipart_form_is_written_and_read() -> None:
    """An object is a part of JSON, each item of a list a part of its own, and a file has a name."""
    value = {'a "b"': "é", "n": 5, "o": {"p": [1]}, "l": ["x", "y"], "file": "bytes", "none": None}
    body, content_type = write_form(value, MULTIPART, {"n": Encoding(media_type="text/plain, */*")}, ["file"])
    assert f"{MULTIPART}; boundary={BOUNDARY}" == content_type
    assert body.count(b"filename=") == body.count(b"Content-Type: text/plain\r\n") == 1
    read = read_form(body, content_type)
    assert {'a "b"': "é", "n": "5", "o": {"p": [1]}, "l": ["x", "y"], "file": "bytes"} == read


@pytest.mark.parametrize(
    "content_type", [MULTIPART, f"{MULTIPART}; boundary=other", f"{MULTIPART}; boundary={BOUNDARY}"]
)
def test_a_multipart_form_that_is_none_is_not_read(content_type: str) -> None:
    """Without its boundary, or without a name of a part, there is nothing to read."""
    body = f"--{BOUNDARY}\r\nContent-Disposition: form-data\r\n\r\nx\r\n--{BOUNDARY}--\r\n".encode()
    assert read_form(body, content_type) is None


def test_files_are_known_by_their_schema() -> None:
    """OpenAPI 3.0 has `format: binary` for them, 3.1 a media type."""
    members = {"a": {"format": "binary"}, "b": {"contentMediaType": "image/png"}, "c": {"type": "string"}, "d": True}
    assert (["a", "b"], []) == (file_members({"properties": members}), file_members(schema=True))


SCHEMA: dict[str, Any] = {
    "type": "object",
    "required": ["sku"],
    "properties": {
        "sku": {"type": "string"},
        "n": {"$ref": "#/$defs/count"},
        "price": {"anyOf": [{"type": "number"}, {"type": "null"}]},
        "gift": {"type": "boolean"},
        "tags": {"type": "array", "items": {"type": "integer"}},
        "to": {"allOf": [{"type": "object", "properties": {"zip": {"type": "integer"}}}]},
        "way": {"enum": [1, 2]},
    },
    "additionalProperties": False,
    "$defs": {"count": {"type": "integer", "minimum": 1}},
}


@pytest.mark.parametrize(
    ("form", "expected"),
    [
        ({"sku": "5", "n": "5"}, {"sku": "5", "n": 5}),
        ({"price": "1.5"}, {"price": 1.5}),
        ({"price": "1e2"}, {"price": 100.0}),
        ({"gift": "true"}, {"gift": True}),
        ({"gift": "True"}, {"gift": "True"}),
        ({"n": "1.5"}, {"n": "1.5"}),
        ({"n": ""}, {"n": ""}),
        ({"tags": "5"}, {"tags": [5]}),
        ({"tags": ["5", "x"]}, {"tags": [5, "x"]}),
        ({"to": {"zip": "3000"}}, {"to": {"zip": 3000}}),
        ({"way": "2"}, {"way": 2}),
        ({"other": "5"}, {"other": "5"}),
    ],
)
def test_a_text_stands_for_a_value_of_its_schema(form: dict[str, Any], expected: dict[str, Any]) -> None:
    """What is no value of the type stays the text that it is."""
    found = typed(form, SCHEMA, targets_in(SCHEMA))
    assert (expected, str(expected)) == (found, str(found))


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        *((text, False) for text in ("5", "true", "word")),
        *((text, True) for text in ("5.0", " 5", "1,5", "True", "on", "", "nan")),
    ],
)
def test_what_frameworks_differ_in(text: str, expected: bool) -> None:  # noqa: FBT001 -- what is expected
    """Of such a text no single answer is demanded."""
    assert [expected] * 2 == [may_be_read_otherwise(text), may_be_read_otherwise({"a": [text, 5]})]


def of(body: bytes, content_type: str = URL_ENCODED, **encodings: Encoding) -> tuple[list[str], bool]:
    """Return the families that refuse a form, and whether that is certain."""
    rule = BodyRule(required=True, content={URL_ENCODED: Schema(SCHEMA)}, encodings={URL_ENCODED: encodings})
    operation = Operation("placeOrder", "POST", "/orders", "", body=rule)
    verdict = admission(operation, Request("POST", "/orders", (("Content-Type", content_type),), body))
    return sorted(verdict.refusals), verdict.certain


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        (b"sku=a&n=5&gift=true", ([], True)),
        (b"n=5", (["invalid-body"], True)),
        (b"sku=a&n=many", (["invalid-body"], True)),
        (b"sku=a&n=0", (["invalid-body"], True)),
        (b"sku=a&more=1", (["invalid-body"], True)),
        (b"sku=a&n=5.0", (["invalid-body"], False)),
        (b"sku=a&gift=on", (["invalid-body"], False)),
        (b"sku=a&sku=b", (["invalid-body"], False)),
        (b"sku=a&tags=1&tags=2", ([], False)),
        (b"sku=%ff", (["malformed-body"], False)),
    ],
)
def test_what_the_contract_says_of_a_form(body: bytes, expected: tuple[list[str], bool]) -> None:
    """A form is held against its schema, its texts read by that; where frameworks differ, it is not certain."""
    assert expected == of(body)


def test_what_the_contract_says_of_a_list_that_it_says_how_to_write() -> None:
    """With an encoding, there is one way to read it."""
    assert ([], True) == of(b"sku=a&tags=1&tags=2", tags=Encoding("form", explode=True))
