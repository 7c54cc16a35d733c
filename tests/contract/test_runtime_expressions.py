"""Runtime expressions of OpenAPI, in an exchange."""

from __future__ import annotations

from typing import Any

import pytest

from bothends.contract.messages import Moment, read_expression, sent_path_value, value_of
from bothends.records import MISSING, Answer, NoAnswer, Request

REQUEST = Request(
    "POST",
    "/shops/a%20b/orders?hook=http%3A%2F%2Fx%2Fy&n=1&twice=1&twice=2",
    (("Content-Type", "application/json"), ("X-Hook", "http://h/1"), ("X-Two", "a"), ("X-Two", "b")),
    b'{"url": "http://b/1", "a/b": {"~": [7, null]}, "n": 1.5}',
)
ANSWER = Answer(201, (("location", "/orders/3"), ("content-type", "application/json")), b'{"links": ["http://l/1"]}', 0)
MOMENT = Moment("/shops/{shop}/orders", REQUEST, ANSWER, "http://target:1")


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("$url", "http://target:1" + REQUEST.target),
        ("$method", "POST"),
        ("$statusCode", 201),
        ("$request.path.shop", "a b"),
        ("$request.query.hook", "http://x/y"),
        ("$request.query.n", "1"),
        ("$request.query.HOOK", MISSING),
        ("$request.query.twice", MISSING),
        ("$request.header.x-hook", "http://h/1"),
        ("$request.header.X-TWO", MISSING),
        ("$request.body#/url", "http://b/1"),
        ("$request.body#/a~1b/~0/0", 7),
        ("$request.body#/a~1b/~0/1", None),
        ("$request.body#/n", 1.5),
        ("$request.body#/nothing", MISSING),
        ("$response.header.Location", "/orders/3"),
        ("$response.body#/links/0", "http://l/1"),
        ("$response.body", {"links": ["http://l/1"]}),
        ("$response.query.x", MISSING),
    ],
)
def test_an_expression_has_the_value_of_its_exchange(text: str, value: Any) -> None:
    """Types are kept, pointers are unescaped, and only a header's name matches without regard to case."""
    expression = read_expression(text)
    assert expression is not None
    found = value_of(expression, MOMENT)
    assert (value, type(value)) == (found, type(found))


@pytest.mark.parametrize("text", ["$request.body#url", "$request", "$response.header.a b", "request.body", "$Url", ""])
def test_what_is_no_expression_is_none(text: str) -> None:
    """The grammar is OpenAPI's."""
    assert None is read_expression(text)


@pytest.mark.parametrize("text", ["$statusCode", "$response.header.location", "$response.body#/links"])
def test_what_was_not_answered_has_no_value(text: str) -> None:
    """A request without an answer has only what was sent."""
    expression = read_expression(text)
    assert expression is not None
    assert MISSING is value_of(expression, Moment("/", REQUEST, NoAnswer("closed")))


def test_a_form_is_read_as_one() -> None:
    """A pointer into a form finds the first value of a name."""
    headers = (("content-type", "application/x-www-form-urlencoded; charset=utf-8"),)
    request = Request("POST", "/", headers, b"url=http%3A%2F%2Fx&url=y")
    expression = read_expression("$request.body#/url")
    assert expression is not None
    assert "http://x" == value_of(expression, Moment("/", request))


@pytest.mark.parametrize(
    ("target", "value"),
    [
        ("/shops/7/orders", "7"),
        ("/v1/shops/7/orders?x=1", "7"),
        ("/a/b/shops/a%20b/orders", "a b"),
        ("/v1/shops/7/lines", MISSING),
        ("/", MISSING),
    ],
)
def test_a_path_is_read_behind_that_of_the_base_url(target: str, value: Any) -> None:
    """A request as sent has the path of the target's base URL before its own."""
    assert value == sent_path_value("/shops/{shop}/orders", target, "shop")
