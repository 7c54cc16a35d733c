"""A run as SARIF: each finding is a result of its law, at the line of the promise that it breaks."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from bothends.conditions import sentences
from bothends.errors import Location
from bothends.records import Severity
from bothends.reports.finding import compared, how_often
from bothends.reports.github import place
from bothends.reports.law_pages import law_page
from bothends.reports.page import replay_words, unproven_lines
from bothends.reports.sanitize import Redactor, cookies_of, escape, escape_lines
from bothends.reports.sarif import SarifResult, SarifRule, sarif_log, sarif_message
from bothends.reports.whole_report import WholeReport
from bothends.reports.writers import report

if TYPE_CHECKING:
    from collections.abc import Iterator

    from bothends.engine import RunStarted
    from bothends.records import Finding, NotProven, Summary
    from bothends.reports.origin import Origin
    from bothends.reports.writers import Surroundings

NOT_PROVEN = SarifRule(
    "not-proven",
    "warning",
    "The run sees all that it has to see of the contract.",
    "What a run did not see may be right or wrong: nothing is known of it.",
)
"""What the results of `kind` `open` are of: no law is broken, and none is known to hold."""
FINGERPRINT = "bothendsFinding/v1"
"""What a finding is recognised by in another run: its ID."""
_PLACE = re.compile(r"(?P<file>.+?):(?P<line>\d+)(?: .*)?")


@report("sarif", "write SARIF, for code scanning and editors")
class SarifReport(WholeReport):
    """The log that code scanning and editors read."""

    option = "--sarif"

    def text(self, summary: Summary, started: RunStarted | None, surroundings: Surroundings) -> str:  # noqa: D102 -- as there
        return sarif_of(summary, started, surroundings)


def sarif_of(summary: Summary, started: RunStarted | None, surroundings: Surroundings) -> str:
    """Return the log of a run.

    Args:
        summary: The end of the run.
        started: How it began; None when the target never got ready.
        surroundings: What no event says.
    """
    redactor = Redactor(surroundings.secrets())
    results = [_result(finding, summary, surroundings, redactor) for finding in summary.findings]
    results += [_open(item, redactor) for item in summary.not_proven]
    rules = [_rule(name) for name in dict.fromkeys(result.rule for result in results)]
    ran = {"seed": summary.seed, "verdict": summary.verdict.value, "exchanges": summary.exchanges}
    target = {} if started is None else {"spec": started.spec, "target": redactor.text(started.target)}
    origin = surroundings.origin
    made = {} if origin is None else {"commit": origin.value["commit"]}
    invocation = _invocation(summary, redactor, origin)
    return sarif_log(rules, results, invocation=invocation, properties={**ran, **made, **target})


def _rule(name: str) -> SarifRule:
    page = law_page(name)
    if page is None:
        return NOT_PROVEN
    example = f"Broken by: {page.example}\n\n" if page.example else ""
    text = f"{page.demands}\n\n{example}Source: {page.source}."
    return SarifRule(page.name, page.severity.value, page.demands, page.why, text, page.url)


def _result(finding: Finding, summary: Summary, surroundings: Surroundings, redactor: Redactor) -> SarifResult:
    breach, case = finding.breach, finding.case
    redactor = redactor.also(cookies_of(breach.exchange))
    known = summary.known_as(finding)
    accepted = known is not None and not known.expired
    given = [redactor.text(sentence) for sentence in sentences(case.given)] if finding.replayable else []
    lines = [escape(redactor.text(breach.summary))]
    for shown in compared(breach.law, breach.expected, breach.actual, redactor):
        lines += [f"{shown.label}: {line}" if place == 0 else f"  {line}" for place, line in enumerate(shown.lines)]
    lines += [escape(f"while {' and '.join(given)}")] if given else []
    lines += [f"replay: {surroundings.replay(finding.id)}"] if finding.replayable else []
    properties = {
        "case": case.label if finding.replayable else None,
        "given": given,
        "seen": how_often(finding) if finding.replayable else None,
        "flaky": finding.flaky,
        "consequences": [one.law for one in finding.consequences],
        "accepted_until": known.known.expires.isoformat() if known is not None else None,
    }
    return SarifResult(
        rule=breach.law,
        level="error" if breach.severity is Severity.ERROR else "warning",
        message="\n".join(lines),
        where=None if surroundings.contract is None else place(finding, surroundings.contract),
        named=case.operation,
        fingerprints={FINGERPRINT: finding.id},
        accepted=escape(redactor.text(known.known.reason)) if known is not None and accepted else None,
        properties=redactor.value({name: value for name, value in properties.items() if value}),
    )


def _open(item: NotProven, redactor: Redactor) -> SarifResult:
    """Return what was not seen: nothing says that it is wrong."""
    found = _PLACE.fullmatch(item.where)
    where = None if found is None else Location(Path(found["file"]), line=int(found["line"]))
    text = "\n".join((f"not proven: {escape(redactor.text(item.what))}", *unproven_lines(item, redactor)))
    return SarifResult(NOT_PROVEN.id, "none", text, where, kind="open")


def _invocation(summary: Summary, redactor: Redactor, origin: Origin | None) -> dict[str, Any]:
    """Return how the run went (section 3.20); it was successful where it came to its end, whatever it found."""
    ended = datetime.now(UTC)
    told = [
        {"level": level, "message": sarif_message("\n".join(escape_lines(redactor.text(text))))}
        for level, text in _incidents(summary)
    ]
    began = {} if origin is None else {"startTimeUtc": origin.time, "machine": origin.machine}
    return {
        **began,
        "executionSuccessful": not any(one["level"] == "error" for one in told),
        "exitCode": summary.exit_code,
        "endTimeUtc": ended.isoformat(timespec="milliseconds").replace("+00:00", "Z"),
        **({"toolExecutionNotifications": told} if told else {}),
    }


def _incidents(summary: Summary) -> Iterator[tuple[str, str]]:
    """Yield what kept a run from its end, and what a person may wonder about."""
    if summary.target_failure:
        yield "error", f"The target failed: {summary.target_failure}"
    if summary.harness_failure:
        yield "error", f"{summary.who_failed}: {summary.harness_failure}"
    if summary.interrupted:
        yield "error", "The run was interrupted."
    if summary.replay is not None:
        yield "note", replay_words(summary.replay)
    yield from (("note", note) for note in summary.notes)
