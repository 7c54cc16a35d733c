"""Annotations for GitHub: each finding at the line of the contract that is broken, in the view of the change.

Source: GitHub Actions, "Workflow commands": `::error file=…,line=…,title=…::message`.
"""

from __future__ import annotations

import secrets
from typing import TYPE_CHECKING

from bothends.documents import read_document
from bothends.engine import RunFinished
from bothends.errors import Location
from bothends.laws import Scope, law_of
from bothends.records import Answer, grouped, join
from bothends.reports.finding import group_lines
from bothends.reports.page import unproven_lines
from bothends.reports.sanitize import Redactor, cookies_of, escape, escape_lines
from bothends.reports.sarif import from_root

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from bothends.contract import Contract, Operation
    from bothends.engine import Event
    from bothends.records import Finding, Summary
    from bothends.reports.writers import Stream, Surroundings


# Where in the contract the promise stands that a finding breaks: a line of the spec, or of a pact.


def place(finding: Finding, contract: Contract) -> Location | None:
    """Return where the promise stands: the pact's interaction, the callback, the right answer, or the operation.

    Args:
        finding: The finding.
        contract: The contract that it breaks.
    """
    case = finding.case
    scope = law_of(finding.breach.law).scope
    if scope is Scope.PACT:
        return _in_pact(case.name, contract.settings.pacts)
    operation = next((one for one in contract.operations if one.id == case.operation), None)
    if operation is None:
        return None
    if scope is Scope.EVENT and operation.events:
        return contract.document.location(operation.events[0].pointer)
    return contract.document.location(_answer(finding, operation) or operation.pointer)


def _answer(finding: Finding, operation: Operation) -> str | None:
    """Return the pointer of the one answer that was right, else of the one that came; None where neither is clear."""
    right = {a.pointer for s in finding.case.expect.statuses if (a := operation.answer_for(s)) is not None}
    if len(right) == 1:
        return right.pop()
    answer = finding.breach.exchange.answer if finding.breach.exchange is not None else None
    declared = operation.answer_for(answer.status) if isinstance(answer, Answer) else None
    return None if declared is None else declared.pointer


def _in_pact(name: str, folder: Path | None) -> Location | None:
    """Return where an interaction stands; `name` is the file's stem and the description."""
    if folder is None:
        return None
    stem, _, description = name.partition("/")
    file = next((file for file in sorted(folder.iterdir()) if file.stem == stem), None)
    if file is None:
        return None
    document = read_document(file)
    for key in ("interactions", "messages"):
        for number, interaction in enumerate(document.value.get(key, ())):
            if interaction.get("description") == description:
                return document.location(join(key, number, "description"))
    return Location(file, line=1)


MOST = 10
"""Annotations of one kind: GitHub shows no more of one step."""


class GithubReport:
    """Writes the annotations when the run has ended.

    Until then it tells the runner to obey nothing: a target could log `::add-mask::` or the like, and the page
    shows the end of its log. So this report comes before the page is begun, and is told each event after it.
    """

    def __init__(self, stream: Stream, surroundings: Surroundings) -> None:
        """Take where to write, and what no event says."""
        self._stream = stream
        self._surroundings = surroundings
        self._token = secrets.token_hex(16)
        self._stopped = True
        self._write(f"::stop-commands::{self._token}")

    def handle(self, event: Event) -> None:
        """Take one event."""
        if isinstance(event, RunFinished):
            self.close()
            for line in run_annotations(event.summary, self._surroundings):
                self._write(line)

    def close(self) -> None:
        """Let the runner obey again."""
        if self._stopped:
            self._stopped = False
            self._write(f"::{self._token}::")

    def _write(self, line: str) -> None:
        self._stream.write(f"{line}\n")
        self._stream.flush()


class StoppedCommands(GithubReport):
    """Writes no annotations: a part of a run has no verdict. The runner obeys nothing until its end all the same."""

    def handle(self, event: Event) -> None:
        """Take one event."""
        if isinstance(event, RunFinished):
            self.close()


def run_annotations(summary: Summary, surroundings: Surroundings) -> Iterator[str]:
    """Yield the annotations of a run: the errors, what was not proven, the warnings; known findings as notices.

    Args:
        summary: The end of the run.
        surroundings: What no event says; without a contract there are no lines.
    """
    redactor = Redactor(surroundings.secrets())
    for title, text in (("the target failed", summary.target_failure), (summary.who_failed, summary.harness_failure)):
        if text:
            yield github_command("error", title, escape_lines(redactor.text(text)))
    for kind, findings in (("error", summary.errors), ("warning", summary.warnings), ("notice", summary.lived_with)):
        for finding, *others in grouped(findings)[:MOST]:
            also = redactor.also(cookies_of(finding.breach.exchange))
            lines = [*_lines(finding, also, surroundings), *(f"alike: {line}" for line in group_lines(others, also))]
            where = None if surroundings.contract is None else place(finding, surroundings.contract)
            yield github_command(kind, finding.breach.law, lines, where)
    for item in summary.not_proven[:MOST]:
        yield github_command("error", f"not proven: {redactor.text(item.what)}", list(unproven_lines(item, redactor)))


def github_command(kind: str, title: str, lines: list[str], where: Location | None = None) -> str:
    """Return one workflow command, an `error`, `warning` or `notice`, of some lines, about a place."""
    properties = {"title": escape(title)}
    if where is not None:
        properties = {"file": escape(from_root(where.file)[0]), "line": str(where.line or 1), **properties}
    shown = ",".join(f"{name}={_data(value, also=':,')}" for name, value in properties.items())
    return f"::{kind} {shown}::{_data(chr(10).join(lines))}"


def _lines(finding: Finding, redactor: Redactor, surroundings: Surroundings) -> list[str]:
    breach = finding.breach
    happened = escape_lines(redactor.text(breach.actual))
    promised = escape_lines(redactor.text(breach.expected))
    return [
        escape(redactor.text(breach.summary)),
        f"promised: {promised[0]}",
        f"happened: {happened[0]}",
        *([f"replay: {surroundings.replay(finding.id)}"] if finding.replayable else []),
    ]


def _data(text: str, also: str = "") -> str:
    """Return text as the runner reads it back: `%`, line ends, and in properties `:` and `,` as `%XX`."""
    return "".join(f"%{ord(c):02X}" if c in f"%\r\n{also}" else c for c in text)
