"""The JSON report: as its schema says, whole or not at all, without secrets."""

from __future__ import annotations

import io
import json
from dataclasses import replace
from datetime import date
from typing import TYPE_CHECKING, Any

import jsonschema_rs
import pytest

from bothends.engine.events import RunFinished
from bothends.errors import HarnessError
from bothends.records import (
    Answer,
    Consequence,
    Coverage,
    CoveragePoint,
    Kind,
    KnownFinding,
    KnownTally,
    NoAnswer,
    PactTally,
    Severity,
    Step,
)
from bothends.reports import JsonReport, schema
from bothends.reports.json_report import document, written
from bothends.reports.writers import put
from tests.in_words import conditions

if TYPE_CHECKING:
    from pathlib import Path

    from bothends.records import Summary
    from tests.reports.conftest import Samples


@pytest.fixture(scope="module")
def validator() -> jsonschema_rs.Draft202012Validator:
    """The shipped schema, which must be one itself."""
    jsonschema_rs.meta.validate(schema())
    return jsonschema_rs.Draft202012Validator(schema())


def whole(samples: Samples) -> Summary:
    """A run that has something of everything."""
    finding = samples.finding()
    exchange = replace(samples.exchange(), answer=NoAnswer("reset", "after 3 bytes"), deliveries=())
    warning = replace(finding, breach=replace(finding.breach, severity=Severity.WARNING, exchange=exchange))
    phantom = replace(finding, breach=replace(finding.breach, exchange=None), reproduced=None)
    return samples.summary(
        finding,
        warning,
        phantom,
        not_proven=(samples.not_proven(),),
        target_failure="It died.",
        log=("boom",),
        pacts=(PactTally("web-route.json", "web", "route", 3, 2),),
    )


def test_the_document_is_what_the_schema_says(samples: Samples, validator: jsonschema_rs.Draft202012Validator) -> None:
    """Every document is valid: of a whole run, of an empty one, of one whose target never got ready."""
    for summary, started in [
        (whole(samples), samples.started()),
        (samples.summary(), samples.started()),
        (samples.summary(exchanges=0, interrupted=True, answers=(), laws=()), None),
    ]:
        validator.validate(json.loads(written(document(summary, started, samples.surroundings))))


def test_pacts_are_told_with_how_they_fared(samples: Samples) -> None:
    """Who relies on whom, how much was verified, and how much of it held."""
    told = document(whole(samples), samples.started(), samples.surroundings)["pacts"]
    row = {"file": "web-route.json", "consumer": "web", "provider": "route", "interactions": 3, "held": 2}
    assert [row] == told


def test_the_keys_that_programs_read(samples: Samples) -> None:
    """Verdict, seed, exchanges, seconds, answers, findings and what is not proven have their names."""
    shown = document(whole(samples), samples.started(), samples.surroundings)
    assert ("broken", 1, 7, 1204, 11.25) == tuple(
        shown[key] for key in ("verdict", "exit_code", "seed", "exchanges", "seconds")
    )
    expected = {"operation": "postRoute", "status": "200", "family": "success", "cases": 40, "seen": 612}
    assert expected == shown["answers"][0]
    finding = shown["findings"][0]
    assert {
        "law": "nothing-dropped",
        "severity": "error",
        "summary": "The ingest drops a part of the event.",
        "case": "success/usual",
        "replay": "bothends replay 3f9a1c",
    }.items() <= finding.items()
    assert {"text": '{"data": "data"}', "size": 16} == finding["request"]["body"]
    assert "answer 504" == shown["not_proven"][0]["what"]


def test_no_secret_is_in_it(samples: Samples) -> None:
    """Neither the key nor the cookie is in the document, in whatever field they came."""
    finding = samples.finding(actual=f"{samples.event_key} and {samples.cookie}", summary=samples.event_key)
    exchange = samples.exchange()
    body = b"\xff" + samples.event_key.encode()
    headers = (("set-cookie", "s=abc"), ("x-echo", samples.cookie))
    exchange = replace(exchange, answer=Answer(500, headers, body, len(body)))
    request = replace(finding.case.request, headers=(("Cookie", samples.cookie),), body=samples.event_key.encode())
    finding = replace(
        finding, breach=replace(finding.breach, exchange=exchange), case=replace(finding.case, request=request)
    )
    summary = samples.summary(finding, log=(samples.event_key,), harness_failure=samples.event_key)
    text = written(document(summary, samples.started(), samples.surroundings))
    assert samples.event_key not in text
    assert samples.cookie not in text
    assert "s=abc" not in text


def test_hostile_values_are_bounded_json(samples: Samples, validator: jsonschema_rs.Draft202012Validator) -> None:
    """NaN, lone surrogates, bytes that are not UTF-8 and huge bodies still make a valid document."""
    body = b"\xff\xfe" * 50_000
    event = {"n": float("nan"), "s": "\ud800", "i": 1 << 40_000, "deep": [[[[]]]] * 1000}
    delivery = replace(samples.delivery(), event=event, consumed=None)
    exchange = replace(samples.exchange(), answer=Answer(200, (), body, len(body)), deliveries=(delivery,) * 50)
    finding = samples.finding()
    finding = replace(finding, breach=replace(finding.breach, exchange=exchange))
    text = written(document(samples.summary(finding), samples.started(), samples.surroundings))
    value: dict[str, Any] = json.loads(text)
    validator.validate(json.loads(text.replace("\\ud800", "")))
    assert len(text) < 200_000
    assert 100_000 == value["findings"][0]["exchange"]["answer"]["body"]["size"]
    assert "nan" == value["findings"][0]["exchange"]["deliveries"][0]["event"]["n"]


