"""Exchanges and deliveries as lines: what was refused, in doubt, repeated or never came."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from bothends.records import NoAnswer
from bothends.reports import Redactor, delivery_lines, trace
from bothends.reports.exchange import answer_line, call_line
from tests.in_words import condition

if TYPE_CHECKING:
    from tests.reports.conftest import Samples

REDACTOR = Redactor(["event-key-0123456789"])


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({}, "200, stored and acknowledged"),
        ({"acknowledged": False}, "in doubt: stored, but the target disconnected before the acknowledgement"),
        ({"repeated": True, "attempt": 2}, "200, attempt 2 of an event that is already stored"),
        ({"status": 400, "refusal": "no \x07 name"}, r"400, refused: no \x07 name"),
        ({"fault": condition("the ingest hangs"), "stored": False}, "fault: the ingest hangs"),
        ({"fault": condition("the ingest hangs")}, "fault: the ingest hangs, stored anyway"),
    ],
)
def test_what_became_of_a_delivery(samples: Samples, changes: dict[str, object], expected: str) -> None:
    """The first line of a delivery says how the ingest took it; the key in its path is hidden."""
    delivery = replace(samples.delivery(), **changes)  # type: ignore[arg-type]  # the parameters name its fields
    assert f"POST /e/[hidden] -> {expected}" == delivery_lines(delivery, REDACTOR)[0]


def test_a_delivery_that_was_not_stored_has_no_consumer(samples: Samples) -> None:
    """Only what was sent is shown, cut to what a person reads."""
    delivery = replace(samples.delivery(), consumed=None, losses=(), event={"name": "x" * 5000})
    lines = delivery_lines(delivery, REDACTOR)
    assert 2 == len(lines)
    assert len(lines[1]) < 700


def test_a_fault_of_an_upstream(samples: Samples) -> None:
    """A call that met a fault says which."""
    call = replace(samples.call(), status=None, value=None, fault=condition("the settings hangs"))
    assert "settings: GET /settings -> fault: the settings hangs" == call_line(call, REDACTOR)


def test_answers_in_one_line(samples: Samples) -> None:
    """An answer's media type and body, or why there is none, on one harmless line."""
    answer = samples.exchange().answer
    assert '200 application/json {"success":"true"}' == answer_line(answer, REDACTOR)
    bare = replace(samples.exchange(), answer=NoAnswer("reset")).answer
    assert "none (reset)" == answer_line(bare, REDACTOR)
    assert r"none (not-http: \x1b[1m)" == answer_line(NoAnswer("not-http", "\x1b[1m"), REDACTOR)


def test_an_exchange_without_an_event(samples: Samples) -> None:
    """That nothing was sent is said, and a case without a state has no line for it."""
    exchange = samples.exchange()
    exchange = replace(exchange, deliveries=(), session=None, case=replace(exchange.case, given=()))
    fields = {field.label: field.lines for field in trace(exchange, "http://x", REDACTOR).fields}
    assert (("none",), ("with a credential of the request's own",)) == (fields["event"], fields["caller"])
    exchange = replace(exchange, sent=replace(exchange.sent, headers=()))
    fields = {field.label: field.lines for field in trace(exchange, "http://x", REDACTOR).fields}
    assert ("signed out",) == fields["caller"]
    assert "given" not in fields
