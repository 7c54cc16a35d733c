"""Why a valid request may have been refused: only with a sign, in the answer or in what was sent."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest

from bothends.contract import BodyRule, Parameter
from bothends.engine.evidence.likely_reasons import likely_reason
from bothends.records import NoAnswer
from bothends.schemas import Schema
from tests.laws import kept

if TYPE_CHECKING:
    from bothends.contract import Operation
    from bothends.records import Exchange

ORDER = Schema(
    {
        "type": "object",
        "properties": {
            "item": {"type": "string"},
            "quantity": {"type": "integer"},
            "price": {"type": "number"},
            "parcel": {"type": "object", "properties": {"weight": {"type": "integer"}}},
            "title": {"type": "string"},
        },
    }
)
FORM = Schema({"type": "object", "properties": {"file": {"type": "string", "format": "binary"}, "note": {}}})
MULTIPART = "multipart/form-data; boundary=x"
BODY = b'{"item":"a lamp","quantity":1.0,"price":2.0,"parcel":{"weight":3.0},"title":"Dr"}'


def operation(**changes: Any) -> Operation:
    """Return an operation that takes orders."""
    content = {"application/json": ORDER, "multipart/form-data": FORM}
    return replace(kept.operation(), body=BodyRule(required=True, content=content), **changes)


def refused(status: int, text: str, body: bytes = BODY, media_type: str = "application/json") -> Exchange:
    """Return a request that was refused."""
    exchange = kept.exchange(body=body, headers=(("content-type", media_type),))
    answer = replace(kept.answer(status), body=text.encode())
    return replace(exchange, answer=answer, sent=exchange.case.request)


def part(name: str, more: str = "") -> bytes:
    """Return a part of a form."""
    return f'--x\r\nContent-Disposition: form-data; name="{name}"{more}\r\n\r\nabc\r\n'.encode()


@pytest.mark.parametrize(
    ("status", "text", "expected"),
    [
        (422, '{"error":"Quantity must be whole"}', '"quantity", which the answer names: it is a whole number'),
        (
            422,
            '{"detail":[{"loc":["body","parcel","weight"]}]}',
            'which the answer names; "weight" is a whole number, and is sent as 3.0',
        ),
        (400, '{"quantity":["A valid integer is required."]}', 'the member "quantity", which the answer names: it is'),
        (400, "json: cannot unmarshal number 1.0 into Go struct field Order.quantity of type int", '"quantity"'),
        (422, '{"error":"item is unknown"}', '"item", which the answer names: it is sent as "a lamp"'),
        (
            422,
            '{"title":"Unprocessable","detail":"no"}',
            'the member "quantity": it is a whole number, and is sent as 1.0',
        ),
        (500, '{"error":"bad quantity"}', 'the member "quantity", which the answer names: it is'),
    ],
)
def test_a_member_that_the_answer_names(status: int, text: str, expected: str) -> None:
    """It is named in a text, or as a key that has a list; how it is sent is told. A key of a text is no member."""
    assert expected in likely_reason(operation(), refused(status, text)).text


@pytest.mark.parametrize(
    ("status", "text", "body"),
    [
        (422, '{"error":"no"}', b'{"item":"a lamp"}'),
        (422, "", b'{"price":2.0}'),
        (422, '{"error":"no"}', b"no JSON"),
        (500, '{"error":"no"}', BODY),
        (422, '{"error":"the Quantityless"}', b'{"quantity":1}'),
        (201, '{"quantity":[]}', BODY),
    ],
)
def test_without_a_sign_there_is_no_reason(status: int, text: str, body: bytes) -> None:
    """A price may be written with a point; what nobody names is not blamed; a success needs no reason."""
    assert "" == likely_reason(operation(), refused(status, text, body)).text


TIMES = b'{"startsAt":"2000-01-01","ends_at":"2000-01-01","isValid":true,"note":"it","parcelWeight":1}'


@pytest.mark.parametrize(
    ("status", "text", "about"),
    [
        (
            400,
            '"the start must be before the end"',
            'says "the start must be before the end", which may be about "starts',
        ),
        (400, '"the start must be before the end"', '"startsAt" and "ends_at"'),
        (422, '{"error":"the weight of parcels"}', 'may be about "parcelWeight"'),
        (422, '{"error":"the weight"}', ""),
        (422, '{"error":"no"}', ""),
        (500, '"the start must be before the end"', ""),
        (400, f'"start {"time " * 40} and the end"', ""),
    ],
)
def test_a_text_that_has_the_words_of_members(status: int, text: str, about: str) -> None:
    """It is quoted with the members that have all their words in it, of a name that has several."""
    found = likely_reason(operation(), refused(status, text, TIMES)).text
    assert about in found
    assert bool(about) is bool(found)


def test_no_answer_has_no_reason() -> None:
    """A connection that is closed says nothing."""
    assert "" == likely_reason(operation(), replace(refused(400, ""), answer=NoAnswer("closed", ""))).text


@pytest.mark.parametrize(
    ("more", "expected"),
    [("", 'the member "file": it is a file, and is sent without a file name'), ('; filename="a.bin"', "")],
)
def test_a_file_without_a_name(more: str, expected: str) -> None:
    """Some servers take a part for a file only with a file name."""
    body = part("note") + part("file", more) + b"--x--\r\n"
    assert expected == likely_reason(operation(), refused(422, '{"error":"no"}', body, MULTIPART)).text


def test_the_status_tells_of_a_credential() -> None:
    """401 and 403 do, whether the contract demands one or not."""
    text = likely_reason(operation(), refused(401, '{"error":"item"}')).text
    assert "the credential: 401 says that the caller is not signed in" == text
    assert "is not allowed" in likely_reason(operation(), refused(403, "")).text
    open_to_all = replace(operation(), security=replace(operation().security, alternatives=()))
    assert "a credential: 401 asks for one" in likely_reason(open_to_all, refused(401, "")).text


def test_who_signs_in_shows_a_credential_in_the_request() -> None:
    """Its body has a password, and 401 is declared: nobody has such an account."""
    open_to_all = replace(operation(), security=replace(operation().security, alternatives=()))
    told = likely_reason(open_to_all, refused(401, "", b'{"item": "a", "password": "text"}'))
    assert "the credential in the request: 401 is declared, and the contract asks for none elsewhere" == told.text
    assert told.add.startswith("example: those of an account")


def test_where_tokens_are_given_the_credential_is_in_the_request() -> None:
    """Who has no token yet can show none: the client or the user in the request is what is not known."""
    gives = replace(operation(), security=replace(operation().security, alternatives=()))
    reason = likely_reason(gives, refused(401, '{"error":"invalid_client"}'), gives_tokens=True)
    assert (
        "the credential in the request: 401 of a `tokenUrl` says that it knows no such client, or user" == reason.text
    )
    assert reason.add.startswith("x-from: setup.NAME, on the members that name the client")
    assert "404" in likely_reason(gives, refused(404, ""), gives_tokens=True).text
    assert "the credential: 401" in likely_reason(operation(), refused(401, ""), gives_tokens=True).text


def test_the_status_tells_of_an_id() -> None:
    """404 and 410 do where the path has one; of a path without, that nothing is there."""
    assert "the path: 404" in likely_reason(operation(), refused(404, "")).text
    with_id = operation(path="/orders/{id}", parameters=(_id(None),))
    assert "the value of 'id' was made up" in likely_reason(with_id, refused(404, "")).text
    assert "was given by makeOrder" in likely_reason(with_id, replace(refused(410, ""), known="makeOrder")).text


@pytest.mark.parametrize("name", ["shopId", "shop_id", "shopID", "shop-id", "shopUuid"])
def test_where_the_path_has_no_id_the_body_may(name: str) -> None:
    """What is not there is then what the body names, and not the path: setup can make it."""
    body = b'{"%s":"a1","paid":"b","id":"c"}' % name.encode()
    reason = likely_reason(operation(), refused(404, '{"error":"No such shop"}', body))
    assert f'the member "{name}": 404 says that something is not there, and it is sent as "a1"' == reason.text
    assert "x-from: setup.NAME" in reason.add
    assert "the path: 404" in likely_reason(operation(), refused(404, "", b'{"paid":"b","id":"c"}')).text


def test_the_status_tells_of_the_request() -> None:
    """415 is about the media type, whatever the answer names."""
    assert "the media type of the body" in likely_reason(operation(), refused(415, "item")).text


def _id(example: Any) -> Parameter:
    return Parameter("id", "path", required=True, schema=None, example=example, pointer="/id")
