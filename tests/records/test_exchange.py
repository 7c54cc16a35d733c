"""What records tell of themselves: headers, media types, success, doubt."""

from __future__ import annotations

import dataclasses
from typing import Any

import pytest

from bothends import records
from bothends.records import Answer, Case, Delivery, NoAnswer, Request
from tests.laws import kept

DELIVERY = Delivery(
    number=1,
    post=1,
    received=1.0,
    settled=2.0,
    method="POST",
    path="/e/key",
    headers=(),
    right_address=True,
    payload={},
    event={},
    consumed={},
    losses=(),
    identity="id 1",
    attempt=1,
    stored=True,
    repeated=False,
    acknowledged=True,
    status=200,
)


def test_headers_match_without_regard_to_case() -> None:
    """The first value counts; a header that is not there is None."""
    request = Request("POST", "/", (("Content-Type", "a/b"), ("content-type", "c/d")))
    answer = Answer(200, (("content-type", "a/b"), ("content-type", "c/d")), b"", 0)
    assert "a/b" == request.header("CONTENT-TYPE") == answer.header("Content-Type")
    assert request.header("accept") is answer.header("accept") is None


@pytest.mark.parametrize(
    ("value", "media_type"),
    [
        ("application/json", "application/json"),
        ("Application/JSON; charset=utf-8", "application/json"),
        (" text/plain ;q=1", "text/plain"),
        ("", ""),
        (None, None),
    ],
)
def test_a_media_type_stands_without_its_parameters(value: str | None, media_type: str | None) -> None:
    """Parameters, white space and case are none of a media type (RFC 9110, section 8.3.1)."""
    headers = () if value is None else (("content-type", value),)
    assert media_type == Answer(200, headers, b"", 0).media_type


@pytest.mark.parametrize(("status", "success"), [(199, False), (200, True), (204, True), (299, True), (300, False)])
def test_2xx_is_success(status: int, success: bool) -> None:  # noqa: FBT001 -- a column of the table
    """Success is the class of the status (RFC 9110, section 15.3)."""
    assert success is Answer(status, (), b"", 0).success


@pytest.mark.parametrize(
    ("stored", "acknowledged", "in_doubt"), [(True, False, True), (True, True, False), (False, False, False)]
)
def test_stored_without_acknowledgement_is_in_doubt(stored: Any, acknowledged: Any, in_doubt: Any) -> None:
    """What the target can't know to be stored is neither lost nor forbidden."""
    assert in_doubt is dataclasses.replace(DELIVERY, stored=stored, acknowledged=acknowledged).in_doubt


def test_a_case_is_named_by_family_and_name() -> None:
    """The label is what `--only` takes."""
    assert Case("op", "signed-out", "no cookie", Request("GET", "/")).label == "signed-out/no cookie"


def _is_record(each: object) -> bool:
    return isinstance(each, type) and dataclasses.is_dataclass(each)


@pytest.mark.parametrize("name", [name for name in records.__all__ if _is_record(getattr(records, name))])
def test_records_are_frozen_and_slotted(name: str) -> None:
    """No record changes once it is made, nor takes what it has no place for."""
    record = getattr(records, name)
    assert record.__dataclass_params__.frozen
    assert "__slots__" in vars(record)


def test_a_record_refuses_to_change() -> None:
    """Setting an attribute raises."""
    with pytest.raises(dataclasses.FrozenInstanceError):
        DELIVERY.stored = False  # type: ignore[misc]  # that is the point


def test_posts_are_told_once() -> None:
    """Events that came in one array have one payload."""
    first, second, other = (dataclasses.replace(DELIVERY, number=n, post=p) for n, p in ((1, 1), (2, 1), (3, 2)))
    assert (first, other) == kept.exchange(deliveries=(first, second, other)).posts


def test_an_exchange_is_cut_to_be_kept() -> None:
    """The beginning of the answer's body stays, and its size; a missing answer stays as it is."""
    exchange = kept.exchange(answer=kept.answer(body=b"0123456789"))
    cut = exchange.cut(4).answer
    assert isinstance(cut, Answer)
    assert (b"0123", 10) == (cut.body, cut.size)
    assert exchange is exchange.cut(10)
    missing = kept.exchange(answer=NoAnswer("closed"))
    assert missing is missing.cut(0)
