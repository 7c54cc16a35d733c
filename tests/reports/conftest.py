"""Runs made by hand: a summary with one finding of each severity, and the events around it."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import Any

import pytest

from bothends.engine.events import Event, RunFinished, RunStarted
from bothends.records import (
    Answer,
    AnswerTally,
    Breach,
    Case,
    Cause,
    Delivery,
    EventTally,
    Exchange,
    Finding,
    Instance,
    LawTally,
    NotProven,
    Request,
    Severity,
    Summary,
    UpstreamCall,
)
from bothends.reports import Surroundings
from tests.in_words import conditions

COOKIE = "eyJhbGciOiJkaXIiLCJlbmMiOiJBMjU2R0NNIn0..aWl2.Y2lwaGVydGV4dA.dGFn"
EVENT_KEY = "event-key-0123456789"


def named(name: str, finding: Finding) -> Finding:
    """Return a finding with an ID, that of its only instance."""
    return replace(finding, id=name, instances=(Instance(name, "postRoute", "200", ""),))


@dataclass
class Samples:
    """Makes records that are alike but for what a test is about."""

    cookie: str = COOKIE
    event_key: str = EVENT_KEY
    surroundings: Surroundings = field(
        default_factory=lambda: Surroundings(
            replay=lambda found: f"bothends replay {found}", secrets=lambda: [EVENT_KEY]
        )
    )

    def request(self) -> Request:
        """The usual request."""
        headers = (("Content-Type", "application/json"), ("Cache-Control", "no-cache"))
        return Request("POST", "/api/route", headers, b'{"data": "data"}')

    def delivery(self) -> Delivery:
        """An event that the ingest stored."""
        event = {"name": "app/route.requested", "appSettings": {}, "user": {"name": "Ada"}}
        return Delivery(
            number=1,
            post=1,
            received=100.02,
            settled=100.03,
            method="POST",
            path=f"/e/{EVENT_KEY}",
            headers=(),
            right_address=True,
            payload=event,
            event=event,
            consumed={"name": "app/route.requested", "user": {"name": "Ada"}},
            losses=(("/appSettings", "dropped"),),
            identity="delivery 1",
            attempt=1,
            stored=True,
            repeated=False,
            acknowledged=True,
            status=200,
        )

    def call(self) -> UpstreamCall:
        """A call to the settings that was answered rightly."""
        value = {"appName": "sx1x00000000"}
        return UpstreamCall("settings", 1, 100.01, 100.01, 200, value, None, "GET /settings", (), answered=True)

    def exchange(self) -> Exchange:
        """A signed-in request that was answered, and caused an event."""
        case = Case("postRoute", "success", "usual", self.request(), conditions("the ingest fails once"))
        sent = replace(case.request, headers=(*case.request.headers, ("Cookie", f"next-auth.session-token={COOKIE}")))
        answer = Answer(200, (("content-type", "application/json"),), b'{"success":"true"}', 18, "OK")
        return Exchange(
            7, case, {"name": "Ada"}, sent, answer, 100.0, 100.04, (self.delivery(),), (self.call(),), batch=1
        )

    def finding(self, severity: Severity = Severity.ERROR, **changes: str) -> Finding:
        """A finding about that exchange."""
        kind = changes.pop("cause", "")
        cause = Cause(kind) if kind else Cause("lost", location="/appSettings", source="dropped")
        texts: dict[str, Any] = {
            "law": "nothing-dropped",
            "summary": "The ingest drops a part of the event.",
            "expected": "the consumer receives what was sent",
            "actual": "/appSettings is dropped",
            **changes,
        }
        exchange = self.exchange()
        breach = Breach(severity=severity, cause=cause, exchange=exchange, **texts)
        return named("3f9a1c", Finding("", breach, exchange.case, 12, smaller=True, reproduced=True))

    def started(self) -> RunStarted:
        """The beginning of a run against a launched target."""
        return RunStarted(
            7, "openapi.yaml", ("POST /api/route",), "http://127.0.0.1:4000", ("python", "-m", "reference")
        )

    def summary(self, *findings: Finding, **changes: object) -> Summary:
        """The end of a run of two answers and two laws."""
        broken = len([finding for finding in findings if finding.breach.severity is Severity.ERROR])
        whole = Summary(
            seed=7,
            exchanges=1204,
            seconds=11.25,
            answers=(
                AnswerTally("postRoute", "200", "success", 40, 612),
                AnswerTally("postRoute", "504", "upstream-timeout", 2, 0),
            ),
            laws=(
                LawTally("declared-status", Severity.ERROR, 1204, 0),
                LawTally("nothing-dropped", Severity.ERROR, 612, 12 * broken),
                LawTally("allow-header", Severity.WARNING, 0, 0),
            ),
            findings=findings,
            not_proven=(),
            events=(EventTally("postRoute", "routeRequested", 612, 610),),
        )
        return replace(whole, **changes)  # type: ignore[arg-type]  # a test names the fields of Summary

    def not_proven(self) -> NotProven:
        """An answer that was not seen."""
        return NotProven("answer 504", "no exchange was answered so; give the target a shorter timeout")

    def run(self, summary: Summary) -> list[Event]:
        """The events that any run has."""
        return [self.started(), RunFinished(summary)]


@pytest.fixture
def samples() -> Samples:
    """Make records by hand."""
    return Samples()
