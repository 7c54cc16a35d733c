"""The HTML report in real Chromium: it asks nobody, obeys nothing hostile, can be read and searched."""

from __future__ import annotations

import os
import re
import tracemalloc
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from bothends.engine.events import RunFinished
from bothends.reports.glossary import meanings
from bothends.reports.html import HtmlReport
from bothends.reports.html.report import pieces
from bothends.reports.html.spool import BLOCK, EACH_FAMILY, Spool
from tests.reports.browser import CONTRAST, chromium
from tests.reports.html_run import APPENDIX, HOSTILE, full_run, long_report, long_run, usual_run

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from bothends.engine.events import Event
    from bothends.reports.blocks import Appendix
    from tests.reports.browser import Page
    from tests.reports.conftest import Samples

PICTURES = Path(__file__).parent.parent.parent / "docs" / "images"
NAMELESS = """
[...document.querySelectorAll('button, input, select, a, svg[role=img], [tabindex="0"]')]
  .filter((e) => !(e.ariaLabel || e.textContent.trim() || e.labels?.length || e.querySelector?.('title')))
  .map((e) => e.outerHTML.slice(0, 80))
"""
"""What can be reached or heard, and has no name."""


def write(events: Iterable[Event], samples: Samples, path: Path, appendix: Appendix | None = None) -> Path:
    """Write the report of a run, with a section of its own at the end."""
    report = HtmlReport(path, replace(samples.surroundings, appendix=lambda _: appendix))
    for event in events:
        report.handle(event)
    report.close()
    return path


@pytest.fixture(scope="module")
def tab() -> Iterator[Page]:
    """A tab of one browser for all tests of this file."""
    with chromium() as page:
        yield page


@pytest.fixture
def page(tab: Page, samples: Samples, tmp_path: Path) -> Iterator[Page]:
    """The report of a run that has something of everything, opened; afterwards nothing may have gone wrong."""
    tab.look("light", 1100, 900)
    tab.open(write(full_run(samples), samples, tmp_path / "report.html", APPENDIX))
    yield tab
    tab.value("1")  # takes what the browser has told meanwhile
    assert ([], [], []) == (tab.errors, tab.asked, tab.dialogs)


def test_hostile_texts_are_shown_as_text(page: Page) -> None:
    """Nothing of what a target has answered runs, makes an element, or turns a line round."""
    assert page.value("window.pwned === undefined")
    assert 0 == page.value("document.querySelectorAll('img, iframe, a:not(.skip, .words, .law)').length")
    scripts = "[...document.scripts].filter((s) => !s.type).length"
    assert 1 == page.value(scripts)
    shown = page.value("document.body.innerText")
    assert HOSTILE["script"] in shown
    assert HOSTILE["closing"] in shown
    assert "\\x1b[31mred" in shown
    assert "abc\\u202egnp.exe" in shown
    assert not re.search(r"[\x00\x1b\x85\u202e\u2028]", page.value("document.documentElement.textContent"))


def test_hostile_details_are_shown_as_text(page: Page) -> None:
    """An opened exchange shows what was answered, cut to what a person reads, and its steps with their times."""
    for name in HOSTILE:
        assert page.search(f"hostile/{name}").startswith("1 of ")
        page.value("document.querySelector('#rows button').click()")
        page.wait("document.querySelector('tr.opened dl') !== null")
        details = page.value("document.querySelector('tr.opened').innerText")
        assert len(details) < 10_000
        assert "route → ingest" in details
    assert page.value("window.pwned === undefined")
    assert "MMMM" in details
    assert "(+" in details


def test_the_words_are_in_the_report(page: Page) -> None:
    """The head leads to them, and they need nothing but this file."""
    assert "#words" == page.value("document.querySelector('header a').getAttribute('href')")
    shown = page.value("[...document.querySelectorAll('#words ~ details dt')].map((one) => one.textContent)")
    assert [word for word, _ in meanings()] == shown


def test_the_name_of_a_law_leads_to_what_it_demands(page: Page) -> None:
    """In a finding and in the table; a browser unfolds it. Each link has its place."""
    page.value("document.querySelector('details.finding summary a.law').click()")
    page.wait("document.querySelector('#law-nothing-dropped').closest('details').open")
    shown = page.value("document.querySelector('#law-nothing-dropped').innerText")
    assert "The ingest stores the complete event" in shown
    missing = "[...document.querySelectorAll('a.law')].filter((one) => !document.querySelector(one.hash))"
    assert 0 == page.value(f"{missing}.length")
    assert page.value("document.querySelectorAll('th a.law').length") > 0


