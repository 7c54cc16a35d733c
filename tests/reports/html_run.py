"""Runs for the HTML report: one with all that a report can have, hostile answers among it, and one that is long."""

from __future__ import annotations

import random
from dataclasses import replace
from datetime import date
from typing import TYPE_CHECKING

from bothends.engine.events import BatchStarted, ExchangeJudged, RunFinished
from bothends.records import (
    Answer,
    Case,
    Coverage,
    CoveragePoint,
    Exchange,
    Kind,
    KnownFinding,
    KnownTally,
    NoAnswer,
    PactTally,
    Request,
    Severity,
)
from bothends.reports.blocks import Appendix, Band, Cell, Entry, Field, Line, Row, Table, Tone
from bothends.reports.html.report import details, pieces, row
from bothends.reports.html.spool import BLOCK, Spool
from bothends.reports.sanitize import Redactor, escape
from tests.reports.conftest import named

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from bothends.engine.events import Event
    from tests.reports.conftest import Samples

HOSTILE = {
    "script": "<script>window.pwned = 1; alert('pwned')</script>",
    "closing": "</script></style></pre></details><script>window.pwned = 2</script>",
    "handler": '"><img src=x onerror="window.pwned = 3">',
    "comment": "<!--<script>",
    "ansi": "\x1b[31mred\x1b[0m\x1b]0;title\x07",
    "right-to-left": "abc\u202egnp.exe\u202c",
    "nul": "a\x00b\x85c\u2028d",
    "surrogate": "\ud800half",
    "megabyte": "M" * (1 << 20),
}
"""What a target may answer, and what no report may obey."""
DISTINCT = 16 * BLOCK
COVERAGE = Coverage(
    (
        CoveragePoint("postRoute", Kind.ANSWER, "200", "", seen=True),
        CoveragePoint("postRoute", Kind.MEDIA_TYPE, "200 application/json", "", seen=True),
        CoveragePoint("postRoute", Kind.FIELD, "200 application/json", "/success", seen=True),
        CoveragePoint("postRoute", Kind.ANSWER, "504", "", seen=False),
        CoveragePoint("postRoute", Kind.EVENT, "event routeRequested", "", seen=True),
        CoveragePoint("postRoute", Kind.BRANCH, "event routeRequested", "/user/name: null", seen=False),
    )
)
APPENDIX = Appendix(
    "Score",
    (Line("score: 50 %"),),
    "Lies noticed",
    tuple(
        Band(f"{escape(name)}: answer 200", tuple(Cell(escape(text[:200]), part, 4) for part in range(5)))
        for name, text in HOSTILE.items()
    ),
    (("Lies", Table(("lie", "noticed"), frozenset({1}), (Row((escape(HOSTILE["closing"]), "1")),))),),
    (Entry(escape(HOSTILE["closing"]), Tone.DOUBT, (Field("line", (escape(HOSTILE["script"]),)),)),),
    (("Not scored", (escape(HOSTILE["handler"]),)),),
)
"""A section of its own, as what `--score` adds: of texts that are harmless in a terminal, and no more than that."""


def hostile_exchanges(samples: Samples) -> Iterator[Exchange]:
    """Yield an exchange for each hostile text: as its answer, in its event, in its request."""
    for number, (name, text) in enumerate(HOSTILE.items(), 100):
        body = text.encode(errors="surrogatepass")
        answer = Answer(200, (("content-type", "text/html"),), body[: 1 << 16], len(body))
        delivery = replace(samples.delivery(), event={"name": text, text[:40]: 1}, consumed=None, payload=None)
        request = Request("POST", "/api/route", (("X-Odd", "a"),), body[:2000])
        case = Case("postRoute", "hostile", name, request)
        kept = samples.exchange()
        yield replace(kept, number=number, case=case, answer=answer, deliveries=(delivery,), calls=kept.calls)


