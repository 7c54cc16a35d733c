"""A place in a request is read and written in the same way, wherever it is."""

from __future__ import annotations

from typing import Any

import pytest

from bothends.contract.messages import MULTIPART, URL_ENCODED, RequestPlace, always, json_bytes
from bothends.records import Request

JSON = "application/json"
PATH = "/orders/{id}/lines/{n}.json"
PART = '--b\r\nContent-Disposition: form-data; name="{}"{}\r\n\r\n{}\r\n'


def sent(body: bytes = b"", media_type: str = JSON, target: str = "/o") -> Request:
    """Return a request."""
    return Request("POST", target, (("Content-Type", media_type), ("X-Of", "a"), ("x-of", "b")), body)


def multipart(*parts: tuple[str, str, str]) -> bytes:
    """Return a multipart body of names, what else their heads say, and texts."""
    return "".join([*(PART.format(*part) for part in parts), "--b--\r\n"]).encode()


WRITTEN: list[tuple[RequestPlace, Request, list[Any], Request]] = [
    (
        RequestPlace("path", "n"),
        sent(target="/orders/a%20b/lines/7.json?n=1"),
        ["7"],
        sent(target="/orders/a%20b/lines/x%2F%26y.json?n=1"),
    ),
    (RequestPlace("path", "n"), sent(target="/orders/7"), [], sent(target="/orders/7")),
    (
        RequestPlace("query", "q"),
        sent(target="/o?a=%41&q=b+c&&q=%64&r"),
        ["b c", "d"],
        sent(target="/o?a=%41&q=x%2F%26y&&q=x%2F%26y&r"),
    ),
    (RequestPlace("query", "q"), sent(target="/o"), [], sent(target="/o")),
    (
        RequestPlace("header", "X-OF"),
        sent(),
        ["a", "b"],
        Request("POST", "/o", (("Content-Type", JSON), ("X-Of", "x/&y"), ("x-of", "x/&y")), b""),
    ),
    (RequestPlace("body", "/a/0"), sent(b'{"a": [1, 2]}'), [1], sent(b'{"a": ["x/&y", 2]}')),
    (RequestPlace("body", "/a"), sent(b' {"b":1 ,"a":"\xc3\xa9"}\n'), ["é"], sent(b' {"b":1 ,"a":"x/&y"}\n')),
    (RequestPlace("body", "/c"), sent(b'{"a":1}'), [], sent(b'{"a":1}')),
    (RequestPlace("body", "/a"), sent(b'{"a": '), [], sent(b'{"a": ')),
    (RequestPlace("body", "/a"), sent(b'{"a": 1}', "text/plain"), [], sent(b'{"a": 1}', "text/plain")),
    (
        RequestPlace("body", "/a"),
        sent(b"b=%41&a=\xc3\xa9+1&a=2", URL_ENCODED),
        ["é 1", "2"],
        sent(b"b=%41&a=x%2F%26y&a=x%2F%26y", URL_ENCODED),
    ),
    (RequestPlace("body", "/a/b"), sent(b"a[b]=1&a=2", URL_ENCODED), ["1"], sent(b"a[b]=x%2F%26y&a=2", URL_ENCODED)),
    (RequestPlace("body", "/a[b]"), sent(b"a[b]=1", URL_ENCODED), ["1"], sent(b"a[b]=x%2F%26y", URL_ENCODED)),
    (
        RequestPlace("body", "/a"),
        sent(multipart(("a", "", "1"), ("a", '; filename="f"', "2"), ("c", "", "3")), MULTIPART),
        ["1"],
        sent(multipart(("a", "", "x/&y"), ("a", '; filename="f"', "2"), ("c", "", "3")), MULTIPART),
    ),
    (
        RequestPlace("body", "/a/b"),
        sent(multipart(("a", "", '{"b": 5, "c": 6}')), MULTIPART),
        [5],
        sent(multipart(("a", "", '{"b": "x/&y", "c": 6}')), MULTIPART),
    ),
]


@pytest.mark.parametrize(("place", "request_", "found", "expected"), WRITTEN)
def test_a_place_is_read_and_written(
    place: RequestPlace, request_: Request, found: list[Any], expected: Request
) -> None:
    """All else stays as it was written; a place that is not there stays away."""
    assert found == place.read(request_, PATH)
    assert expected == place.changed(request_, always("x/&y"), PATH) == place.rewritten(request_, always("x/&y"), PATH)


@pytest.mark.parametrize("place", [place for place, *_ in WRITTEN])
def test_what_is_not_changed_is_the_request_itself(place: RequestPlace) -> None:
    """A change that returns what stands there makes no new request."""
    requests = [one for _, one, *_ in WRITTEN]
    assert all(one is place.changed(one, lambda value, *, as_text: value, PATH) for one in requests)  # noqa: ARG005


def test_a_value_that_stands_twice_in_an_odd_spelling_is_written_anew_or_not_at_all() -> None:
    """Which of the two is the place can't be told from the text alone."""
    request, place = sent(b'{"a":"v","b":"v"}'), RequestPlace("body", "/a")
    assert place.changed(request, always("w")) is None
    assert sent(json_bytes({"a": "w", "b": "v"})) == place.rewritten(request, always("w"))


def test_json_keeps_types_and_all_else_is_text() -> None:
    """A change is told which of the two it has."""
    told: list[tuple[Any, bool]] = []

    def note(value: Any, *, as_text: bool) -> Any:
        told.append((value, as_text))
        return value

    part = multipart(("a", "", "5"), ("o", "", '{"a": 5}'))
    for place, request in (
        (RequestPlace("body", "/a"), sent(b'{"a": 5}')),
        (RequestPlace("body", "/a"), sent(b"a=5", URL_ENCODED)),
        (RequestPlace("body", "/a"), sent(part, MULTIPART)),
        (RequestPlace("body", "/o/a"), sent(part, MULTIPART)),
        (RequestPlace("query", "a"), sent(target="/o?a=5")),
    ):
        place.changed(request, note)
    assert [(5, False), ("5", True), ("5", True), (5, False), ("5", True)] == told


def test_what_stands_beside_deep_lists_is_a_place_too() -> None:
    """A case that is about depth has all values that others have; what is too deep to be read has none."""
    deep, too_deep = ('{"a": ' + "[" * depth + "]" * depth + ', "b": "v"}' for depth in (200, 200_000))
    place = RequestPlace("body", "/b")
    assert sent(deep.replace('"v"', '"w"').encode()) == place.changed(sent(deep.encode()), always("w"))
    assert [] == place.read(sent(too_deep.encode()))


def test_half_of_a_pair_of_surrogates_is_written_as_an_escape() -> None:
    """UTF-8 has none, and what is sent is to be JSON."""
    assert b'"\\ud800"' == json_bytes("\ud800")
