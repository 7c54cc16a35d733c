"""Steps and their drawing: who told whom what, in the order it happened; hostile texts stay text."""

from __future__ import annotations

import xml.etree.ElementTree as ET
from dataclasses import replace
from typing import TYPE_CHECKING

from bothends.records import NoAnswer
from bothends.reports.exchange import MOST_STEPS, Mood, parties, steps, svg
from bothends.reports.sanitize import Redactor
from tests.in_words import condition
from tests.reports.html_run import hostile_exchanges

if TYPE_CHECKING:
    from tests.reports.conftest import Samples

NOTHING = Redactor()


def test_the_steps_are_in_the_order_of_time(samples: Samples) -> None:
    """Request, call and its answer, event and its acknowledgement, answer, each with its milliseconds."""
    told = steps(samples.exchange(), Redactor([samples.event_key]))
    assert [
        (0.0, "caller", "route", "POST /api/route"),
        (10.0, "route", "settings", "GET /settings"),
        (10.0, "settings", "route", "200"),
        (20.0, "route", "ingest", "POST /e/[hidden]"),
        (30.0, "ingest", "route", "200 stored"),
        (40.0, "route", "caller", "200 application/json"),
    ] == [(step.at, step.sender, step.receiver, step.text) for step in told]
    assert ("caller", "route", "settings", "ingest") == parties(told)


def test_a_service_that_nothing_reached_is_in_the_drawing(samples: Samples) -> None:
    """Its state is told where its line is; of one that was reached, its answer says it. An ingest has its own name."""
    given = tuple(map(condition, ("the settings is unreachable", "the ingest fails once")))
    case = replace(samples.exchange().case, given=given)
    exchange = replace(samples.exchange(), case=case, calls=())
    told = steps(exchange, NOTHING)
    assert ("caller", "route", "settings", "ingest") == parties(told)
    (state,) = (step for step in told if step.sender == step.receiver)
    assert ("settings", "the settings is unreachable", Mood.BAD) == (state.sender, state.text, state.mood)
    drawn = svg(told, "title")
    assert "0 ms settings: the settings is unreachable;" in drawn
    assert len(told) - 1 == drawn.count("<path")
    other = replace(exchange, deliveries=(replace(samples.delivery(), ingest="hooks"),))
    assert "hooks" in parties(steps(other, NOTHING))


def test_what_went_wrong_is_marked(samples: Samples) -> None:
    """Faults, refusals, what was not acknowledged or came again, and no answer at all."""
    kept = samples.delivery()
    deliveries = (
        replace(kept, fault=condition("the ingest hangs"), stored=True),
        replace(kept, fault=condition("the ingest hangs"), stored=False),
        replace(kept, refusal="no name", status=400),
        replace(kept, acknowledged=False),
        replace(kept, repeated=True),
    )
    call = replace(samples.call(), fault=condition("the settings answers 500"))
    exchange = replace(samples.exchange(), deliveries=deliveries, calls=(call,), answer=NoAnswer("reset"))
    told = [step for step in steps(exchange, NOTHING) if step.reply]
    assert [
        "fault: the settings answers 500",
        "fault: the ingest hangs, stored anyway",
        "fault: the ingest hangs",
        "400 refused: no name",
        "stored, not acknowledged in time",
        "200 stored again",
        "no answer: reset",
    ] == [step.text for step in told]
    assert [Mood.BAD] * 5 + [Mood.GOOD, Mood.BAD] == [step.mood for step in told]


def test_many_steps_are_cut_in_the_middle(samples: Samples) -> None:
    """A route that calls without end has no drawing without end; how it ended is kept."""
    exchange = replace(samples.exchange(), calls=(samples.call(),) * 300)
    told = steps(exchange, NOTHING)
    assert MOST_STEPS == len(told)
    assert "(+581 steps)" == told[-2].text
    assert "200 application/json" == told[-1].text
    assert "(+581 steps)" in svg(told, "cut")


def test_the_drawing_is_well_formed_whatever_was_answered(samples: Samples) -> None:
    """It is XML, has a title and all steps in words, and an arrow for each."""
    for exchange in hostile_exchanges(samples):
        call = replace(samples.call(), upstream=exchange.case.request.body.decode(errors="replace"))  # type: ignore[union-attr]  # each has one
        told = steps(replace(exchange, calls=(call,)), NOTHING)
        root = ET.fromstring(svg(told, "<hostile> & so on"))  # noqa: S314 -- it is our own
        kinds = [element.tag.rpartition("}")[2] for element in root.iter()]
        assert (1, 1, len(told)) == (kinds.count("title"), kinds.count("desc"), kinds.count("path"))
        assert {"svg", "title", "desc", "text", "line", "path"} == set(kinds)


def test_raw_bytes_have_no_method(samples: Samples) -> None:
    """What is no well-framed request is called what it is."""
    exchange = samples.exchange()
    request = replace(exchange.case.request, raw=b"GET / HTTP/9\r\n\r\n")
    told = steps(replace(exchange, case=replace(exchange.case, request=request)), NOTHING)
    assert "raw bytes" == told[0].text
