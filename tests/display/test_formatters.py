"""Inside IPython, records show themselves without being asked to."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest

from bothends.display import Breaches, Rendered, Telling, show_records
from bothends.records import NoAnswer
from tests.reports.conftest import COOKIE, EVENT_KEY, Samples

if TYPE_CHECKING:
    from IPython.core.interactiveshell import InteractiveShell

TELLING = Telling(frozenset({EVENT_KEY}))


def shown(shell: InteractiveShell, value: object) -> dict[str, Any]:
    """Return what a cell that ends with this value would show, by media type."""
    assert shell.display_formatter is not None
    data: dict[str, Any] = shell.display_formatter.format(value)[0]  # type: ignore[no-untyped-call]  # IPython has no types here
    return data


@pytest.mark.parametrize("kind", ["exchange", "delivery", "finding", "breach", "summary", "request", "answer", "call"])
def test_records_show_themselves_as_html_and_as_text(shell: InteractiveShell, samples: Samples, kind: str) -> None:
    """Each kind of record has HTML, and text that is no dump of its fields, both without secrets."""
    show_records(TELLING)
    exchange = samples.exchange()
    record = {
        "exchange": exchange,
        "delivery": exchange.deliveries[0],
        "finding": samples.finding(),
        "breach": samples.finding().breach,
        "summary": samples.summary(samples.finding()),
        "request": exchange.sent,
        "answer": exchange.answer,
        "call": exchange.calls[0],
    }[kind]
    data = shown(shell, record)
    assert '<div class="bothends">' in data["text/html"]
    assert not data["text/plain"].startswith(type(record).__name__)
    assert not [text for text in data.values() if COOKIE in text or EVENT_KEY in text]


def test_records_within_others_are_told_in_words(shell: InteractiveShell, samples: Samples) -> None:
    """In a tuple, or a list, each record is its text."""
    show_records(TELLING)
    assert (
        '(settings: GET /settings -> 200 {"appName": "sx1x00000000"},)'
        == shown(shell, samples.exchange().calls)["text/plain"]
    )
    assert "none (reset)" == shown(shell, NoAnswer("reset"))["text/plain"]


def test_secrets_of_an_earlier_world_stay_hidden(shell: InteractiveShell, samples: Samples) -> None:
    """A second workbench adds its secrets to those of the first, whose exchanges may still be looked at."""
    show_records(TELLING)
    show_records(Telling(frozenset({"another-key-0123456789"})))
    assert EVENT_KEY not in shown(shell, samples.exchange())["text/plain"]
    other = replace(samples.call(), request_line="GET /another-key-0123456789")
    assert "another-key" not in shown(shell, other)["text/plain"]


def test_what_was_made_to_be_looked_at_shows_itself(shell: InteractiveShell, samples: Samples) -> None:
    """Breaches and what is shown need no formatter: they know how."""
    assert {"text/html": "<p>a</p>", "text/plain": "a"} == shown(shell, Rendered("<p>a</p>", "a"))
    breaches = Breaches([samples.finding().breach], TELLING)
    assert "promised" in shown(shell, breaches)["text/html"]
    assert "promised  the consumer receives what was sent" in shown(shell, breaches)["text/plain"]


def test_outside_ipython_nothing_is_done() -> None:
    """Where there is no IPython, nothing is registered, and nothing goes wrong."""
    show_records(TELLING)
