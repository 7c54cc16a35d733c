"""Markdown for a CI job's summary: hostile texts stay text, GitHub's limit is kept, others' summaries too."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import TYPE_CHECKING
from unittest import mock

import cmarkgfm
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bothends.engine.events import RunFinished
from bothends.errors import HarnessError
from bothends.records import PactTally
from bothends.reports.markdown import MarkdownReport, escaped_markdown, fenced, markdown
from tests.reports import snapshots
from tests.reports.html_run import APPENDIX, COVERAGE, full_run

if TYPE_CHECKING:
    from pathlib import Path

    from tests.reports.conftest import Samples


def test_what_a_job_summary_shows(samples: Samples) -> None:
    """The verdict as a heading, findings under theirs, tables folded; a snapshot."""
    pact = PactTally("web_route.json", "web|app", "@route", 3, 2)
    summary = samples.summary(samples.finding(), not_proven=(samples.not_proven(),), pacts=(pact,), coverage=COVERAGE)
    snapshots.check("summary.md", markdown(summary, samples.started(), samples.surroundings))


def test_a_hostile_run_stays_small_and_is_text(samples: Samples) -> None:
    """No element of a target's stands outside a block of code, and no secret in it."""
    *_, last = full_run(samples)
    assert isinstance(last, RunFinished)
    others = [
        replace(one, breach=replace(one.breach, cause=replace(one.breach.cause, kind=f"{one.breach.cause.kind}-{n}")))
        for n in range(10)
        for one in last.summary.findings
    ]
    many = replace(last.summary, findings=tuple(others))
    text = markdown(many, samples.started(), replace(samples.surroundings, appendix=lambda _: APPENDIX))
    assert "## Score" in text
    assert len(text.encode(errors="backslashreplace")) < 1024 * 1024
    assert "more are in the other reports" in text
    outside = re.sub(r"(`{3,})text\n.*?\n\1\n", "", text, flags=re.DOTALL)
    assert {"<details>", "</details>", "<summary>", "</summary>"} == set(re.findall(r"<[^>]*>", outside))
    assert samples.event_key not in text
    assert samples.cookie not in text


def test_a_heading_names_its_law_as_a_link(samples: Samples) -> None:
    """Where the documentation has an address; what stands in a finding makes no link."""
    finding = samples.finding(summary="It is [so](https://evil.example): nothing-dropped: x")
    with mock.patch("bothends.reports.law_pages.project_url", return_value="https://bothends.example"):
        text = markdown(samples.summary(finding), samples.started(), samples.surroundings)
    page = "https://bothends.example/reference/laws.html#nothing-dropped"
    heading = next(line for line in text.splitlines() if line.startswith("### 1."))
    assert heading.startswith(f"### 1. error: [nothing-dropped]({page}): It is \\[so\\](https:")
    assert 1 == cmarkgfm.github_flavored_markdown_to_html(text).count("href=")
    assert "What is demanded" not in text


def test_what_a_law_demands_is_there_where_it_has_no_page(samples: Samples) -> None:
    """Each law of a finding once, folded; what is not proven has none."""
    found = [samples.finding(), samples.finding(cause="another")]
    text = markdown(samples.summary(*found), samples.started(), samples.surroundings)
    folded = text.partition("<summary>What is demanded</summary>\n\n")[2].partition("\n\n</details>")[0]
    assert folded.startswith("- **nothing-dropped**: ")
    assert 1 == len(folded.splitlines())
    assert "<strong>nothing-dropped</strong>: " in cmarkgfm.github_flavored_markdown_to_html(folded)


@given(st.text())
def test_a_fence_is_longer_than_what_it_holds(text: str) -> None:
    """No line of a block ends it before its end."""
    first, *inside, last = fenced([text]).split("\n")
    fence = first.removesuffix("text")
    assert fence == last
    assert not any(line.strip().startswith(fence) for line in inside)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("a_b*c", r"a\_b\*c"),
        ("<script>", "&lt;script&gt;"),
        ("@octocat", "@&#8203;octocat"),
        ("http://a", "http:&#8203;//a"),
        ("mail@a.example", "mail@&#8203;a.example"),
        ("www.a.example", "www&#8203;.a.example"),
        ("#1 GH-1 :tada: 12:30:00", r"\#&#8203;1 GH&#8203;-1 :&#8203;tada: 12:30:00"),
        ("a|b", r"a\|b"),
    ],
)
def test_text_is_escaped(text: str, expected: str) -> None:
    """Neither markup, nor a mention, nor a link comes of it."""
    assert expected == escaped_markdown(text)


def test_a_step_summary_is_added_to(samples: Samples, tmp_path: Path) -> None:
    """What other commands of the step have written stays."""
    path = tmp_path / "summary.md"
    path.write_text("others\n")
    report = MarkdownReport(path, samples.surroundings, append=True)
    report.handle(samples.started())
    report.handle(RunFinished(samples.summary()))
    report.close()
    assert path.read_text().startswith("others\n## PROVEN")


def test_a_summary_that_cannot_be_written_is_told(samples: Samples, tmp_path: Path) -> None:
    """The message names the file."""
    report = MarkdownReport(tmp_path / "nowhere" / "summary.md", samples.surroundings, append=True)
    with pytest.raises(HarnessError, match="No such file"):
        report.handle(RunFinished(samples.summary()))
    whole = MarkdownReport(tmp_path / "summary.md", samples.surroundings)
    whole.handle(RunFinished(samples.summary()))
    assert (tmp_path / "summary.md").read_text().startswith("## PROVEN")
