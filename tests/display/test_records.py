"""Records show themselves: exchanges as diagrams, events side by side, nothing hostile obeyed, no secret told."""

from __future__ import annotations

import html
import re
from dataclasses import replace
from html.parser import HTMLParser
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bothends.display import Breaches, Telling
from bothends.display.exchange import Tried, render_answers, render_breaches, render_exchange, render_findings
from bothends.display.formatters import MOST_LINES, render_delivery
from bothends.display.summary import MOST_DOTS, render_summary, render_times
from bothends.records import Answer, Coverage, CoveragePoint, Kind, NoAnswer
from tests.reports.conftest import COOKIE, EVENT_KEY, Samples
from tests.reports.html_run import hostile_exchanges

if TYPE_CHECKING:
    from bothends.display import Rendered

TELLING = Telling(frozenset({EVENT_KEY}), "http://127.0.0.1:4000")


class Elements(HTMLParser):
    """What elements and attributes an HTML text has."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.tags: set[str] = set()
        self.attributes: list[tuple[str, str]] = []
        self.feed(text)

    def handle_starttag(  # noqa: D102 -- the parser calls it
        self, tag: str, attrs: list[tuple[str, str | None]]
    ) -> None:
        self.tags.add(tag)
        self.attributes += [(name, value or "") for name, value in attrs]


def assert_harmless(shown: Rendered) -> None:
    """Assert that HTML runs nothing and loads nothing, and that text repaints no terminal."""
    elements = Elements(shown.html)
    assert set() == elements.tags & {"script", "img", "iframe", "object", "embed", "link", "base", "form", "a"}
    assert [] == [name for name, _ in elements.attributes if name.startswith("on") or name in {"href", "src"}]
    assert "url(" not in shown.html
    assert "@import" not in shown.html
    for text in (shown.html, shown.text):
        assert set() == set(text) & set("\x1b\x00\u202e\ud800")
        assert len(text) < 200_000


def words_of(shown: Rendered) -> str:
    """Return the text of HTML, without its style."""
    return html.unescape(re.sub("<[^>]*>", " ", re.sub("<style>.*?</style>", "", shown.html, flags=re.DOTALL)))


def test_exchange_is_a_diagram_with_times(samples: Samples) -> None:
    """An exchange has a line for each party, an arrow with its time for each step, and one line that sums it up."""
    shown = render_exchange(samples.exchange(), TELLING)
    words = words_of(shown)
    assert "exchange 7: given the ingest fails once: 200 application/json, 1 event, 40 ms" in words
    assert {"svg", "details"} <= Elements(shown.html).tags
    for expected in ("caller", "route", "settings", "ingest", "GET /settings", "10 ms", "20 ms", "200 stored"):
        assert expected in words


def test_exchange_in_a_terminal_is_what_happened_when(samples: Samples) -> None:
    """Without HTML an exchange is its summary and one line for each moment."""
    lines = render_exchange(samples.exchange(), TELLING).text.splitlines()
    assert ["caller", "upstream", "event", "answer"] == [line.split()[2] for line in lines[1:]]


def test_exchange_without_an_answer_says_why(samples: Samples) -> None:
    """Where no answer came, its place has the reason."""
    exchange = replace(samples.exchange(), answer=NoAnswer("reset"), deliveries=())
    assert "no answer (reset), no event, 40 ms" in words_of(render_exchange(exchange, TELLING))


def test_event_stands_beside_what_a_consumer_receives(samples: Samples) -> None:
    """What the ingest has dropped is marked in what was sent, and nothing else."""
    shown = render_delivery(samples.delivery(), TELLING)
    assert ['  "appSettings": {},'] == [html.unescape(text) for text in re.findall("<del>(.*?)</del>", shown.html)]
    assert "<ins>" not in shown.html
    assert "changed silently: /appSettings: dropped" in words_of(shown)
    assert ["sent", "consumed", "lost"] == [line.split()[0] for line in shown.text.splitlines()[1:]]


def test_event_that_the_ingest_has_changed_is_marked_on_both_sides(samples: Samples) -> None:
    """A value that became another one is marked where it was and where it is; what was added, where it is."""
    delivery = replace(
        samples.delivery(),
        event={"list": [1, 2], "same": {"a/b": 1}},
        consumed={"list": [1, 3], "same": {"a/b": 1}, "id": "x"},
    )
    shown = render_delivery(delivery, TELLING).html
    assert ["    2"] == re.findall("<del>(.*?)</del>", shown)
    assert ["    3", "  &quot;id&quot;: &quot;x&quot;"] == re.findall("<ins>(.*?)</ins>", shown)


def test_event_that_was_not_stored_is_received_by_nobody(samples: Samples) -> None:
    """Nothing stands beside an event that the ingest refused, and nothing in it is marked."""
    shown = render_delivery(replace(samples.delivery(), consumed=None, losses=(), stored=False), TELLING)
    assert "received by a consumer nothing" in " ".join(words_of(shown).split())
    assert "<del>" not in shown.html


def test_long_event_is_cut(samples: Samples) -> None:
    """No more lines of an event are shown than a person reads."""
    deep = {str(n): {str(m): m for m in range(20)} for n in range(40)}
    shown = render_delivery(replace(samples.delivery(), event=deep, consumed=deep), TELLING)
    first = re.findall("<pre>(.*?)</pre>", shown.html, re.DOTALL)[0]
    assert MOST_LINES + 1 == len(first.splitlines())


def test_breach_has_promise_happening_diagram_and_law(samples: Samples) -> None:
    """A broken law tells what was promised beside what happened, draws the exchange, and names its source."""
    shown = render_breaches([samples.finding().breach], TELLING)
    words = " ".join(words_of(shown).split())
    assert "promised the consumer receives what was sent happened /appSettings is dropped" in words
    assert "law nothing-dropped:" in words
    assert "source:" in words
    assert "svg" in Elements(shown.html).tags
    assert "promised  the consumer receives what was sent" in shown.text


def test_breach_of_no_exchange_has_no_diagram(samples: Samples) -> None:
    """An event that belongs to no exchange is told in words alone."""
    shown = render_breaches([replace(samples.finding().breach, exchange=None)], TELLING)
    assert "svg" not in Elements(shown.html).tags


def test_no_breach_is_good_news() -> None:
    """Where nothing is broken it is said so; as a list it is empty all the same."""
    assert [] == Breaches(())
    assert "No law is broken." in render_breaches((), TELLING).text
    assert "No law is broken." in words_of(render_breaches((), TELLING))


def test_findings_have_the_smallest_request_and_the_replay(samples: Samples) -> None:
    """A finding tells how to send it again, and how to play it again."""
    words = " ".join(words_of(render_findings([samples.finding()], TELLING)).split())
    assert """curl -i -X POST http://127.0.0.1:4000/api/route""" in words
    assert "bothends replay 3f9a1c" in words
    assert "None." in words_of(render_findings((), TELLING))


