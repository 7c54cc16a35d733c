"""An exchange as a test looks at it."""

from __future__ import annotations

import pytest

from bothends.failure_text import timeline
from bothends.pytest_plugin.fixtures import NoResponseError, RecordedExchange
from bothends.records import Answer, Case, Exchange, NoAnswer, Request


def seen(answer: Answer | NoAnswer, request: Request) -> RecordedExchange:
    """Return an exchange of which nothing else was witnessed."""
    exchange = Exchange(1, Case("postRoute", "by-hand", "x", request), None, request, answer, 10.0, 10.5)
    return RecordedExchange(exchange, timeline(exchange, ()))


def test_no_answer_is_told_by_who_asks_for_the_response() -> None:
    """A test that looks at the response of a target that gave none fails with the reason."""
    with pytest.raises(NoResponseError, match="The target gave no answer: reset by peer"):
        _ = seen(NoAnswer("reset", "by peer"), Request("POST", "/")).response


def test_long_and_raw_requests_are_told_in_short() -> None:
    """A timeline has one bounded line for each moment, whatever was sent."""
    answer = Answer(200, (("content-type", "text/plain"),), b"\x1b[2J", 4)
    long = seen(answer, Request("POST", "/", (), b"x" * 5000))
    lines = str(long.timeline).splitlines()
    assert [True, True] == [len(line) < 300 for line in lines]
    assert "\x1b" not in str(long.timeline)
    assert "3 raw bytes, signed out" in str(seen(answer, Request("POST", "/", raw=b"abc")).timeline)
    assert "<response 200 text/plain, 4 bytes>" == repr(long.response)


def test_a_shown_exchange_tells_when_each_thing_was() -> None:
    """Moments come in the order of time."""
    shown = seen(Answer(204, (), b"", 0), Request("POST", "/a"))
    assert [0.0, 500.0] == [moment.ms for moment in shown.timeline.moments]
    assert repr(shown).startswith("<exchange 1: ")
