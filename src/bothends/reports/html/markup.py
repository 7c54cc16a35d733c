"""The parts of the HTML report that are there before any script runs: verdict, findings, tables, coverage."""

from __future__ import annotations

from html import escape as html_escape
from typing import TYPE_CHECKING

from bothends.records import Verdict
from bothends.reports import page
from bothends.reports.blocks import Tone
from bothends.reports.exchange import steps, svg
from bothends.reports.finding import entry, tone_of, weight
from bothends.reports.glossary import glossary
from bothends.reports.law_pages import law_page
from bothends.reports.sanitize import cookies_of, escape

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from bothends.engine import RunStarted
    from bothends.records import Coverage, Finding, Summary
    from bothends.reports.blocks import Appendix, Band, Entry, Field, Table
    from bothends.reports.sanitize import Redactor
    from bothends.reports.writers import Surroundings

_VERDICTS = {Verdict.PROVEN: Tone.GOOD, Verdict.BROKEN: Tone.BAD, Verdict.NOT_PROVEN: Tone.DOUBT}


def head(summary: Summary, started: RunStarted | None, redactor: Redactor) -> Iterator[str]:
    """Yield the verdict, and what was verified.

    Args:
        summary: The end of the run.
        started: How it began; None when the target never got ready.
        redactor: Knows the run's secrets.
    """
    word, _, reason = page.verdict(summary, redactor).text.partition(": ")
    yield f'<header class="{_VERDICTS[summary.verdict]}">'
    yield f'<h1><span class="word">{html_escape(word)}</span> {html_escape(reason)}</h1>'
    if started is not None:
        yield f"<p>{html_escape(redactor.text(page.header(started).text))}</p>"
    link = '<a class="words" href="#words">What the words mean</a>'
    yield f"<p>{html_escape(page.last(summary).text)}. {link}</p></header>"


def words() -> Iterator[str]:
    """Yield the glossary: a report is read where the documentation is not."""
    yield '<section aria-labelledby="words"><h2 id="words" tabindex="-1">Words</h2>'
    for section in glossary():
        yield f"<details><summary>{html_escape(section.title)}</summary><dl>"
        for word, meaning in section.rows:
            yield f"<dt>{html_escape(word)}</dt><dd>{html_escape(meaning)}</dd>"
        yield "</dl></details>"
    yield "</section>"


def findings(
    summary: Summary, started: RunStarted | None, surroundings: Surroundings, redactor: Redactor
) -> Iterator[str]:
    """Yield each finding, the first one unfolded, and what was not proven.

    Args:
        summary: The end of the run.
        started: How it began; None when the target never got ready.
        surroundings: What no event says.
        redactor: Knows the run's secrets.
    """
    base_url = started.target if started else "$TARGET"
    yield '<section aria-labelledby="findings"><h2 id="findings">Findings</h2>'
    for other in page.no_success(summary, redactor, base_url):
        yield from _unfolded(other)
    if not summary.findings:
        yield "<p>None.</p>"
    for number, (finding, *others) in enumerate(summary.groups, 1):
        also = redactor.also(cookies_of(finding.breach.exchange))
        known = summary.known_as(finding)
        told = entry(
            finding,
            number=number,
            base_url=base_url,
            replay=surroundings.replay(finding.id),
            redactor=also,
            known=known,
            others=others,
            by_hand=True,
        )
        alike = f" ({len(others) + 1:,} alike)" if others else ""
        title = f"{escape(also.text(finding.breach.summary))}{alike}"
        unfolded = " open" if number == 1 else ""
        yield f'<details class="finding {tone_of(finding, known)}" id="finding-{html_escape(finding.id)}"{unfolded}>'
        badge = html_escape(weight(finding, known))
        law = _linked(finding.breach.law)
        yield f'<summary><span class="badge">{badge}</span> {law}: {html_escape(title)}</summary>'
        yield _compared(told)
        yield from _drawn(finding, also)
        yield from _fields([field for field in told.fields if field.label not in {"promised", "happened"}])
        yield "</details>"
    for other in (*page.gone(summary, redactor), *page.unproven(summary, redactor), *page.failures(summary, redactor)):
        yield from _unfolded(other)
    yield "</section>"