def test_run_is_coverage_of_answers_and_laws(samples: Samples) -> None:
    """A run shows each answer and each law with its numbers, and how much of the contract was seen."""
    points = tuple(CoveragePoint("postRoute", Kind.ANSWER, s, "", seen=s == "200") for s in ("200", "504"))
    summary = samples.summary(samples.finding(), coverage=Coverage(points), not_proven=(samples.not_proven(),))
    shown = render_summary(summary, TELLING)
    words = " ".join(words_of(shown).split())
    assert "BROKEN nothing-dropped" in words
    assert "200 success 40 612 504 upstream-timeout 2 0" in words
    assert "declared-status error 1,204 0" in words
    assert "50 % of the contract was seen, 1 of 2; not seen: 504" in words
    assert "not proven answer 504" in words
    assert "50 % of the contract" in shown.text
    assert_harmless(shown)


def test_part_of_a_run_says_nothing_of_coverage(samples: Samples) -> None:
    """Where only some cases were asked for, what was not seen is no omission; where none was played, no table is."""
    assert "of the contract" not in words_of(render_summary(samples.summary(whole=False), TELLING))
    none = render_summary(samples.summary(exchanges=0, target_failure="It did not start."), TELLING)
    assert "table" not in Elements(none.html).tags
    assert "It did not start." in words_of(none)