def test_findings_come_first_and_unfold(page: Page) -> None:
    """The first finding is open; the others open at a click and at a key."""
    headings = page.value("[...document.querySelectorAll('h1, h2')].map((h) => h.innerText.split(' ')[0])")
    assert ["BROKEN", "Findings", "Coverage", "Score", "Exchanges", "Log", "Laws", "Words"] == headings
    opened = "[...document.querySelectorAll('details.finding')].slice(0, 3).map((d) => d.open)"
    assert [True, False, False] == page.value(opened)
    page.value("document.querySelectorAll('details.finding summary')[1].click()")
    page.value("document.querySelectorAll('details.finding summary')[2].focus()")
    page.press("Enter", 13, "\r")
    assert [True, True, True] == page.value(opened)
    first = page.value("document.querySelector('details.finding').innerText")
    for text in (
        "the consumer receives what was sent",
        "/appSettings is dropped",
        "bothends replay 3f9a1c --by-hand",
        "curl -i",
    ):
        assert text in first
    assert page.value("document.querySelector('details.finding svg title').textContent.includes('exchange 7')")
    assert "route to ingest" in page.value("document.querySelector('details.finding svg desc').textContent")


def test_what_is_known_flaky_or_not_proven_is_told(page: Page) -> None:
    """Each weight has its word: known findings with their reason, flaky ones, entries that did not show."""
    page.value("for (const each of document.querySelectorAll('details')) each.open = true")
    shown = page.value("document.body.innerText")
    for text in (
        "known error",
        "warning, flaky",
        "until 2030-05-31. the vendor mends it in May",
        "long mended",
        "answer 504",
        "reference: listening",
    ):
        assert text in shown


def test_coverage_names_what_was_not_seen(page: Page) -> None:
    """Under its answer or event stands each field and branch, seen or not; the laws and answers are tables."""
    shown = page.value("document.querySelector('section[aria-labelledby=coverage]').innerText")
    assert "66.6 % of the contract was seen, 4 of 6" in shown
    page.value("for (const each of document.querySelectorAll('.points')) each.open = true")
    points = page.value("[...document.querySelectorAll('.points li')].map((li) => li.innerText)")
    assert "/user/name: null not seen" in points
    assert "/success seen" in points
    captions = page.value("[...document.querySelectorAll('caption')].map((c) => c.innerText)")
    assert ["Declared answers", "Laws", "Pacts", "Lies noticed", "Exchanges"] == captions


def test_a_map_has_its_numbers_beside_its_colours(page: Page) -> None:
    """The warmer, the more is as it should be: all, and nothing, have a colour of their own."""
    first = "[...document.querySelector('.map .cells').children].map((e) => [e.className, e.lastChild.textContent])"
    assert [[f"warm-{part}", f" {part} of 4"] for part in range(5)] == page.value(first)
    colours = (
        "new Set([...document.querySelector('.map .cells').children].map((e) => getComputedStyle(e).backgroundColor))"
    )
    assert 5 == page.value(f"{colours}.size")


def test_the_search_finds_cases_answers_and_bodies(page: Page) -> None:
    """Words are looked for in the rows, and on demand in what was sent and received; a filter narrows."""
    assert "11 of 11 exchanges" == page.search("")
    assert "1 of 11 exchanges" == page.search("HOSTILE ansi")
    assert "0 of 11 exchanges" == page.search("zoë nowhere")
    assert "0 of 11 exchanges" == page.search("img.example")
    assert "1 of 11 exchanges" == page.search("onerror", deep=True)
    assert "9 of 11 exchanges" == page.search("", which="broken")
    assert "1 of 11 exchanges" == page.search("reset", which="unanswered")
    page.value("byId('text').value = 'ansi'; byId('search').dispatchEvent(new Event('input', {bubbles: true}))")
    page.search("", which="all")


def test_it_is_read_by_keyboard_and_by_ear(page: Page) -> None:
    """All that can be reached has a name, an exchange opens at a key, and the list says how much it shows."""
    assert [] == page.value(NAMELESS)
    page.value("document.querySelector('#rows button').focus()")
    page.press(" ", 32, " ")
    page.wait("document.querySelector('tr.opened dl') !== null")
    button = "document.activeElement"
    assert "true" == page.value(f"{button}.getAttribute('aria-expanded')")
    assert page.value(f"document.getElementById({button}.getAttribute('aria-controls')) !== null")
    page.press(" ", 32, " ")
    assert page.value("document.querySelector('tr.opened') === null")
    assert "status" == page.value("byId('count').getAttribute('role')")


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_it_has_contrast_and_fits_a_phone(page: Page, scheme: str) -> None:
    """In both schemes each text can be read, and on a phone nothing makes the page wider than it is."""
    page.value("for (const each of document.querySelectorAll('details')) each.open = true")
    page.value("document.querySelector('#rows button').click()")
    page.wait("document.querySelector('tr.opened dl') !== null")
    page.look(scheme, 1100, 900)
    assert [] == page.value(CONTRAST)
    page.look(scheme, 390, 800)
    assert page.value("document.documentElement.scrollWidth <= 390")
    assert [] == page.value(CONTRAST)


def test_no_secret_is_in_it(samples: Samples, tmp_path: Path, page: Page) -> None:
    """Neither the key nor the cookie is in the file, the packed exchanges included."""
    text = (tmp_path / "report.html").read_text()
    unpacked = page.value("Promise.all([unpacked('index'), unpacked('block-0')]).then((all) => all.flat().join())")
    assert "hostile/script" in unpacked
    for secret in (samples.event_key, samples.cookie, samples.cookie[40:]):
        assert secret not in text + unpacked