def _unfolded(told: Entry) -> Iterator[str]:
    yield f'<details class="finding {told.tone}" open><summary>{html_escape(told.heading)}</summary>'
    yield from _fields(list(told.fields))
    yield "</details>"


def coverage(summary: Summary) -> Iterator[str]:
    """Yield what of the contract was seen, each declared answer, each law and each pact."""
    yield '<section aria-labelledby="coverage"><h2 id="coverage">Coverage</h2>'
    seen = summary.coverage
    if seen.points:
        yield f"<p>{html_escape(page.coverage_line(seen).text)}</p>"
        bounds = f'max="{len(seen.points)}" value="{seen.seen}"'
        yield f'<progress {bounds} aria-label="part of the contract seen"></progress>'
    if summary.answers:
        yield _scrolled("Declared answers", page.answers(summary.answers))
    if summary.laws:
        yield _scrolled("Laws", page.laws(summary.laws), _linked)
        yield from (f"<p>{html_escape(line.text)}</p>" for line in page.without_a_case(summary.laws))
    if summary.pacts:
        yield _scrolled("Pacts", page.pacts(summary.pacts))
    if seen.points:
        yield from _points(seen)
    yield "</section>"


def appended(appendix: Appendix | None) -> Iterator[str]:
    """Yield a section of its own, with its map; None: there is none."""
    if appendix is None:
        return
    yield f'<section aria-labelledby="appendix"><h2 id="appendix">{html_escape(appendix.title)}</h2>'
    yield from (f"<p>{html_escape(line.text)}</p>" for line in appendix.lines)
    if appendix.bands:
        rows = "".join(
            f'<tr><th scope="row">{html_escape(one.label)}</th><td>{_cells(one)}</td></tr>' for one in appendix.bands
        )
        yield f'<table class="map"><caption>{html_escape(appendix.map_title)}</caption><tbody>{rows}</tbody></table>'
    for other in appendix.entries:
        yield f'<details class="finding {other.tone}"><summary>{html_escape(other.heading)}</summary>'
        yield from _fields(list(other.fields))
        yield "</details>"
    for title, table in appendix.tables:
        yield f"<details><summary>{html_escape(title)}</summary>{_scrolled('', table)}</details>"
    for title, lines in appendix.lists:
        items = "".join(f"<li>{html_escape(line)}</li>" for line in lines)
        yield f"<details><summary>{html_escape(title)}</summary><ul>{items}</ul></details>"
    yield "</section>"


def _cells(band: Band) -> str:
    items = (
        f'<li class="warm-{cell.warmth}"><code>{html_escape(cell.text)}</code> {cell.part:,} of {cell.whole:,}</li>'
        for cell in band.cells
    )
    return f'<ul class="cells">{"".join(items)}</ul>'


def laws(summary: Summary) -> Iterator[str]:
    """Yield what each law of the run demands, folded: the links of the names of laws lead here."""
    names = [*(tally.law for tally in summary.laws), *(finding.breach.law for finding in summary.findings)]
    pages = [law_page(name) for name in dict.fromkeys(names)]
    if any(pages):
        yield '<section aria-labelledby="laws"><h2 id="laws" tabindex="-1">Laws</h2>'
    for told in filter(None, pages):
        yield f'<details><summary>{html_escape(told.name)}</summary><dl id="{_anchor(told.name)}" tabindex="-1">'
        texts = {"demands": told.demands, "why": told.why, "broken by": told.example, "source": told.source}
        yield from (f"<dt>{name}</dt><dd>{html_escape(text)}</dd>" for name, text in texts.items() if text)
        if told.url:
            yield f'<dt>page</dt><dd><a class="law" href="{html_escape(told.url)}">{html_escape(told.url)}</a></dd>'
        yield "</dl></details>"
    if any(pages):
        yield "</section>"


def _anchor(law: str) -> str:
    return html_escape(f"law-{law}")


def _linked(law: str) -> str:
    """Return the name of a law as a link to what it demands; a browser unfolds what is folded around it."""
    name = html_escape(law)
    return name if law_page(law) is None else f'<a class="law" href="#{_anchor(law)}">{name}</a>'


