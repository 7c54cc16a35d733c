"""A run as Markdown, for a CI job's summary: GitHub's step summary, a GitLab note, a comment on a change."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING

from bothends.records import count_of
from bothends.reports.blocks import WARMEST, Entry, Line, Row, Table, Tone
from bothends.reports.law_pages import law_page
from bothends.reports.page import page
from bothends.reports.whole_report import WholeReport
from bothends.reports.writers import report, write_errors_named

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from bothends.engine import RunStarted
    from bothends.records import Summary
    from bothends.reports.blocks import Appendix, Band, Block
    from bothends.reports.writers import Stream, Surroundings

MOST_ENTRIES = 20
"""Findings that are shown in full: GitHub takes no summary of over 1 MiB."""
_SPECIAL = re.compile(r"[\\`*_{}\[\]#!|~$]")
_GAP = "\u200b"
_ENTITIES = {"&": "&amp;", "<": "&lt;", ">": "&gt;", _GAP: "&#8203;"}
# What GitHub makes links of in the text of a page, however it is written there: people, addresses, hosts, numbers of
# issues, names of emoji. A character without width behind the sign is what parts it from the name.
_LINKED = re.compile(
    r"@(?=\w)|\bwww(?=\.)|:(?=//|[+a-z-][+\w-]*:)|\b(?:mailto|xmpp)(?=:)|#(?=\d)|\bGH(?=-\d)", re.IGNORECASE
)
_RUN = re.compile("`+")


@report("markdown", "write a summary for a CI job, in Markdown")
class MarkdownReport(WholeReport):
    """Writes the summary when the run has ended."""

    option = "--markdown"

    def __init__(self, place: Path | Stream, surroundings: Surroundings, *, append: bool = False) -> None:
        """Take where to write; `append`: the file is others' as well, as GitHub's step summary is."""
        super().__init__(place, surroundings)
        self._append = append

    def text(self, summary: Summary, started: RunStarted | None, surroundings: Surroundings) -> str:  # noqa: D102 -- as there
        return markdown(summary, started, surroundings)

    def _put(self, text: str) -> None:
        if not (self._append and isinstance(self._place, Path)):
            super()._put(text)
            return
        with write_errors_named(self._place, "GITHUB_STEP_SUMMARY"), self._place.open("a", encoding="utf-8") as file:
            file.write(text)


def markdown(summary: Summary, started: RunStarted | None, surroundings: Surroundings) -> str:
    """Return the summary: the page's blocks, findings first, and tables folded; no start: no target got ready."""
    sections = list(_sections(list(page(summary, started, surroundings))))
    appendix = surroundings.appendix(summary)
    if appendix is not None:
        sections += _appended(appendix)
    if surroundings.origin is not None:
        sections.append(f"<sub>{escaped_markdown(surroundings.origin.words(summary.seed))}</sub>")
    return "\n\n".join(sections) + "\n"


def _sections(blocks: list[Block]) -> Iterator[str]:
    """Yield the parts: the verdict as a heading, the findings before the tables."""
    first, *rest = blocks
    if isinstance(first, Line):
        yield f"## {escaped_markdown(first.text)}"
    entries = [block for block in rest if isinstance(block, Entry)]
    for block in entries[:MOST_ENTRIES]:
        yield _entry(block)
    if len(entries) > MOST_ENTRIES:
        yield f"{len(entries) - MOST_ENTRIES:,} more are in the other reports."
    yield from _demanded(dict.fromkeys(block.law for block in entries[:MOST_ENTRIES]))
    for table in rest:
        if isinstance(table, Table):
            yield _folded(_title(table), _table(table))
    for line in rest:
        if isinstance(line, Line):
            yield escaped_markdown(line.text)


def _appended(appendix: Appendix) -> Iterator[str]:
    """Yield a section of its own: the map as a table, and what is told one by one."""
    yield f"## {escaped_markdown(appendix.title)}"
    yield from (escaped_markdown(line.text) for line in appendix.lines)
    for entry in appendix.entries[:MOST_ENTRIES]:
        yield _entry(entry)
    if appendix.bands:
        yield _folded(appendix.map_title, _table(_as_table(appendix.bands)))
    for title, table in appendix.tables:
        yield _folded(title, _table(table))
    for title, lines in appendix.lists:
        yield _folded(title, "\n".join(f"- {escaped_markdown(line)}" for line in lines))