def test_coverage_and_known_findings(samples: Samples, validator: jsonschema_rs.Draft202012Validator) -> None:
    """Each point of the contract, seen or not; each known finding, with what it is about."""
    point = CoveragePoint("o", Kind.MEDIA_TYPE, "200 application/json", "", seen=True)
    entry = KnownFinding(f"see {samples.event_key}", date(2030, 5, 31), id="3f9a1c")
    known = KnownTally(entry, ("3f9a1c",), expired=False)
    summary = samples.summary(samples.finding(), coverage=Coverage((point,)), known=(known,))
    shown = document(summary, samples.started(), samples.surroundings)
    validator.validate(shown)
    where = {"operation": "o", "kind": "media type", "where": "200 application/json", "what": "", "seen": True}
    assert {"percent": 100.0, "seen": 1, "points": [where]} == shown["coverage"]
    assert [("see [hidden]", "2030-05-31", ["3f9a1c"])] == [
        (one["reason"], one["expires"], one["findings"]) for one in shown["known"]
    ]
    assert "proven" == shown["verdict"]


def test_it_is_written_to_a_file_when_the_run_has_ended(samples: Samples, tmp_path: Path) -> None:
    """Nothing stands there before the end; then the whole document does, and no other file."""
    path = tmp_path / "report.json"
    report = JsonReport(path, samples.surroundings)
    report.handle(samples.started())
    assert not path.exists()
    report.handle(RunFinished(samples.summary(interrupted=True)))
    report.close()
    assert json.loads(path.read_text())["interrupted"]
    assert [path] == list(tmp_path.iterdir())


def test_it_is_written_to_a_stream(samples: Samples) -> None:
    """Standard output gets the same document."""
    stream = io.StringIO()
    report = JsonReport(stream, samples.surroundings)
    for event in samples.run(samples.summary()):
        report.handle(event)
    assert "proven" == json.loads(stream.getvalue())["verdict"]


def test_a_full_disk_is_an_error_of_the_harness(tmp_path: Path) -> None:
    """A report that can't be written is told, with the place and the reason."""
    full = tmp_path / "full"
    full.symlink_to("/dev/full")
    with pytest.raises(HarnessError, match="No space left on device"):
        put(full, "{}", "--json")


def test_what_stood_there_stays_when_writing_fails(tmp_path: Path) -> None:
    """A report is whole or it is the old one; nothing half written is left."""
    place = tmp_path / "folder" / "report.json"
    with pytest.raises(HarnessError, match="No such file"):
        put(place, "{}", "--json")
    place.parent.mkdir()
    place.write_text("old")
    with pytest.raises(HarnessError, match="Is a directory"):
        put(place.parent, "new", "--json")
    assert ([place], "old") == (list(place.parent.iterdir()), place.read_text())


def test_a_flaky_finding_has_its_history(samples: Samples, validator: jsonschema_rs.Draft202012Validator) -> None:
    """Programs read whether it is flaky, what its replay plays, which cases showed it, and what follows from it."""
    step = Step(conditions("the ingest hangs"), ("upstream-timeout",), 2, 1)
    flaky = replace(
        samples.finding(),
        reproduced=False,
        cases=("success/usual",),
        more_cases=3,
        history=(step,),
        consequences=(Consequence("event-schema", "This too.", 4, "this", "that"),),
    )
    shown = document(samples.summary(flaky), samples.started(), samples.surroundings)
    validator.validate(shown)
    [finding] = shown["findings"]
    assert (True, False, ["success/usual"], 3) == tuple(
        finding[key] for key in ("flaky", "reproduced", "cases", "more_cases")
    )
    history = {"given": ["the ingest hangs"], "families": ["upstream-timeout"], "requests": 2, "at_once": 1}
    assert [history] == finding["history"]
    too = {"law": "event-schema", "summary": "This too.", "count": 4, "expected": "this", "actual": "that"}
    assert [too] == finding["consequences"]


def test_what_no_shell_sends_has_no_line(samples: Samples, validator: jsonschema_rs.Draft202012Validator) -> None:
    """A request that is sent in a manner of its own has the manner, its raw text, and no line for a shell."""
    finding = samples.finding()
    request = replace(finding.case.request, raw=b"GET / HTTP/9.9\r\n\r\n")
    case = replace(finding.case, request=request, behaviour="the client half-closes")
    shown = document(samples.summary(replace(finding, case=case)), samples.started(), samples.surroundings)
    validator.validate(shown)
    sent = shown["findings"][0]["request"]
    assert ("the client half-closes", "GET / HTTP/9.9\r\n\r\n", None) == (
        sent["manner"],
        sent["raw"]["text"],
        sent["curl"],
    )