def test_times_are_dots_and_a_median_for_each_family() -> None:
    """Each family has a row with a dot for each exchange, up to a bound, and its median in numbers."""
    shown = render_times({"success": [1.0, 2.0, 3.0], "crowd": [float(n) for n in range(1, 1001)], "none": []})
    assert 3 + MOST_DOTS == shown.html.count("<circle")
    assert "2.0 ms" in words_of(shown)
    assert ["success", "3", "2.0", "3.0", "3.0"] == shown.text.splitlines()[1].split()
    assert "No request was sent." == render_times({}).text
    assert_harmless(shown)


@given(st.dictionaries(st.text(max_size=30), st.lists(st.floats(0, 1e7), max_size=200), max_size=5))
def test_times_are_always_inside_the_drawing(times: dict[str, list[float]]) -> None:
    """Whatever was measured, each dot lies within the drawing."""
    shown = render_times(times)
    assert all(0 <= float(x) <= 760 for x in re.findall(r'cx="([^"]*)"', shown.html))


def test_table_of_answers_has_a_row_for_each_state(samples: Samples) -> None:
    """Each state has what was promised, what was answered, what became of the event, and the laws that broke."""
    exchange = samples.exchange()
    well = replace(exchange, case=replace(exchange.case, given=()), answer=NoAnswer("timeout"), deliveries=())
    shown = render_answers([Tried(exchange, (samples.finding().breach,)), Tried(well, ())], TELLING)
    rows = [" ".join(line.split()) for line in shown.text.splitlines()]
    assert "the ingest fails once any declared 200 application/json 1 1 1 40 nothing-dropped" == rows[1]
    assert "all services work any declared timeout 0 0 0 40 none" == rows[2]
    assert '<tr class="bad">' in shown.html


def test_nothing_hostile_is_obeyed(samples: Samples) -> None:
    """Markup, escapes and right-to-left marks of a target are shown as text, and a megabyte is cut."""
    for exchange in hostile_exchanges(samples):
        breach = replace(samples.finding().breach, exchange=exchange, actual=str(exchange.deliveries[0].event))
        assert_harmless(render_exchange(exchange, TELLING))
        assert_harmless(render_delivery(exchange.deliveries[0], TELLING))
        assert_harmless(render_delivery(replace(exchange.deliveries[0], consumed={"name": "x"}), TELLING))
        assert_harmless(render_breaches([breach], TELLING))
        assert_harmless(render_findings([replace(samples.finding(), breach=breach, case=exchange.case)], TELLING))
        assert_harmless(render_answers([Tried(exchange, (breach,))], TELLING))


@pytest.mark.parametrize("secret", [COOKIE, EVENT_KEY])
def test_no_secret_is_shown(samples: Samples, secret: str) -> None:
    """Cookies and keys are hidden, wherever a target puts them."""
    exchange = samples.exchange()
    delivery = replace(exchange.deliveries[0], event={"name": secret, secret: 1}, consumed={"name": secret})
    answer = Answer(200, (("content-type", secret),), secret.encode(), len(secret))
    exchange = replace(exchange, answer=answer, deliveries=(delivery,))
    breach = replace(samples.finding().breach, exchange=exchange, actual=secret, summary=secret)
    finding = replace(samples.finding(), breach=breach)
    for shown in (
        render_exchange(exchange, TELLING),
        render_delivery(delivery, TELLING),
        render_breaches([breach], TELLING),
        render_findings([finding], TELLING),
        render_summary(samples.summary(finding, log=(secret,)), TELLING),
        render_answers([Tried(exchange, (breach,))], TELLING),
    ):
        assert secret not in shown.html
        assert secret not in shown.text