def log(summary: Summary, redactor: Redactor) -> Iterator[str]:
    """Yield the end of the target's log, folded."""
    if summary.log:
        lines = preformatted(escape(redactor.text(line)) for line in summary.log)
        yield '<section><h2>Log</h2><details class="finding quiet"><summary>the end of the target\'s log</summary>'
        yield f"{lines}</details></section>"


def _compared(told: Entry) -> str:
    """Return what was promised beside what happened; of a pact, place by place."""
    boxes = "".join(
        f'<div class="{field.label}"><h3>{field.label}</h3>{preformatted(field.lines)}</div>'
        for field in told.fields
        if field.label in {"promised", "happened"}
    )
    return f'<div class="compared">{boxes}</div>'


def _drawn(finding: Finding, redactor: Redactor) -> Iterator[str]:
    exchange = finding.breach.exchange
    if exchange is not None:
        drawing = svg(steps(exchange, redactor), f"What happened in exchange {exchange.number}")
        yield f'<figure class="drawing" tabindex="0" aria-label="sequence diagram">{drawing}</figure>'


def _fields(fields: list[Field]) -> Iterator[str]:
    yield "<dl>"
    for field in fields:
        shown = preformatted(field.lines)
        if field.command:
            shown = f'<pre class="command"><code>{html_escape(chr(10).join(field.lines))}</code></pre>'
        yield f"<dt>{html_escape(field.label)}</dt><dd>{shown}</dd>"
    yield "</dl>"


def html_table(shown: Table, caption: str, linked: Callable[[str], str] = html_escape) -> str:
    """Return a table, its first column as the rows' headings.

    Args:
        shown: The table.
        caption: Its caption; empty: none.
        linked: Returns the HTML of a heading.
    """
    mark = [' class="number"' if place in shown.numeric else "" for place in range(len(shown.head))]
    heads = "".join(f'<th scope="col"{m}>{html_escape(text)}</th>' for text, m in zip(shown.head, mark, strict=True))
    rows = []
    for row in shown.rows:
        first, *rest = row.cells
        cells = "".join(f"<td{m}>{html_escape(text)}</td>" for text, m in zip(rest, mark[1:], strict=True))
        rows.append(f'<tr class="{row.tone}"><th scope="row"{mark[0]}>{linked(first)}</th>{cells}</tr>')
    title = f"<caption>{html_escape(caption)}</caption>" if caption else ""
    return f"<table>{title}<thead><tr>{heads}</tr></thead><tbody>{''.join(rows)}</tbody></table>"


def _scrolled(title: str, shown: Table, linked: Callable[[str], str] = html_escape) -> str:
    region = f'tabindex="0" role="region" aria-label="{html_escape(title or "table")}"'
    return f'<div class="scroll" {region}>{html_table(shown, title, linked)}</div>'


def preformatted(lines: Iterable[str]) -> str:
    """Return harmless lines as they are."""
    return f"<pre>{html_escape(chr(10).join(lines))}</pre>"


def _points(seen: Coverage) -> Iterator[str]:
    """Yield each thing that the contract declares, under its answer or event, those that were not seen marked."""
    groups: dict[tuple[str, str], list[str]] = {}
    missing: dict[tuple[str, str], int] = {}
    for point in seen.points:
        key = (point.operation, point.where)
        mark, words = ("good", "seen") if point.seen else ("doubt", "not seen")
        name = html_escape(escape(point.what or point.kind.value))
        item = f'<li class="{mark}"><code>{name}</code> <span>{words}</span></li>'
        groups.setdefault(key, []).append(item)
        missing[key] = missing.get(key, 0) + (not point.seen)
    for (operation, where), items in groups.items():
        tone = "doubt" if missing[operation, where] else "good"
        title = f"{operation} {where}: {len(items) - missing[operation, where]} of {len(items)} seen"
        yield f'<details class="points {tone}"><summary>{html_escape(escape(title))}</summary>'
        yield f"<ul>{''.join(items)}</ul></details>"
