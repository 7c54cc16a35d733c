"""A run as JUnit XML, for the test views of CI servers: each law, each declared answer and each pact is a test."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from bothends.records import Severity, count_of
from bothends.reports.finding import entry
from bothends.reports.page import replay_words, unproven_lines
from bothends.reports.sanitize import Redactor, cookies_of, escape, escape_lines
from bothends.reports.terminal import lines_of
from bothends.reports.whole_report import WholeReport
from bothends.reports.writers import report, version

if TYPE_CHECKING:
    from collections.abc import Iterator

    from bothends.engine import RunStarted
    from bothends.records import Finding, Summary
    from bothends.reports.writers import Surroundings

LONGEST_MESSAGE = 300
"""Characters of the one line that a test view shows of a failure."""


@dataclass(frozen=True, slots=True)
class Test:
    """One test of the document.

    Attributes:
        suite: The suite that it is part of, and its class: `laws`.
        name: The same in every run of a contract, so that a CI server can tell its history.
        outcome: `failure`, `error` or `skipped`; empty when it has passed.
        message: What is the matter, in one line.
        text: All that there is to say of it.
    """

    suite: str
    name: str
    outcome: str = ""
    message: str = ""
    text: str = ""


@report("junit", "write JUnit XML")
class JunitReport(WholeReport):
    """The document that CI systems read."""

    option = "--junit"

    def text(self, summary: Summary, started: RunStarted | None, surroundings: Surroundings) -> str:  # noqa: D102 -- as there
        return xml_of(summary, started, surroundings)


def xml_of(summary: Summary, started: RunStarted | None, surroundings: Surroundings) -> str:
    """Return the document of a run: `testsuites` as Jenkins, GitLab and the like read it.

    Args:
        summary: The end of the run.
        started: How it began; None when the target never got ready.
        surroundings: What no event says.
    """
    import xml.etree.ElementTree as ET  # noqa: PLC0415 -- half a MiB, for those who ask for this report

    told = list(tests(summary, started, surroundings))
    root = ET.Element("testsuites", {"name": "bothends", "time": f"{summary.seconds:.3f}", **_counts(told)})
    origin = surroundings.origin
    # Without a zone, as Jenkins and JUnit have it: it is UTC.
    where = {} if origin is None else {"timestamp": origin.time.removesuffix("Z"), "hostname": escape(origin.host)}
    ran = {"version": version(), "seed": str(summary.seed)}
    if origin is not None:
        ran |= {"machine": origin.machine, **({} if origin.commit is None else {"commit": origin.commit.words})}
    for name in dict.fromkeys(test.suite for test in told):
        members = [test for test in told if test.suite == name]
        skipped = str(sum(test.outcome == "skipped" for test in members))
        suite = ET.SubElement(root, "testsuite", {"name": name, **_counts(members), "skipped": skipped, **where})
        properties = ET.SubElement(suite, "properties")
        for key, value in ran.items():
            ET.SubElement(properties, "property", name=key, value=value)
        for test in members:
            case = ET.SubElement(suite, "testcase", name=test.name, classname=f"bothends.{name}")
            if test.outcome:
                ET.SubElement(case, test.outcome, message=test.message, type=name).text = test.text
            elif test.text:
                ET.SubElement(case, "system-out").text = test.text
    ET.indent(root)
    return f'<?xml version="1.0" encoding="UTF-8"?>\n{ET.tostring(root, encoding="unicode")}\n'


def tests(summary: Summary, started: RunStarted | None, surroundings: Surroundings) -> Iterator[Test]:
    """Yield the tests of a run: its laws, answers and pacts, and what kept it from its end.

    Args:
        summary: The end of the run.
        started: How it began; None when the target never got ready.
        surroundings: What no event says.
    """
    redactor = Redactor(surroundings.secrets())
    yield from _laws(summary, started, surroundings, redactor)
    for answer in summary.answers:
        missing = "" if answer.seen else "skipped"
        name = f"{answer.operation} {answer.status}" + (f" ({answer.family})" if answer.family else "")
        yield Test("answers", escape(name), missing, "not seen" if missing else "", "")
    for pact in summary.pacts:
        outcome = "failure" if pact.held < pact.interactions else "" if pact.interactions else "skipped"
        held = "holds" if pact.held == 1 else "hold"
        message = f"{pact.held} of {count_of(pact.interactions, 'interaction')} {held}" if outcome else ""
        yield Test("pacts", escape(redactor.text(pact.file)), outcome, message)
    if summary.replay is not None and summary.replay.reproduced:
        yield Test("replay", f"finding {summary.replay.finding}", "failure", replay_words(summary.replay))
    for item in summary.not_proven:
        lines = list(unproven_lines(item, redactor))
        yield Test("not proven", escape(redactor.text(item.what)), "error", lines[0], "\n".join(lines))
    for name, text in (("the target", summary.target_failure), ("bothends", summary.harness_failure)):
        if text:
            lines = escape_lines(redactor.text(text))
            yield Test("run", name, "error", lines[0], "\n".join(lines))
    if summary.interrupted:
        yield Test("run", "to its end", "error", "interrupted")


def _laws(
    summary: Summary, started: RunStarted | None, surroundings: Surroundings, redactor: Redactor
) -> Iterator[Test]:
    """Yield the test of each law: one for all its findings, so that its name stays the same."""
    judged = {tally.law: tally.judged for tally in summary.laws}
    found: dict[str, list[Finding]] = {law: [] for law in judged}
    for finding in summary.findings:
        found.setdefault(finding.breach.law, []).append(finding)
    groups: dict[str, list[tuple[Finding, ...]]] = {}
    for group in summary.groups:
        groups.setdefault(group[0].breach.law, []).append(group)
    lived_with = {finding.id for finding in summary.lived_with}
    base_url = started.target if started else "$TARGET"
    for name, findings in found.items():
        law = escape(name)
        blocks = [
            entry(
                finding,
                number=number,
                base_url=base_url,
                replay=surroundings.replay(finding.id),
                redactor=redactor.also(cookies_of(finding.breach.exchange)),
                known=summary.known_as(finding),
                others=others,
            )
            for number, (finding, *others) in enumerate(groups.get(name, ()), 1)
        ]
        text = "\n\n".join("\n".join(lines_of(block)) for block in blocks)
        broken = [f for f in findings if f.breach.severity is Severity.ERROR and f.id not in lived_with]
        if broken:
            also = redactor.also(cookies_of(broken[0].breach.exchange))
            yield Test("laws", law, "failure", escape(also.text(broken[0].breach.summary), LONGEST_MESSAGE), text)
        elif lived_with.intersection(finding.id for finding in findings):
            yield Test("laws", law, "skipped", "known findings only", text)
        elif not findings and not judged[name]:
            yield Test("laws", law, "skipped", "no exchange was about it")
        else:
            yield Test("laws", law, text=text)


def _counts(tests: list[Test]) -> dict[str, str]:
    return {
        "tests": str(len(tests)),
        "failures": str(sum(test.outcome == "failure" for test in tests)),
        "errors": str(sum(test.outcome == "error" for test in tests)),
    }
