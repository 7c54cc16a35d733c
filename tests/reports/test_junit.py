"""JUnit XML: valid by its schema whatever a target answers, with names that stay the same from run to run."""

from __future__ import annotations

import xml.etree.ElementTree as ET
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

from hypothesis import given
from hypothesis import strategies as st

from bothends.engine.events import RunFinished
from bothends.records import LawTally, PactTally, Severity
from bothends.reports.junit import JunitReport, xml_of
from tests.reports import snapshots
from tests.reports.conftest import Samples, named
from tests.reports.html_run import full_run

if TYPE_CHECKING:
    import xmlschema

    from bothends.records import Summary


@cache
def schema() -> xmlschema.XMLSchema:
    """Return the schema, which is compiled where a test needs it: each worker collects this module."""
    import xmlschema  # noqa: PLC0415 -- likewise

    return xmlschema.XMLSchema(Path(__file__).with_name("junit.xsd"))


def valid(text: str) -> ET.Element:
    """Return the document's root, once the schema has been asked."""
    schema().validate(text)
    return ET.fromstring(text)  # noqa: S314 -- it is our own


def outcomes(root: ET.Element) -> dict[str, str]:
    """Return each test's outcome by its class and name."""
    cases = list(root.iter("testcase"))
    return {f"{case.get('classname')}/{case.get('name')}": case[0].tag if len(case) else "" for case in cases}


def test_a_hostile_run_is_valid(samples: Samples) -> None:
    """Findings of each weight, with script, escape sequences, NUL and half of a surrogate pair in them."""
    *_, last = full_run(samples)
    assert isinstance(last, RunFinished)
    root = valid(xml_of(last.summary, samples.started(), samples.surroundings))
    told = outcomes(root)
    assert "failure" == told["bothends.laws/answer-schema"]
    assert "skipped" == told["bothends.laws/one-event"]
    assert "system-out" == told["bothends.laws/allow-told"]
    assert "skipped" == told["bothends.laws/allow-header"]
    assert "" == told["bothends.laws/declared-status"]
    assert "skipped" == told["bothends.answers/postRoute 504 (upstream-timeout)"]
    assert "error" == told["bothends.not proven/answer 504"]


@given(st.text(st.characters()))
def test_any_text_makes_a_valid_document(text: str) -> None:
    """Whatever a summary, a pact's name or a log holds, the document is well-formed and valid."""
    samples = Samples()
    finding = samples.finding(summary=text, actual=text, expected=text, cause=text)
    pact = PactTally(text, text, text, 2, 1)
    summary = samples.summary(finding, pacts=(pact,), target_failure=text, harness_failure=text, interrupted=True)
    valid(xml_of(summary, None, samples.surroundings))


def test_counts_are_those_of_the_tests(samples: Samples) -> None:
    """Tests, failures, errors and skipped ones add up, suite by suite and in all."""
    summary = whole(samples)
    root = valid(xml_of(summary, samples.started(), samples.surroundings))
    for suite in root.iter("testsuite"):
        counted = [len(suite.findall(f"testcase/{tag}")) for tag in ("failure", "error", "skipped")]
        assert [str(n) for n in counted] == [suite.get("failures"), suite.get("errors"), suite.get("skipped")]
        assert str(len(suite.findall("testcase"))) == suite.get("tests")
    assert root.get("tests") == str(len(root.findall("testsuite/testcase")))


def whole(samples: Samples) -> Summary:
    """A run that has something of everything."""
    warning = named("feed01", samples.finding(Severity.WARNING, law="allow-header"))
    return samples.summary(
        samples.finding(),
        named("feed02", samples.finding(cause="other", summary="Another.")),
        warning,
        laws=(
            LawTally("nothing-dropped", Severity.ERROR, 612, 12),
            LawTally("allow-header", Severity.WARNING, 3, 1),
            LawTally("drains", Severity.ERROR, 0, 0),
        ),
        not_proven=(samples.not_proven(),),
        target_failure="It died.\nIts log is in the state folder.",
        pacts=(
            PactTally("web-route.json", "web", "route", 3, 2),
            PactTally("empty.json", "web", "route", 0, 0),
            PactTally("kept.json", "web", "route", 1, 1),
        ),
    )


def test_what_a_test_view_shows(samples: Samples) -> None:
    """The whole document, as a snapshot."""
    text = xml_of(whole(samples), samples.started(), samples.surroundings)
    valid(text)
    snapshots.check("junit.xml", text)


def test_it_is_written_when_the_run_has_ended(samples: Samples, tmp_path: Path) -> None:
    """Also of a run whose target never got ready."""
    path = tmp_path / "junit.xml"
    report = JunitReport(path, samples.surroundings)
    report.handle(RunFinished(samples.summary(target_failure="It never got ready.", exchanges=0)))
    report.close()
    assert "error" == outcomes(valid(path.read_text()))["bothends.run/the target"]