@pytest.mark.alone
def test_a_hundred_thousand_exchanges_open_soon(tab: Page, samples: Samples, tmp_path: Path) -> None:
    """Within 2 s, on a machine that does nothing else."""
    path = tmp_path / "long.html"
    long_report(samples, 100_000, path)
    tab.look("light", 1100, 900)
    assert min(tab.open(path) for _ in range(3)) <= 2


@pytest.mark.long
def test_a_hundred_thousand_exchanges(tab: Page, samples: Samples, tmp_path: Path) -> None:
    """The file has at most 20 MiB, lays out a page of rows, and is searched to its end."""
    path = tmp_path / "long.html"
    long_report(samples, 100_000, path)
    assert path.stat().st_size <= 20 * 1024 * 1024
    tab.look("light", 1100, 900)
    tab.open(path)
    assert 100 == tab.value("document.querySelectorAll('#rows tr').length")
    assert "1 of 100,000 exchanges" == tab.search("99999 family-15")
    tab.value("document.querySelector('#rows button').click()")
    tab.wait("document.querySelector('tr.opened dl') !== null")
    assert "100,000 of 100,000 exchanges" == tab.search("")
    tab.value("byId('next').click()")
    assert "page 2 of 1,000" == tab.value("byId('page').textContent")
    tab.value("byId('back').click()")
    assert "1" == tab.value("document.querySelector('#rows button').textContent")
    assert ([], []) == (tab.errors, tab.asked)


def test_memory_does_not_grow_with_the_run(samples: Samples, tmp_path: Path) -> None:
    """Of thousands of exchanges no more is held than one block, however many have been."""
    report = HtmlReport(tmp_path / "report.html", samples.surroundings)
    events = list(long_run(samples, 4 * BLOCK))
    tracemalloc.start()
    held = []
    for event in events:
        report.handle(event)
        held.append(tracemalloc.get_traced_memory()[0])
    tracemalloc.stop()
    report.close()
    assert held[4 * BLOCK] - held[2 * BLOCK] < 100_000


def test_a_run_that_never_began_has_a_report(tab: Page, samples: Samples, tmp_path: Path) -> None:
    """Without a target there is no exchange, and why stands at the top."""
    failed = samples.summary(exchanges=0, answers=(), laws=(), target_failure="It never got ready.\nSee its log.")
    tab.open(write([RunFinished(failed)], samples, tmp_path / "failed.html"))
    shown = tab.value("document.body.innerText")
    assert shown.lstrip().splitlines()[1].startswith("NOT PROVEN the target failed: It never got ready.")
    assert "0 of 0 exchanges" in shown
    assert ([], []) == (tab.errors, tab.asked)


def test_rows_without_details_say_so(tab: Page, samples: Samples, tmp_path: Path) -> None:
    """What was left out for want of room is told in the list's head and in the row."""
    spool = Spool()
    spool.add("first", [1, "first/one", "", 200, 1, 3, ""], None)
    path = tmp_path / "short.html"
    path.write_bytes(b"".join(pieces(samples.summary(), samples.started(), samples.surroundings, spool)))
    spool.close()
    tab.open(path)
    assert "For 1 of them this file has only the row" in tab.value("document.body.innerText")
    tab.value("document.querySelector('#rows button').click()")
    tab.wait("document.querySelector('tr.opened').innerText.startsWith('This file has only the row')")


def test_what_breaks_a_law_is_kept_when_room_is_short() -> None:
    """Beyond half of the room only new families and broken laws have details; beyond all of it, none has."""
    spool = Spool(most_bytes=2000)
    for number in range(BLOCK):
        spool.add("first", [number], os.urandom(4).hex())
    assert spool.wants_details("first", broken=True)
    assert not spool.wants_details("first", broken=False) or EACH_FAMILY > BLOCK
    assert spool.wants_details("second", broken=False)
    for number in range(BLOCK):
        spool.add("first", [number], os.urandom(40).hex())
    assert not spool.wants_details("second", broken=True)
    spool.add("second", [1], None)
    assert (2 * BLOCK + 1, 1) == (spool.rows, spool.left_out)
    assert 3 == len(list(spool.blocks()))
    spool.close()


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_pictures_for_the_documents(tab: Page, samples: Samples, tmp_path: Path, scheme: str) -> None:
    """With `UPDATE_PICTURES=1` what is seen is kept with the documents; else only that there is something to see."""
    tab.look(scheme, 1000, 1250)
    tab.open(write(usual_run(samples), samples, tmp_path / "usual.html"))
    picture = tab.picture()
    assert picture.startswith(b"\x89PNG")
    if os.environ.get("UPDATE_PICTURES"):
        PICTURES.mkdir(parents=True, exist_ok=True)
        (PICTURES / f"report-{scheme}.png").write_bytes(picture)
