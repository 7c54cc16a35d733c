"""The reports that `bothends verify` writes: all of one run, in CI, and of a run that is interrupted."""

from __future__ import annotations

import json
import signal
import time
import xml.etree.ElementTree as ET
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from tests.reports.test_har import read as har
from tests.reports.test_sarif import read as sarif

if TYPE_CHECKING:
    from tests.cli.conftest import Project

SILENT = "tests.planted.event_not_sent"
BROKEN = "python -m tests.planted.boolean_true"
ONE = ("verify", "--seed", "7", "--only", "success/usual", "--command", BROKEN)


def test_all_reports_of_one_run_in_github_actions(project: Project) -> None:
    """Each file is there and tells the same; the annotation is at the line of the answer, the summary is added to."""
    summary = project.folder / "step-summary.md"
    summary.write_text("before\n")
    ci = {"GITHUB_ACTIONS": "true", "GITHUB_STEP_SUMMARY": str(summary), "GITHUB_WORKSPACE": str(project.folder)}
    names = {name: f"report.{name}" for name in ("json", "html", "junit", "markdown", "ndjson")}
    options = [word for name, file in names.items() for word in (f"--{name}", file)]
    told = replace(project, more=ci).call(*ONE, *options)
    assert 1 == told.code, told.err
    text = {name: (project.folder / file).read_text() for name, file in names.items()}
    report = json.loads(text["json"])
    assert ["answer-schema"] == [finding["law"] for finding in report["findings"]]
    assert "answer-schema" in text["html"]
    assert "1" == ET.fromstring(text["junit"]).get("failures")  # noqa: S314 -- it is our own
    assert text["markdown"].startswith("## BROKEN: answer-schema\n")
    assert f"before\n{text['markdown']}" == summary.read_text()
    last = json.loads(text["ndjson"].splitlines()[-1])
    assert report == last["report"]
    first, *_, resumed, annotation = told.out.splitlines()
    assert resumed == f"::{first.removeprefix('::stop-commands::')}::"
    spec = (project.folder / "openapi.yaml").read_text().splitlines()
    line = next(n for n, line in enumerate(spec, 1) if line.strip() == "'200':")
    assert annotation.startswith(f"::error file=openapi.yaml,line={line},title=answer-schema::")


@pytest.mark.parametrize(("target", "expected"), [("reference", []), ("tests.planted.boolean_true", ["answer-schema"])])
def test_code_scanning_sees_a_finding_at_its_line(project: Project, target: str, expected: list[str]) -> None:
    """A right target has no result; a wrong one has that of its law, at the line of the answer."""
    words = ("verify", "--seed", "7", "--only", "success/usual", "--command", f"python -m {target}")
    told = project.call(*words, "--sarif", "r.sarif")
    assert len(expected) == told.code, told.out
    run = sarif((project.folder / "r.sarif").read_text("utf-8"))
    assert expected == [one["ruleId"] for one in run["results"]]
    spec = (project.folder / "openapi.yaml").read_text().splitlines()
    places = [one["locations"][0]["physicalLocation"]["region"]["startLine"] for one in run["results"]]
    assert ["'200':"] * len(expected) == [spec[line - 1].strip() for line in places]
    assert ["error"] * len(expected) == [one["level"] for one in run["results"]]


@pytest.mark.parametrize(("target", "services"), [("reference", ["settings", "ingest"]), (SILENT, ["settings"])])
def test_an_archive_has_both_directions(project: Project, target: str, services: list[str]) -> None:
    """A right target's event is an entry beside the request; of one that sends none, there is none."""
    words = ("verify", "--seed", "7", "--only", "success/usual", "--command", f"python -m {target}")
    told = project.call(*words, "--har", "r.har")
    assert len(services) == 2 - told.code, told.out
    text = (project.folder / "r.har").read_text()
    log = har(text)
    first, *sent = log["entries"]
    assert ("to-target", "POST") == (first["_direction"], first["request"]["method"])
    usual = [one for one in log["pages"] if one["title"].startswith("success/usual")]
    assert [first["pageref"]] == [one["id"] for one in usual]
    assert set(services) == {one["_service"] for one in sent if one["_direction"] == "from-target"}
    cookies = [pair for one in log["entries"] for pair in one["request"]["cookies"]]
    assert {"[hidden]"} == {one["value"] for one in cookies}
    assert "eyJ" not in text  # the session is a token


