"""Annotations: at the line that is broken, escaped as the runner reads them, and nothing else is obeyed."""

from __future__ import annotations

import io
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from hypothesis import given
from hypothesis import strategies as st

from bothends.contract import load
from bothends.engine.events import RunFinished
from bothends.errors import Location
from bothends.laws import Scope, all_laws
from bothends.laws.runs import PACT
from bothends.records import Case, Expectation, NoAnswer, Request
from bothends.reports.github import GithubReport, github_command, place, run_annotations
from tests.reports import snapshots
from tests.reports.html_run import full_run

if TYPE_CHECKING:
    import pytest

    from bothends.contract import Contract
    from bothends.records import Finding
    from tests.reports.conftest import Samples

ROOT = Path(__file__).parent.parent.parent


def contract() -> Contract:
    """The project's own contract."""
    return load(ROOT / "bothends.toml")


def line(finding: Finding, text: str) -> str:
    """Return the line that a finding is put at; it must be of the file that is named."""
    where = place(finding, contract())
    assert where is not None
    assert text == where.file.name
    assert where.line is not None
    return where.file.read_text().splitlines()[where.line - 1].strip()


def about(samples: Samples, law: str, **changes: object) -> Finding:
    """A finding of a law, its case changed."""
    finding = samples.finding(law=law)
    return replace(finding, case=replace(finding.case, **changes))  # type: ignore[arg-type]  # fields of Case


def test_the_line_is_that_of_the_promise(samples: Samples) -> None:
    """The callback for the event's laws, the right answer for the answer's, the interaction for a pact's."""
    assert "post:" == line(about(samples, "event-schema"), "openapi.yaml")
    refused = about(samples, "family-status", expect=Expectation(statuses=frozenset({401})))
    assert "'401':" == line(refused, "openapi.yaml")
    unclear = about(samples, "declared-status", expect=Expectation(statuses=frozenset({502, 503})))
    assert "'200':" == line(unclear, "openapi.yaml")
    nothing = replace(unclear.breach, exchange=None)
    assert "post:" == line(replace(unclear, breach=nothing), "openapi.yaml")
    silent = replace(nothing, exchange=replace(samples.exchange(), answer=NoAnswer("reset")))
    assert "post:" == line(replace(unclear, breach=silent), "openapi.yaml")
    pact = about(samples, PACT.name, family="pact", name="web-route/a request of a user")
    assert '"description": "a request of a user",' == line(pact, "web-route.json")
    gone = about(samples, PACT.name, family="pact", name="web-route/no such thing")
    assert "{" == line(gone, "web-route.json")


def test_what_has_no_place_has_no_line(samples: Samples) -> None:
    """A pact that is not there, a contract without pacts, an operation that nobody knows."""
    pact = about(samples, PACT.name, family="pact", name="nobody/nothing")
    assert place(pact, contract()) is None
    without = contract()
    without = replace(without, settings=replace(without.settings, pacts=None))
    assert place(pact, without) is None
    assert place(replace(samples.finding(), case=Case("x", "f", "n", Request("GET", "/"))), without) is None


def test_every_law_of_the_event_is_put_at_the_callback() -> None:
    """A law says itself that its promise stands there: all in that folder do."""
    of_the_event = {law.name for law in all_laws() if law.scope is Scope.EVENT}
    assert {"no-phantom", "own-event", "provenance"} <= of_the_event
    folder = ROOT / "src" / "bothends" / "laws" / "event"
    text = "".join(file.read_text() for file in folder.glob("*.py"))
    assert set() == {law.name for law in all_laws() if f'name="{law.name}"' in text} - of_the_event


def test_what_the_runner_is_told(samples: Samples, monkeypatch: pytest.MonkeyPatch) -> None:
    """Errors, warnings, known findings as notices, what was not proven; a snapshot."""
    monkeypatch.setenv("GITHUB_WORKSPACE", str(ROOT))
    *_, last = full_run(samples)
    assert isinstance(last, RunFinished)
    summary = replace(last.summary, target_failure="It died.\n100% gone", findings=last.summary.findings[:2])
    known = [finding for finding in last.summary.findings if finding.id.startswith("feed")]
    summary = replace(summary, findings=(*summary.findings, *known))
    lines = list(run_annotations(summary, replace(samples.surroundings, contract=contract())))
    snapshots.check("annotations.txt", "\n".join(lines) + "\n")


@given(st.text(), st.text())
def test_a_command_is_one_line_that_reads_back(title: str, message: str) -> None:
    """Whatever stands in a message, the runner reads one command, and no property more."""
    made = github_command("error", title, message.split("\n"), Location(Path("a,b:c.yaml"), line=3))
    assert 1 == len(made.splitlines()) or not made.isprintable()
    head, _, data = made.removeprefix("::").partition("::")
    assert "\n" not in made
    assert "\r" not in made
    kind, _, properties = head.partition(" ")
    assert "error" == kind
    assert ["file", "line", "title"] == [each.partition("=")[0] for each in properties.split(",")]
    assert message == data.replace("%0A", "\n").replace("%0D", "\r").replace("%25", "%")


def test_nothing_is_obeyed_before_the_end(samples: Samples) -> None:
    """Commands are stopped before the page, with a word that no target knows, and go on for the annotations."""
    stream = io.StringIO()
    report = GithubReport(stream, samples.surroundings)
    stream.write("   ::error::from a target\n")
    for event in samples.run(samples.summary(samples.finding())):
        report.handle(event)
    report.close()
    first, _, resumed, annotation = stream.getvalue().splitlines()
    token = first.removeprefix("::stop-commands::")
    assert f"::{token}::" == resumed
    assert len(token) >= 32
    assert annotation.startswith("::error title=nothing-dropped::The ingest drops a part of the event.%0A")


def test_a_run_that_breaks_off_lets_the_runner_go_on(samples: Samples) -> None:
    """Closed without an end, the word is said all the same."""
    stream = io.StringIO()
    report = GithubReport(stream, samples.surroundings)
    report.close()
    assert 2 == len(stream.getvalue().splitlines())