def full_run(samples: Samples) -> Iterator[Event]:
    """Yield a run with findings of each kind, coverage, hostile exchanges, one without an answer."""
    yield samples.started()
    yield BatchStarted(1, (), 1, ("success",))
    yield ExchangeJudged(samples.exchange(), ())
    hostile = list(hostile_exchanges(samples))
    findings = [samples.finding()]
    for place, exchange in enumerate(hostile):
        text = HOSTILE[exchange.case.name]
        finding = samples.finding(cause=str(place), summary=f"The answer is {text}.", actual=text, law="answer-schema")
        breach = replace(finding.breach, exchange=exchange)
        findings.append(replace(finding, id=f"bad{place:05}", breach=breach, case=exchange.case))
        yield ExchangeJudged(exchange, (breach,))
    yield ExchangeJudged(replace(samples.exchange(), number=300, answer=NoAnswer("reset"), deliveries=()), ())
    warning = replace(
        named("feed0001", samples.finding(Severity.WARNING, law="allow-told", cause="none")), reproduced=False
    )
    lived_with = named("feed0002", samples.finding(law="one-event", cause="two"))
    known = KnownFinding("the vendor mends it in May", date(2030, 5, 31), id="feed0002", line=1)
    gone = KnownFinding("long mended", date(2020, 1, 1), law="drains", cause="lost", line=5)
    yield RunFinished(
        samples.summary(
            *findings,
            warning,
            lived_with,
            not_proven=(samples.not_proven(),),
            coverage=COVERAGE,
            pacts=(PactTally(HOSTILE["script"], "web", "route", 2, 1),),
            known=(KnownTally(known, ("feed0002",), expired=False), KnownTally(gone, (), expired=True)),
            log=("reference: listening", HOSTILE["ansi"], HOSTILE["closing"]),
        )
    )


def usual_run(samples: Samples) -> Iterator[Event]:
    """Yield a run as a person meets it: two findings, and a list of exchanges."""
    for event in long_run(samples, 40):
        if isinstance(event, RunFinished):
            warning = samples.finding(Severity.WARNING, law="allow-told", summary="A 405 names no allowed method.")
            findings = (samples.finding(), replace(named("feed0001", warning), reproduced=False))
            yield RunFinished(samples.summary(*findings, coverage=COVERAGE))
        else:
            yield event


def long_report(samples: Samples, exchanges: int, path: Path) -> None:
    """Write the report of a run of many exchanges, told in a fraction of the time.

    What is packed is a block at a time, so exchanges that come again many blocks later take the room of new ones.
    """
    judged = [event for event in long_run(samples, DISTINCT) if isinstance(event, ExchangeJudged)]
    redactor = Redactor(samples.surroundings.secrets())
    kept = [(event.exchange.case.family, row(event, redactor), details(event, "$TARGET", redactor)) for event in judged]
    spool = Spool()
    for place in range(exchanges):
        family, shown, told = kept[place % DISTINCT]
        spool.add(family, [place + 1, *shown[1:]], told if spool.wants_details(family, broken=False) else None)
    summary = samples.summary(exchanges=exchanges)
    with path.open("wb") as file:
        file.writelines(pieces(summary, samples.started(), samples.surroundings, spool))
    spool.close()


def long_run(samples: Samples, exchanges: int) -> Iterator[Event]:
    """Yield a run of many exchanges, no two of them alike, as a real one's are not."""
    drawn = random.Random(7)  # noqa: S311 -- the same in each run
    yield samples.started()
    for number in range(1, exchanges + 1):
        token = f"{drawn.getrandbits(48):012x}"
        user = {"name": f"Zoë {token}", "email": f"{token}@example.com", "image": None}
        settings = {"appName": f"s{drawn.getrandbits(40):010x}", "locale": "de-CH", "features": {"dark": True}}
        event = {"id": f"{drawn.getrandbits(64):016x}", "user": user, "data": {"appSettings": settings}}
        began = 100.0 + number / 100 + drawn.random() / 1000
        delivery = replace(samples.delivery(), event=event, consumed=event, received=began + drawn.random() / 100)
        call = replace(samples.call(), value=settings, began=began + 0.001, ended=began + 0.002)
        case = Case("postRoute", f"family-{number % 40}", f"case {number}", samples.request())
        status = drawn.choice((200, 200, 401, 422, 502))
        yield ExchangeJudged(
            replace(
                samples.exchange(),
                number=number,
                case=case,
                session=user,
                answer=Answer(status, (("content-type", "application/json"),), b'{"success":"true"}', 18),
                began=began,
                ended=began + drawn.random() / 10,
                deliveries=(replace(delivery, losses=()),) if status == 200 else (),
                calls=(call,),
            ),
            (),
        )
    yield RunFinished(samples.summary(exchanges=exchanges))
