"""What the event API makes of a body, held against the real server's own parser."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bothends.world.answers import is_ordinary
from bothends.world.ingests import inngest
from bothends.world.ingests.go_json import DEEPEST
from bothends.world.ingests.inngest import Outcome, parse

VECTORS = Path(__file__).parents[2] / "vectors" / "ingest.json"
CASES: list[dict[str, Any]] = json.loads(VECTORS.read_text())["cases"]
NOW = 1_234_567_890_123
JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**53), 2**53)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=12,
)
NAMES = st.text(min_size=1).filter(lambda name: not name.lower().startswith("inngest/"))


def read(body: Any, content_type: str | None = "application/json") -> Outcome:
    """Parse a body; one that is not bytes is written as JSON, strings as they are."""
    if isinstance(body, bytes):
        return parse(body, content_type, NOW)
    return parse((body if isinstance(body, str) else json.dumps(body)).encode(), content_type, NOW)


@pytest.mark.parametrize("case", CASES, ids=lambda case: case["name"])
def test_as_the_real_parser(case: dict[str, Any]) -> None:
    """Status, stored events and number of ids are those that the real server's parser gave."""
    outcome = read(case["body"].encode(), case["content_type"])
    stored = [{key: part for key, part in event.items() if (key, part) != ("ts", NOW)} for event in outcome.stored]
    ids = len(outcome.stored) if outcome.stored else [""]
    assert (case["status"], case["stored"], case["ids"]) == (outcome.status, stored, ids)
    assert (outcome.status == 200) == (outcome.error == "")


@given(name=NAMES, data=st.dictionaries(st.text().filter(lambda key: key != "_inngest"), JSON), user=st.none())
def test_a_plain_event_is_stored_as_it_was_sent(name: str, data: dict[str, Any], user: None) -> None:
    """What Unicode and float64 can hold goes through unchanged, and nothing is noted."""
    event = {"name": name, "data": data, "user": user, "ts": 1_700_000_000_000, "v": "1", "id": "i"}
    outcome = read(event)
    (item,) = outcome.items
    if item.losses:
        assert not is_ordinary(event)
        return
    del event["user"]
    assert event == item.stored
    assert (200, "") == (outcome.status, item.error)


@given(st.binary() | st.text().map(str.encode) | JSON.map(lambda value: json.dumps(value).encode()))
def test_any_body_gets_an_answer(body: bytes) -> None:
    """No bytes make the parser raise; what is refused is not stored."""
    outcome = parse(body, None, NOW)
    assert outcome.status in {200, 400}
    for item in outcome.items:
        assert (item.stored is None) == (item.error != "")


@pytest.mark.parametrize(
    ("body", "pointer", "note"),
    [
        ('{"name":"a","appSettings":{}}', "/appSettings", "dropped"),
        ('{"name":"a","a/b~c":1}', "/a~1b~0c", "dropped"),
        ('{"NAME":"a"}', "/NAME", "read as `name`"),
        ('{"name":"a","u\u017fer":{}}', "/u\u017fer", "read as `user`"),
        ('{"name":"a","data":{"a":1},"data":{"b":2}}', "/data", "merged with an earlier `data`"),
        ('{"name":"a","name":"b"}', "/name", "repeated key"),
        ('{"name":"a","data":{"x":{"k":1,"k":2}}}', "/data/x/k", "repeated key"),
        ('{"name":"a","data":{"_inngest":1}}', "/data/_inngest", "stripped"),
        ('{"name":"a","data":{"x":["\\ud800"]}}', "/data/x/0", "became U+FFFD"),
        ('{"name":"a","data":{"x":[9007199254740993]}}', "/data/x/0", "precision is lost: 9007199254740993 became"),
        ('{"name":"a","ts":0}', "/ts", "0 became the time of arrival"),
        ('{"name":"\\udc00","ts":1700000000000}', "/name", "became U+FFFD"),
    ],
)
def test_whatever_is_changed_without_a_word_is_noted(body: str, pointer: str, note: str) -> None:
    """Each loss names the place in the event as it was sent."""
    (item,) = read(body).items
    assert item.stored is not None
    ((place, said),) = item.losses
    assert pointer == place
    assert note in said


def test_bytes_that_are_no_utf_8_become_the_replacement_character() -> None:
    """Go replaces them where a strict reader would refuse."""
    (item,) = read(b'{"name":"a","data":{"x":"\xff","y":"\xef\xbf\xbd"}}').items
    assert {"x": "\ufffd", "y": "\ufffd"} == (item.stored or {})["data"]


def test_merged_data_keeps_both() -> None:
    """A repeated map merges; a later null empties it."""
    assert [{"a": 1, "b": 3}] == [e["data"] for e in read('{"name":"a","data":{"a":1,"b":2},"DATA":{"b":3}}').stored]
    assert "data" not in read('{"name":"a","data":{"a":1},"data":null}').stored[0]
    assert "b" == read('{"name":"b","name":null}').stored[0]["name"]


