"""An exchange as a test looks at it."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any, cast

import pytest

from bothends.pytest_plugin.fixtures import NoResponseError, RecordedExchange
from bothends.records import Answer, Case, Credential, Exchange, NoAnswer, Request


class Alone:
    """Stands for a workbench on which nothing comes late, and whose world has no secrets."""

    @property
    def opened(self) -> Any:
        """What has a world, which has none."""
        return SimpleNamespace(testbed=SimpleNamespace(world=SimpleNamespace(secrets=SimpleNamespace(hidden=tuple))))

    def latest(self, exchange: Exchange) -> Exchange:
        """Return the exchange as it is."""
        return exchange


def seen(answer: Answer | NoAnswer, request: Request, credential: Credential | None = None) -> RecordedExchange:
    """Return an exchange of which nothing else was witnessed."""
    case = Case("postRoute", "by-hand", "x", request)
    exchange = Exchange(1, case, None, request, answer, 10.0, 10.5, credential=credential)
    return RecordedExchange(cast("Any", Alone()), exchange)


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


KEY = (("X-Key", "one-one-one-one"),)
CALLERS = [
    (Credential(headers=KEY, caller=2, right=True), Request("GET", "/"), "as caller 2 of the settings"),
    (Credential(headers=KEY, right=True), Request("GET", "/"), "with a credential"),
    (
        Credential(cookies=KEY, right=False, shown="a session that ended"),
        Request("GET", "/"),
        "with a session that ended",
    ),
    (Credential(shown="no credential", right=False), Request("GET", "/"), "signed out"),
    (Credential(), Request("GET", "/", (("Authorization", "Bearer x"),)), "with a credential of the request's own"),
    (None, Request("GET", "/"), "signed out"),
]


@pytest.mark.parametrize(("credential", "request_sent", "said"), CALLERS, ids=[row[2] for row in CALLERS])
def test_signed_out_is_said_of_who_shows_nothing(
    credential: Credential | None, request_sent: Request, said: str
) -> None:
    """A caller without a known identity is told by what it shows."""
    first = str(seen(Answer(200, (), b"", 0), request_sent, credential).timeline).splitlines()[0]
    assert first.endswith(f"GET /, {said}")
