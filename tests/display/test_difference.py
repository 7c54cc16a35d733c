"""A change of a contract in a notebook: a drawing of whom it breaks, and both lines with a value."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from bothends.diff import Audience, Change, Reach, Reliance, Spot, Verdict
from bothends.display.difference import Concerned, concerned, render_difference
from bothends.errors import Location
from bothends.notebook import diff

OLD = Spot(Location(Path("old.yaml"), "/a", 3), "required: [a]")
NEW = Spot(Location(Path("new.yaml"), "/a", 4), "required: []")
PAGE = Reliance("page", Location(Path("page.json"), "/interactions/0", 9), "the page is shown")


def change(**more: Any) -> Change:
    """Return a break for consumers, with what is asked for instead."""
    usual = {
        "rule": "presence",
        "verdict": Verdict.BREAK,
        "audience": Audience.CONSUMERS,
        "subject": "event placed of POST /orders",
        "problem": "/a may now be missing.",
        "part": "event",
    }
    return Change(**{**usual, "old": OLD, "new": NEW, **more})


def test_who_is_concerned() -> None:
    """Those whose pacts rely on it, else all whom it can break; of what breaks nobody, nobody."""
    assert (Concerned("consumers"),) == concerned(change())
    assert (Concerned("consumers", "no pact relies on it"),) == concerned(change(relied=()))
    assert (Concerned("page", "one of the consumers"),) == concerned(change(relied=(PAGE, PAGE)))
    nobody = (Concerned("nobody"),)
    assert nobody == concerned(change(verdict=Verdict.COMPATIBLE))
    assert nobody == concerned(change(accepted="It is known."))
    assert (Concerned("consumers"),) == concerned(change(verdict=Verdict.UNDECIDED))


def test_the_drawing_has_a_line_for_each_who_is_concerned() -> None:
    """One for a change of which two rely, one for another; the text says the same."""
    other = Reliance("mailer", PAGE.where, "a mail")
    shown = render_difference(
        [
            change(relied=(PAGE, other)),
            change(verdict=Verdict.UNDECIDED, part="answer 200", subject="POST /orders", witness=(None,)),
        ]
    )
    assert 3 == shown.html.count("stroke-width")
    assert 2 + 3 == shown.html.count("<rect")
    assert [
        "1 of 2 changes breaks somebody; 1 undecided",
        "  event placed of POST /orders: /a may now be missing. -> breaks page and mailer",
        "  answer 200 of POST /orders: /a may now be missing. -> may break consumers",
    ] == shown.text.splitlines()
    assert "old.yaml:3 /a" in shown.html
    assert "required: [a]" in shown.html
    assert "by mailer: page.json:9 /interactions/0 (a mail)" in shown.html
    assert "allowed now" in shown.html


def test_a_value_that_is_sent_is_one_that_is_refused() -> None:
    """Of a request it is the old contract that allowed it."""
    shown = render_difference([change(reach=Reach(part="request"), witness=({"a": 1},))])
    assert "refused now" in shown.html
    assert "{&quot;a&quot;: 1}" in shown.html


def test_no_text_of_a_contract_is_markup() -> None:
    """Neither of a document, nor of a pact, nor of a value; long ones are cut in the drawing alone."""
    bad = "<script>\x1b[31m" + "x" * 100
    pact = Reliance(bad, PAGE.where, bad)
    shown = render_difference([change(problem=bad, subject=bad, witness=(bad,), relied=(pact,))])
    assert "<script" not in shown.html
    assert "\x1b" not in shown.html + shown.text
    assert "…" in shown.html


def test_nothing_has_changed(tmp_path: Path) -> None:
    """Then there is nothing to draw."""
    spec = tmp_path / "openapi.yaml"
    spec.write_text("openapi: 3.1.0\ninfo: {title: t, version: '1'}\npaths: {}\n", "utf-8")
    found = diff(spec, spec, tmp_path / "bothends.toml")
    assert ("no change", ()) == (repr(found), found.breaks)
    assert "<svg" not in found._repr_html_()
    assert "no break; 1 change" == render_difference([change(verdict=Verdict.COMPATIBLE)]).text.splitlines()[0]