def _as_table(bands: Iterable[Band]) -> Table:
    """Return a map in numbers, and by name what is not whole."""
    rows = []
    for band in bands:
        part, whole = sum(cell.part for cell in band.cells), sum(cell.whole for cell in band.cells)
        rest = ", ".join(f"{cell.text} {cell.part} of {cell.whole}" for cell in band.cells if cell.warmth < WARMEST)
        rows.append(Row((band.label, f"{part:,} of {whole:,}", rest)))
    return Table(("place", "noticed", "not all"), frozenset(), tuple(rows))


def _folded(title: str, text: str) -> str:
    return f"<details><summary>{as_html(title)}</summary>\n\n{text}\n\n</details>"


def _demanded(names: Iterable[str]) -> Iterator[str]:
    """Yield what laws demand, folded: those that have no page to which their names could lead."""
    pages = [law_page(name) for name in names]
    told = [
        f"- **{escaped_markdown(page.name)}**: {escaped_markdown(' '.join(filter(None, (page.demands, page.why))))}"
        for page in pages
        if page is not None and not page.url
    ]
    if told:
        lines = "\n".join(told)
        yield f"<details><summary>What is demanded</summary>\n\n{lines}\n\n</details>"


def _title(table: Table) -> str:
    """Return how many of what a table lists, as its columns name it."""
    word = next((word for word in table.head if word in {"answer", "event", "law", "pact"}), "row")
    return count_of(len(table.rows), word)


def _entry(entry: Entry) -> str:
    """Return an entry under its heading, what is quiet folded; its texts are code, in which nothing is Markdown."""
    width = max((len(field.label) for field in entry.fields), default=0)
    lines = []
    for field in entry.fields:
        labels = [field.label, *[""] * len(field.lines)]
        lines += [f"{label.ljust(width)}  {line}".rstrip() for label, line in zip(labels, field.lines, strict=False)]
    if entry.tone is Tone.QUIET:  # what is accepted, and the log
        return f"<details><summary>{as_html(entry.heading)}</summary>\n\n{fenced(lines)}\n\n</details>"
    return f"### {_heading(entry)}\n\n{fenced(lines)}"


def _heading(entry: Entry) -> str:
    """Return a heading, in which the name of a law is a link to its page, if it has one."""
    before, name, after = entry.heading.partition(f": {entry.law}: ") if entry.law else (entry.heading, "", "")
    page = law_page(entry.law) if name else None
    if page is None or not page.url:
        return escaped_markdown(entry.heading)
    return f"{escaped_markdown(before)}: [{escaped_markdown(entry.law)}]({page.url}): {escaped_markdown(after)}"


def _table(table: Table) -> str:
    """Return a table in GitHub's Markdown."""
    rule = ["---:" if index in table.numeric else "---" for index in range(len(table.head))]
    rows = [[escaped_markdown(cell) for cell in row.cells] for row in table.rows]
    return "\n".join(f"| {' | '.join(cells)} |" for cells in [list(table.head), rule, *rows])


def escaped_markdown(text: str) -> str:
    """Return harmless text so that Markdown shows it as it is: no markup, no mention, no link of its own."""
    return as_html(_SPECIAL.sub(r"\\\g<0>", _LINKED.sub(rf"\g<0>{_GAP}", text)))


def as_html(text: str) -> str:
    """Return the text for a place where HTML is read, and where GitHub makes links of what it finds in it."""
    return "".join(_ENTITIES.get(character, character) for character in _LINKED.sub(rf"\g<0>{_GAP}", text))


def fenced(lines: Iterable[str]) -> str:
    """Return lines as a block of code, its fence longer than any run of backticks in it."""
    text = "\n".join(lines)
    fence = "`" * max(3, 1 + max((len(run) for run in _RUN.findall(text)), default=0))
    return f"{fence}text\n{text}\n{fence}"