@pytest.mark.parametrize(
    ("body", "stored"),
    [
        ('[{"name":"a"}]x', 1),
        ('[{"name":"a"}] ', 1),
        (' \n {"name":"a"} ', 1),
        ("   ", 0),
        ("[]x", 0),
    ],
)
def test_what_is_taken_although_it_is_odd(body: str, stored: int) -> None:
    """The rest after an array is not looked at; white space around is."""
    outcome = read(body)
    assert (200, stored) == (outcome.status, len(outcome.stored))


@pytest.mark.parametrize(
    ("body", "error", "stored"),
    [
        ('[{"name":"a"} {"name":"b"}]', "missing comma", 1),
        ('[{"name":"a"},]', "invalid JSON", 1),
        ("[", "invalid JSON", 0),
        ('[{"name":"a"},', "invalid JSON", 1),
        ('"text"', "Request body must contain", 0),
        ("5", "Request body must contain", 0),
        ("nul", "invalid JSON", 0),
        ('[{"name":"a"},5]', "cannot unmarshal into Go value", 1),
        ('[{"name":""},{"name":"b"}]', "event name is empty", 0),
        ('{"name":"a","user":"Ada"}', "Event.user", 0),
        ('{"name":"a","ts":true}', "Event.ts", 0),
        ('{"name":"a","ts":1e12}', "Event.ts", 0),
        ('{"name":"a","ts":99999999999999999999}', "Event.ts", 0),
        ('{"name":"a","ts":4102444800001}', "after Jan 1, 2100", 0),
        ('{"name":"a","ts":-1}', "before Jan 1, 1980", 0),
        ('{"name":"a","data":{"x":1e999}}', "into float64", 0),
        ('{"name":"a","data":{"x":' + "9" * 5000 + "}}", "into float64", 0),
        ('{"name":"a","data":{"x":' + "9" * 350 + "}}", "into float64", 0),
        ('{"name":"a","data":{"x":' + "[" * 5000 + "]" * 5000 + "}}", "exceeded max depth", 0),
        ('{"name":"a","data":{"y":9007199254740993,"x":' + "[" * 700 + "]" * 700 + "}}", "exceeded max depth", 0),
        ('{"name":"a","data":{"x":"\x01"}}', "invalid JSON", 0),
    ],
)
def test_what_is_refused(body: str, error: str, stored: int) -> None:
    """The error says why, and what came before it is stored all the same."""
    outcome = read(body)
    assert (400, stored) == (outcome.status, len(outcome.stored))
    assert error in outcome.error


@pytest.mark.parametrize(("levels", "status"), [(DEEPEST, 200), (DEEPEST + 1, 400)])
def test_the_same_depth_is_read_with_each_python(levels: int, status: int) -> None:
    """The recursion limit of Python, which is another one in each version, decides nothing."""
    inner = levels - 2  # the event and its data are levels, too
    assert status == read('{"name":"a","data":{"x":' + "[" * inner + "]" * inner + "}}").status


def test_a_form_is_refused_whatever_it_holds() -> None:
    """multipart/form-data is the one media type that matters."""
    assert 400 == read('{"name":"a"}', "multipart/form-data; boundary=x").status
    assert 200 == read('{"name":"a"}', None).status


def test_the_payload_is_the_whole_body() -> None:
    """It is there when the body is JSON, whatever is refused of it."""
    assert [{"name": "a"}, {"name": ""}] == read('[{"name":"a"},{"name":""}]').payload
    assert 5 == read("5").payload
    assert [None] == read("[null]").payload
    for text in ('[{"name":"a"}', '{"name":"a"}x', '[{"name":"a"}]x', ""):
        assert read(text).payload is None


def test_the_last_bad_event_leaves_the_rest_unread() -> None:
    """Events after a bad one are told, and not stored."""
    outcome = read('[{"name":"a"},{"name":""},{"name":"c"}]')
    assert ["", "event name is empty", "not read: an event before it was refused"] == [i.error for i in outcome.items]


def test_the_limits(monkeypatch: pytest.MonkeyPatch) -> None:
    """One event too many, or a byte too many in one, is refused; what fits is stored."""
    monkeypatch.setattr(inngest, "EVENTS_LIMIT", 3)
    many = read([{"name": "a"}] * 4)
    assert (400, 3) == (many.status, len(many.stored))
    monkeypatch.setattr(inngest, "EVENT_LIMIT", 40)
    event = '{"name":"a","data":{"x":"%s"}}'
    size = len(event) - 2
    assert 200 == read("  " + event % ("y" * (40 - size))).status
    assert 200 == read(event % ("\u00fc" * ((40 - size) // 2))).status
    assert "over the max size" in read(event % ("y" * (41 - size))).error
    assert "over the max size" in read("[" + event % ("\u00fc" * 20) + "]").error


def test_the_limits_are_the_servers() -> None:
    """3 MiB an event, 5,000 events a request."""
    assert (3 * 1024 * 1024, 5000) == (inngest.EVENT_LIMIT, inngest.EVENTS_LIMIT)
