"""Coverage: what of the contract exchanges have shown, and what a threshold makes of it."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from bothends.engine.counts import Counts
from bothends.engine.evidence.coverage import MOST_NAMED, CoverageMeter, short_of
from bothends.records import Answer, Coverage, CoveragePoint, Expectation, Kind, NoAnswer
from tests.laws import kept

if TYPE_CHECKING:
    from bothends.records import Exchange

JSON = (("content-type", "application/problem+json; charset=utf-8"),)


def seen(*exchanges: Exchange) -> set[str]:
    """Return the labels of the points that exchanges have shown."""
    meter = CoverageMeter(Counts(), [kept.operation()])
    for exchange in exchanges:
        meter.note(kept.operation(), exchange)
    return {point.label for point in meter.coverage().points if point.seen}


def refused(status: int, body: bytes, headers: tuple[tuple[str, str], ...] = JSON, size: int | None = None) -> Exchange:
    """Return an exchange that was answered so, and caused no event."""
    answer = Answer(status, headers, body, len(body) if size is None else size)
    return replace(kept.exchange(), answer=answer, deliveries=())


def test_a_success_shows_its_answer_and_its_event() -> None:
    """The answer, its media type and fields; the event, its fields and the branches that it took."""
    shown = seen(kept.exchange())
    assert {"200", "200 application/json", "200 application/json /success", "event routeRequested"} < shown
    assert 'event routeRequested /data/appSettings/environment: "staging"' in shown
    assert "event routeRequested /user/image: null" in shown
    assert "event routeRequested /user/image: string" not in shown
    assert not any(name.startswith(("4", "5")) for name in shown)


PROBLEM = b'{"type":"about:blank","title":"t","status":401,"detail":"d"}'


def test_a_refusal_shows_the_fields_that_it_has() -> None:
    """An optional field counts when it was there."""
    shown = seen(refused(401, PROBLEM))
    where = "401 application/problem+json"
    assert {"401", where, f"{where} /type", f"{where} /title", f"{where} /status", f"{where} /detail"} == shown


@pytest.mark.parametrize(
    ("body", "headers", "expected"),
    [
        (b"not JSON", JSON, {"401", "401 application/problem+json"}),
        (b'{"type":1}', JSON, {"401", "401 application/problem+json"}),
        (PROBLEM, (), {"401"}),
        (PROBLEM, (("content-type", "text/html"),), {"401"}),
    ],
)
def test_what_is_wrong_shows_no_field(body: bytes, headers: tuple[tuple[str, str], ...], expected: set[str]) -> None:
    """A body that is not what was declared shows that the answer was given, and no more."""
    assert expected == seen(refused(401, body, headers))


def test_what_is_not_the_operations_shows_nothing() -> None:
    """Another method, an undeclared status, an answer that may be the HTTP library's, no answer."""
    good = kept.exchange()
    case = good.case
    assert set() == seen(replace(good, case=replace(case, request=replace(case.request, method="PUT"))))
    assert set() == seen(refused(418, PROBLEM), replace(good, answer=NoAnswer("reset"), deliveries=()))
    odd = replace(case, behaviour="the client half-closes", expect=Expectation(any_answer=True))
    assert set() == seen(replace(refused(401, PROBLEM), case=odd))
    assert {"401", "401 application/problem+json"} == seen(refused(401, PROBLEM, size=1 << 20))


def test_an_event_that_breaks_its_schema_is_not_seen() -> None:
    """The event counts when it is one."""
    wrong = kept.exchange(deliveries=(kept.delivery(event={"name": "other"}),))
    assert not any(name.startswith("event") for name in seen(wrong))


def coverage(seen: int, unseen: int) -> Coverage:
    """Return a coverage of so many points."""
    flags = [True] * seen + [False] * unseen
    return Coverage(tuple(CoveragePoint("o", Kind.FIELD, "200", f"/{n}", seen=flag) for n, flag in enumerate(flags)))


def test_a_threshold_that_is_missed_is_not_proven() -> None:
    """It says how much was seen, and names what was not; reached, or without one, nothing is said."""
    [item] = short_of(coverage(90, 10), 90.5)
    assert "coverage of 90.5 %" == item.what
    assert item.why.startswith("90 % of the contract was seen, 90 of 100; not seen: 200 /90,")
    assert item.why.endswith(f" and {10 - MOST_NAMED} more.")
    assert [] == short_of(coverage(90, 10), 90)
    assert [] == short_of(coverage(0, 3), None)
    assert short_of(coverage(1, 1), 51)[0].why.endswith("not seen: 200 /1.")


def test_a_percentage_is_rounded_down() -> None:
    """100 is said only when all was seen; of nothing, all was seen."""
    assert (99.9, 100.0, 100.0) == (coverage(9999, 1).percent, coverage(5, 0).percent, coverage(0, 0).percent)