def test_only_one_report_has_standard_output(project: Project) -> None:
    """Two of them would make one text that no program reads; one of them goes there whole."""
    told = project.call(*ONE, "--json", "-", "--junit", "-")
    assert (2, "") == (told.code, told.out)
    assert "--json and --junit can't both go to standard output." in told.err
    told = project.call(*ONE, "--markdown", "-")
    assert told.out.startswith("## BROKEN")
    assert "BROKEN: answer-schema" in told.err


@pytest.mark.measured
def test_an_interrupted_run_has_its_reports(project: Project) -> None:
    """Each line of the events is there as soon as it was told; the other reports say that it was interrupted."""
    reports = ("--html", "r.html", "--junit", "r.xml", "--ndjson", "r.ndjson", "--har", "r.har")
    with project.start("verify", "--seed", "7", "--profile", "quick", "--only", "[s-u]*", *reports) as process:
        events = project.folder / "r.ndjson"
        while not events.exists() or b"exchange-judged" not in events.read_bytes():
            assert process.poll() is None
            time.sleep(0.05)
        process.send_signal(signal.SIGINT)
        process.communicate(timeout=560)  # what was exchanged by then is still judged
    assert 130 == process.returncode
    lines = [json.loads(line) for line in events.read_text().splitlines()]
    assert ("run-started", "run-finished") == (lines[0]["event"], lines[-1]["event"])
    assert lines[-1]["report"]["interrupted"]
    assert "interrupted" in (project.folder / "r.html").read_text()
    archive = har((project.folder / "r.har").read_text())
    assert "The run was interrupted." in archive["comment"]
    judged = [line for line in lines if line["event"] == "exchange-judged"]
    assert len(judged) <= sum(one["_direction"] == "to-target" for one in archive["entries"])
    assert 'name="to its end"' in (project.folder / "r.xml").read_text()


def test_a_known_finding_is_lived_with_until_its_day(project: Project) -> None:
    """It is told and breaks nothing; expired it breaks, a replay asks anew, and a wrong file is told with its line."""
    known = project.folder / "known-findings.toml"
    broken = project.call(*ONE, "--json", "report.json")
    assert 1 == broken.code
    [finding] = json.loads((project.folder / "report.json").read_text())["findings"]
    [instance] = finding["instances"]
    entry = f'[[known]]\nid = "{instance["id"]}"\nreason = "issue 12"\nexpires = '
    known.write_text(f"{entry}9999-12-31\n")
    lived_with = project.call(*ONE)
    assert 0 == lived_with.code, lived_with.out
    assert "PROVEN: " in lived_with.out
    assert "; 1 known finding" in lived_with.out
    assert "1. known error: answer-schema" in lived_with.out
    assert "until 9999-12-31. issue 12" in lived_with.out
    assert 1 == project.call("replay", finding["id"]).code
    known.write_text(f"{entry}2020-01-01\n")
    expired = project.call(*ONE)
    assert 1 == expired.code
    assert "until 2020-01-01, expired: the finding counts again. issue 12" in expired.out
    known.write_text(f"{entry}never\n")
    wrong = project.call(*ONE)
    assert (2, "") == (wrong.code, wrong.out)
    assert "known-findings.toml:4" in wrong.err


def test_a_threshold_of_coverage(project: Project) -> None:
    """A part of the contract that is too small is not proven; what was not seen is named."""
    told = project.call("verify", "--only", "success/usual", "--coverage-threshold", "99")
    assert 4 == told.code, told.out
    assert "NOT PROVEN: 1 thing not shown: coverage of 99 %" in told.out
    assert "not seen: 400, 400 application/problem+json" in told.out
