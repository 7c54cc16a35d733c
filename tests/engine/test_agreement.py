"""Where a value comes from: what is equal in each exchange, and differs between them, is hardly so by chance."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest

from bothends.contract.terms import Source
from bothends.engine.evidence.agreement import MOST_SOURCES, agreeing, agrees, contradicts, sources, varies
from tests.laws import kept

if TYPE_CHECKING:
    from bothends.records import Exchange

OPERATION = kept.operation()
CONTRACT = kept.contract()


def exchange(number: int, body: Any = None, **changes: Any) -> Exchange:
    """Return an exchange of the project's own contract, with another body of its request."""
    made = kept.exchange(number)
    sent = made.sent if body is None else replace(made.sent, body=json.dumps(body).encode())
    return replace(made, sent=sent, **changes)


def found(*values: Any) -> list[str]:
    """Return the sources of values, the first of the first exchange, and so on."""
    rows = [(value, exchange(number), kept.began(number) + 0.03) for number, value in enumerate(values, 1)]
    return [source.text for source in agreeing(rows, OPERATION, CONTRACT)]


@pytest.mark.parametrize(
    ("values", "texts"),
    [
        ([kept.user(1)["email"], kept.user(2)["email"]], ["session.user.email"]),
        ([kept.user(1), kept.user(2)], ["session.user"]),
        ([kept.settings(1), kept.settings(2)], ["upstream.settings"]),
        ([kept.settings(1)["appName"], kept.settings(2)["appName"]], ["upstream.settings#/appName"]),
        ([kept.settings(1)["appName"], kept.settings(1)["appName"]], []),
        ([1.0, 1], ["upstream.settings#/limit"]),
        ([1.0, True], []),
        (["nothing", "like it"], []),
    ],
)
def test_a_source_has_the_value_in_each_exchange(values: list[Any], texts: list[str]) -> None:
    """One that is equal in some only is none; a number is its value, and a flag is no number."""
    assert texts == found(*values)


@pytest.mark.parametrize(("values", "so"), [([1, 1.0, 1], False), ([1, True], True), (["a", "b"], True), ([], False)])
def test_values_vary(values: list[Any], *, so: bool) -> None:
    """What is always the same could come from anywhere."""
    assert so == varies(values)


@pytest.mark.parametrize(
    ("values", "texts"),
    [
        ([1_700_000_000_250, 1_700_000_000_101], ["clock.ms"]),
        ([1_700_000_000, 1_700_000_000.5], ["clock.s"]),
        (["2023-11-14T22:13:20Z", "2023-11-14T23:13:20.25+01:00"], ["clock.iso"]),
        (["2023-11-14T22:13:20", "2023-11-14T22:13:20"], []),
        (["2023-11-14", "2023-11-14"], []),
        ([1_700_000_005, 1_700_000_005], []),
        ([1_700_000_000_250, 1_600_000_000_250], []),
        ([True, True], ["upstream.settings#/features/dark"]),
        (["today", "now"], []),
    ],
)
def test_a_time_is_that_of_its_exchange(values: list[Any], texts: list[str]) -> None:
    """It is the clock's only where each is, in one unit, and as near as the law on it demands."""
    assert texts == found(*values)


def test_a_text_of_a_path_is_read_as_the_event_has_it() -> None:
    """As by the law on where values come from: `/things/7` and a 7 agree."""
    operation = replace(OPERATION, path="/things/{id}")
    made = kept.exchange(1)
    seen = replace(made, sent=replace(made.sent, target="/things/7?id=8"))
    source = Source("request-path", "id", "", "request.path.id")
    assert [True, True, False] == [agrees(source, value, seen, operation, 0.0) for value in (7, "7", 8)]


def test_only_what_differs_contradicts() -> None:
    """A value that is not there, and a source that others share, say nothing of whose event it is."""
    seen = exchange(1, session=None)
    of_user = Source("session", "user", "/email", "session.user.email")
    assert [False, True] == [contradicts(of_user, "other", one, OPERATION) for one in (seen, exchange(1))]
    assert not contradicts(Source("upstream", "settings", "", "upstream.settings"), "other", seen, OPERATION)


def test_what_a_target_answers_is_looked_at_up_to_a_limit() -> None:
    """However many values it has."""
    large = {"success": "true", **{f"member{number}": number for number in range(10_000)}}
    body = json.dumps(large).encode()
    operation = replace(OPERATION, answers=())
    seen = exchange(1, answer=replace(kept.answer(200), body=body))
    assert MOST_SOURCES == sum(1 for _ in sources(seen, operation, CONTRACT))
