"""Plain text: the same in every terminal, pipe and log."""

from __future__ import annotations

import io
from dataclasses import replace
from typing import TYPE_CHECKING

from bothends.engine.events import ExchangeJudged, RunFinished
from bothends.records import NotProven, Severity
from bothends.reports import PlainReport, version

if TYPE_CHECKING:
    from tests.reports.conftest import Samples

WHOLE = """\
bothends VERSION: POST /api/route of openapi.yaml at http://127.0.0.1:4000 (python -m reference), seed 7

BROKEN: nothing-dropped; 1 warning

1. error: nothing-dropped: The ingest drops a part of the event.
   promised  the consumer receives what was sent
   happened  /appSettings is dropped
   case      success/usual
   given     the ingest fails once
   seen      12 times; reproduced; request minimized
   request   curl -i -X POST http://127.0.0.1:4000/api/route -H 'Content-Type: application/json' \
-H 'Cache-Control: no-cache' -b "$COOKIE" --data-raw '{"data": "data"}'
   replay    bothends replay 3f9a1c

2. warning: allow-header: 405 without Allow
   promised  an Allow header
             in each 405
   happened  none
   case      success/usual
   given     the ingest fails once
   seen      12 times; reproduced; request minimized
   request   curl -i -X POST http://127.0.0.1:4000/api/route -H 'Content-Type: application/json' \
-H 'Cache-Control: no-cache' -b "$COOKIE" --data-raw '{"data": "data"}'
   replay    bothends replay 3f9a1c

not proven
   answer 504  no exchange was answered so; give the target a shorter timeout

answer  family            cases  seen
200     success              40   612
504     upstream-timeout      2     0

event           may come  came
routeRequested       612   610

`bothends words` explains the words of this report.

1,204 exchanges in 11.2 s, seed 7: BROKEN
"""

LAWS = """
law              severity  judged  broken
declared-status  error      1,204       0
nothing-dropped  error        612       0

1 law had nothing to judge: allow-header
"""

TRACED = """\

exchange 7: success/usual
   caller    {"name": "Ada"}
   given     the ingest fails once
   request   curl -i -X POST http://127.0.0.1:4000/api/route -H 'Content-Type: application/json' \
-H 'Cache-Control: no-cache' -b "$COOKIE" --data-raw '{"data": "data"}'
   upstream  settings: GET /settings -> 200 {"appName": "sx1x00000000"}
   event     POST /e/[hidden] -> 200, stored and acknowledged
             sent      {"name": "app/route.requested", "appSettings": {}, "user": {"name": "Ada"}}
             consumed  {"name": "app/route.requested", "user": {"name": "Ada"}}
             lost      /appSettings: dropped
   answer    200 application/json {"success":"true"}
   took      40 ms
   breaks    nothing-dropped
"""


def test_the_whole_page(samples: Samples) -> None:
    """A line when the run starts, and the page when it has ended: no colour, no box, no trailing space."""
    warning = samples.finding(
        Severity.WARNING,
        law="allow-header",
        summary="405 without Allow",
        expected="an Allow header\nin each 405",
        actual="none",
    )
    stream = io.StringIO()
    report = PlainReport(stream, samples.surroundings)
    for event in samples.run(samples.summary(samples.finding(), warning, not_proven=(samples.not_proven(),))):
        report.handle(event)
    report.close()
    assert WHOLE.replace("VERSION", version()) == stream.getvalue()


def test_all_is_told_to_who_asks(samples: Samples) -> None:
    """With `--verbose`, each law follows, and which had nothing to judge."""
    stream = io.StringIO()
    report = PlainReport(stream, replace(samples.surroundings, verbose=True))
    for event in samples.run(samples.summary()):
        report.handle(event)
    assert LAWS in stream.getvalue()


def test_it_is_quiet_while_the_run_goes_on(samples: Samples) -> None:
    """Not a terminal: nothing is told of single exchanges."""
    stream = io.StringIO()
    PlainReport(stream, samples.surroundings).handle(ExchangeJudged(samples.exchange(), ()))
    assert "" == stream.getvalue()


def test_a_replay_is_told_from_end_to_end(samples: Samples) -> None:
    """Each exchange of a replay is told: request, upstream calls, event, answer; a few of them at most."""
    stream = io.StringIO()
    report = PlainReport(stream, replace(samples.surroundings, traced=True))
    report.handle(samples.started())
    header = len(stream.getvalue())
    report.handle(ExchangeJudged(samples.exchange(), (samples.finding().breach,)))
    assert TRACED == stream.getvalue()[header:]
    for _ in range(20):
        report.handle(ExchangeJudged(samples.exchange(), ()))
    assert 6 == stream.getvalue().count("exchange 7")


def test_a_long_label_stands_above_its_text(samples: Samples) -> None:
    """A name as frameworks make them does not push the texts of all others to the right."""
    name = "update_task_projects__project_id__tasks__task_id__patch"
    short = NotProven("answer 504", "no exchange was answered so")
    long = NotProven(f"callback of {name}", "It never came.", add="x-when: true")
    written = io.StringIO()
    PlainReport(written, samples.surroundings).handle(RunFinished(replace(samples.summary(), not_proven=(short, long))))
    assert (
        "not proven\n"
        "   answer 504  no exchange was answered so\n"
        f"   callback of {name}\n"
        "               It never came.\n"
        "               add  x-when: true\n"
    ) in written.getvalue()
    written = io.StringIO()
    PlainReport(written, samples.surroundings).handle(RunFinished(replace(samples.summary(), not_proven=(long,))))
    assert f"   callback of {name}\n      It never came.\n      add  x-when: true\n" in written.getvalue()
