"""The end of a run as a page that a person reads in five seconds: the verdict first, and last."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bothends.records import (
    INTERRUPTED,
    AnswerTally,
    Coverage,
    EventTally,
    LawTally,
    NotProven,
    PactTally,
    ReplayOutcome,
    Severity,
    Summary,
    Verdict,
    Weight,
    count_of,
    some_of,
)
from bothends.reports.blocks import Block, Entry, Field, Line, Row, Table, Tone
from bothends.reports.curl import as_sent, request_field, waited_in_vain
from bothends.reports.exchange import answer_line
from bothends.reports.finding import by_hand_line, entry, how_often, sent_cookies
from bothends.reports.glossary import POINTER
from bothends.reports.sanitize import Redactor, cookies_of, escape, escape_lines
from bothends.reports.writers import version

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from bothends.engine import RunStarted
    from bothends.reports.writers import Surroundings

MOST_NAMES = 4
"""Laws that the verdict names."""
MOST_OPERATIONS = 6
"""Operations that the first line names."""
MOST_FIRST = 3
"""Causes to look at first, where there are more."""
MOST_ROWS = 10
"""Rows of a table of a brief page: with more, it is summed up."""
MOST_UNSEEN = 4
"""Things not seen of the contract that its line names; the other reports have all."""
LONGEST_NAME = 120
"""Characters of one of them."""

_TONES = {Verdict.PROVEN: Tone.GOOD, Verdict.BROKEN: Tone.BAD, Verdict.NOT_PROVEN: Tone.DOUBT}
_WORDS = {Verdict.PROVEN: "PROVEN", Verdict.BROKEN: "BROKEN", Verdict.NOT_PROVEN: "NOT PROVEN"}


def header(started: RunStarted) -> Line:
    """Return the first line of a run: what is verified, where, and the seed."""
    launched = f" ({escape(' '.join(started.launched))})" if started.launched else ""
    what = some_of([escape(name) for name in started.operations], MOST_OPERATIONS) or "no operation"
    return Line(
        f"bothends {version()}: {what} of {escape(started.spec)} at {escape(started.target)}{launched},"
        f" seed {started.seed}"
    )


def page(
    summary: Summary, started: RunStarted | None, surroundings: Surroundings, *, brief: bool = False
) -> Iterator[Block]:
    """Yield the blocks of the page, top to bottom: what is wrong or doubtful first, and how much was looked at last.

    Args:
        summary: The end of the run.
        started: How it began; None when the target never got ready.
        surroundings: What no event says.
        brief: Whether tables are left out that say little when all is well, and long ones are summed up.
    """
    redactor = Redactor(surroundings.secrets())
    base_url = started.target if started else "$TARGET"
    yield verdict(summary, redactor)
    yield from no_success(summary, redactor, base_url)
    yield from look_first(summary, redactor, surroundings.replay)
    for number, (finding, *others) in enumerate(summary.groups, 1):
        yield entry(
            finding,
            number=number,
            base_url=base_url,
            replay=surroundings.replay(finding.id),
            redactor=redactor.also(cookies_of(finding.breach.exchange)),
            known=summary.known_as(finding),
            others=others,
            by_hand=surroundings.traced,
        )
    yield from covered(summary, redactor)
    yield from gone(summary, redactor)
    yield from unproven(summary, redactor)
    yield from (Line(f"note: {escape(redactor.text(note))}", Tone.QUIET) for note in summary.notes)
    yield from failures(summary, redactor)
    if summary.log:
        lines = tuple(line for text in summary.log for line in escape_lines(redactor.text(text)))
        yield Entry("the end of the target's log", Tone.QUIET, (Field("", lines),))
    yield from looked_at(summary, traced=surroundings.traced, brief=brief)
    if summary.errors or (summary.not_proven and not (summary.target_failure or summary.harness_failure)):
        yield Line(POINTER, Tone.QUIET)
    yield last(summary)


def look_first(summary: Summary, redactor: Redactor, replay: Callable[[str], str]) -> Iterator[Entry]:
    """Yield which of many causes to look at first, how sure each is, and how to see it by hand.

    Args:
        summary: The end of the run.
        redactor: Knows the run's secrets.
        replay: Returns the command that replays the finding of an ID.
    """
    causes = [
        (number, first)
        for number, (first, *_) in enumerate(summary.groups, 1)
        if first.breach.severity is Severity.ERROR and summary.known_as(first) is None
    ]
    if len(causes) <= MOST_FIRST:
        return
    surest = sorted(causes, key=lambda pair: (pair[1].flaky or bool(pair[1].untried), pair[0]))[:MOST_FIRST]
    fields = []
    for number, first in surest:
        breach = first.breach
        lines = [escape(redactor.text(f"{first.case.operation}: {breach.law}: {breach.summary}")), how_often(first)]
        lines += [by_hand_line(first, replay(first.id)) or replay(first.id)] if first.replayable else []
        fields.append(Field(f"{number}.", tuple(lines)))
    yield Entry(f"look first at {len(fields)} of {len(causes):,} causes", Tone.BAD, tuple(fields))


def looked_at(summary: Summary, *, traced: bool, brief: bool) -> Iterator[Block]:
    """Yield how much was looked at: answers, events, laws, pacts, and the part of the contract.

    Args:
        summary: The end of the run.
        traced: Whether it is a replay, which tries few.
        brief: As for `page`.
    """
    seen = tuple(tally for tally in summary.answers if tally.seen) if traced else summary.answers
    if seen and summary.exchanges:  # without an exchange, a table of noughts
        yield answers_by_status(seen) if brief and len(seen) > MOST_ROWS else answers(seen)
    came = tuple(tally for tally in summary.events if tally.came or (tally.may and not traced))
    if came and summary.exchanges:
        yield events_line(came) if brief and len(came) > MOST_ROWS // 2 else events(came)
    if not brief:
        if summary.exchanges and any(tally.judged for tally in summary.laws):
            yield laws(summary.laws)
        if summary.exchanges and not traced:
            yield from without_a_case(summary.laws)
    if summary.pacts and not (brief and all(tally.held == tally.interactions > 0 for tally in summary.pacts)):
        yield pacts(summary.pacts)
    if summary.whole and summary.coverage.points and summary.exchanges and not traced:
        yield coverage_line(summary.coverage)


def verdict(summary: Summary, redactor: Redactor) -> Line:
    """Return the verdict, and the one fact that explains it best."""
    word = _WORDS[summary.verdict]
    if summary.errors:
        names = list(dict.fromkeys(finding.breach.law for finding in summary.errors))
        more = len(names) - MOST_NAMES
        reason = ", ".join(names[:MOST_NAMES]) + (f" and {count_of(more, 'more law')}" if more > 0 else "")
    elif summary.harness_failure:
        reason = f"{summary.who_failed}: {_first_line(summary.harness_failure, redactor)}"
    elif summary.target_failure:
        reason = f"the target failed: {_first_line(summary.target_failure, redactor)}"
    elif summary.interrupted:
        reason = "interrupted"
    elif summary.not_proven:
        reason = f"{count_of(len(summary.not_proven), 'thing')} not shown: {escape(summary.not_proven[0].what)}"
        reason += ", ..." if len(summary.not_proven) > 1 else ""
    else:
        reason = _proven(summary)
    if summary.replay is not None:
        words = replay_words(summary.replay)
        explained = summary.harness_failure or summary.target_failure or summary.interrupted
        reason = f"{reason} ({words})" if explained else f"{words}: {_replayed(summary, summary.replay)}"
    elif summary.errors and summary.interrupted:
        untried = all(finding.untried == INTERRUPTED for finding in summary.errors)
        reason += " (not retried: interrupted)" if untried else " (interrupted)"
    if summary.warnings:
        reason += f"; {count_of(len(summary.warnings), 'warning')}"
    if summary.lived_with:
        reason += f"; {count_of(len(summary.lived_with), 'known finding')}"
    return Line(f"{word}: {reason}", _TONES[summary.verdict])


def replay_words(replay: ReplayOutcome) -> str:
    """Return whether the finding that was replayed has shown: `reproduced`, `not reproduced in 2 tries`."""
    if replay.reproduced:
        return "reproduced"
    return f"not reproduced in {replay.tries:,} {'try' if replay.tries == 1 else 'tries'}"


def answers(tallies: tuple[AnswerTally, ...]) -> Table:
    """Return the table of the declared answers; operations are named when there are several."""
    several = len({tally.operation for tally in tallies}) > 1
    rows = []
    for tally in tallies:
        cells = (escape(tally.status), escape(tally.family) or "-", f"{tally.cases:,}", f"{tally.seen:,}")
        tone = Tone.PLAIN if tally.seen else Tone.DOUBT if tally.cases else Tone.QUIET
        rows.append(Row((escape(tally.operation), *cells) if several else cells, tone))
    head = ("answer", "family", "cases", "seen")
    if several:
        return Table(("operation", *head), frozenset({3, 4}), tuple(rows))
    return Table(head, frozenset({2, 3}), tuple(rows))


def answers_by_status(tallies: tuple[AnswerTally, ...]) -> Table:
    """Return the answers of many operations in a table that stays short: in how many each status was seen."""
    by_status: dict[str, list[AnswerTally]] = {}
    for tally in sorted(tallies, key=lambda tally: tally.status):
        by_status.setdefault(tally.status, []).append(tally)
    rows = []
    for status, each in sorted(by_status.items(), key=lambda pair: -len(pair[1]))[:MOST_ROWS]:
        seen = len({tally.operation for tally in each if tally.seen})
        declared = len({tally.operation for tally in each})
        cells = (escape(status), f"{seen:,} of {declared:,}", f"{sum(tally.seen for tally in each):,}")
        rows.append(Row(cells, Tone.PLAIN if seen == declared else Tone.QUIET))
    if more := len(by_status) - len(rows):
        rows.append(Row((f"{more:,} more", "", ""), Tone.QUIET))
    return Table(("answer", "operations", "seen"), frozenset({1, 2}), tuple(sorted(rows, key=lambda row: row.cells)))


def events(tallies: tuple[EventTally, ...]) -> Table:
    """Return the table of the events; operations are named when there are several."""
    several = len({tally.operation for tally in tallies}) > 1
    rows = []
    for tally in tallies:
        cells = (escape(tally.event, LONGEST_NAME), f"{tally.may:,}", f"{tally.came:,}")
        tone = Tone.PLAIN if tally.came else Tone.DOUBT
        rows.append(Row((escape(tally.operation), *cells) if several else cells, tone))
    head = ("event", "may come", "came")
    if several:
        return Table(("operation", *head), frozenset({2, 3}), tuple(rows))
    return Table(head, frozenset({1, 2}), tuple(rows))


def events_line(tallies: tuple[EventTally, ...]) -> Line:
    """Return the events of many operations, on one line."""
    seen = sum(1 for tally in tallies if tally.came)
    came, may = sum(tally.came for tally in tallies), sum(tally.may for tally in tallies)
    of = (
        f"{seen:,} of {count_of(len(tallies), 'event')} came"
        if seen < len(tallies)
        else f"{'the' if len(tallies) == 1 else 'all'} {count_of(len(tallies), 'event')} came"
    )
    return Line(f"{of}: {count_of(came, 'exchange')} had one, of {may:,} that may have one")


def laws(tallies: tuple[LawTally, ...]) -> Table:
    """Return the table of the laws that had something to judge."""
    return Table(
        ("law", "severity", "judged", "broken"),
        frozenset({2, 3}),
        tuple(
            Row((tally.law, tally.severity.value, f"{tally.judged:,}", f"{tally.broken:,}"), _law_tone(tally))
            for tally in tallies
            if tally.judged
        ),
    )


def without_a_case(tallies: tuple[LawTally, ...]) -> Iterator[Line]:
    """Yield which laws had nothing to judge, if any: what they are about was not there, or not asked for."""
    names = [tally.law for tally in tallies if not tally.judged]
    if names:
        yield Line(f"{count_of(len(names), 'law')} had nothing to judge: {', '.join(names)}", Tone.QUIET)


def pacts(tallies: tuple[PactTally, ...]) -> Table:
    """Return the table of the pacts."""
    rows = []
    for tally in tallies:
        broken = tally.interactions - tally.held
        tone = Tone.BAD if broken else Tone.PLAIN if tally.interactions else Tone.DOUBT
        cells = (escape(tally.file), escape(tally.consumer), escape(tally.provider))
        rows.append(Row((*cells, f"{tally.interactions:,}", f"{broken:,}"), tone))
    return Table(("pact", "consumer", "provider", "interactions", "broken"), frozenset({3, 4}), tuple(rows))


def coverage_line(coverage: Coverage) -> Line:
    """Return how much of the contract was seen, on one line."""
    names = [escape(point.label, LONGEST_NAME) for point in coverage.unseen]
    missing = f"; not seen: {some_of(names, MOST_UNSEEN)}" if names else ""
    of = f"{coverage.percent:g} % of the contract was seen, {coverage.seen:,} of {len(coverage.points):,}"
    return Line(f"{of}{missing}", Tone.QUIET)


def covered(summary: Summary, redactor: Redactor) -> Iterator[Line]:
    """Yield one line for each entry that accepts more than one thing, as only a person writes it."""
    for tally in summary.known:
        if tally.known.broad and tally.findings and not tally.expired:
            covers = f"{count_of(len(tally.findings), 'finding')} {'is' if len(tally.findings) == 1 else 'are'} covered"
            name = escape(redactor.text(tally.known.name))
            yield Line(f"known: {covers} by the entry in line {tally.known.line:,}, {name}", Tone.QUIET)


def gone(summary: Summary, redactor: Redactor) -> Iterator[Entry]:
    """Yield the known findings that no longer show: their entries can go."""
    fields = tuple(
        Field(escape(redactor.text(tally.known.name)), (escape(redactor.text(tally.known.reason)),))
        for tally in summary.known
        if not tally.findings
    )
    if fields:
        yield Entry("known findings that did not appear: remove them from the list", Tone.DOUBT, fields)


def last(summary: Summary) -> Line:
    """Return the last line: how much, how long, the seed, the verdict."""
    more = [] if summary.replay is None else [replay_words(summary.replay)]
    more += ["interrupted"] if summary.interrupted else []
    beside = f" ({', '.join(more)})" if more else ""
    return Line(
        f"{count_of(summary.exchanges, 'exchange')} in {summary.seconds:.1f} s, seed {summary.seed}:"
        f" {_WORDS[summary.verdict]}{beside}",
        _TONES[summary.verdict],
    )


def no_success(summary: Summary, redactor: Redactor, base_url: str) -> Iterator[Entry]:
    """Yield which operations have had no success at all: what else is said of them is little, so it comes first."""
    for item in summary.not_proven:
        if item.weight is Weight.SUCCESS:
            lines = tuple(unproven_lines(item, redactor, base_url))
            yield Entry("no valid request succeeded", Tone.DOUBT, (Field(escape(item.what), lines),))


def unproven(summary: Summary, redactor: Redactor) -> Iterator[Entry]:
    """Yield what the run was to show and did not, but for operations without any success; what is alike, once."""
    alike: dict[tuple[object, ...], list[NotProven]] = {}
    for item in summary.not_proven:
        if item.weight is not Weight.SUCCESS:
            alike.setdefault((item.what, item.why, item.add, id(item.shown)), []).append(item)
    if alike:
        fields = (
            Field(escape(first.what), tuple(unproven_lines(first, redactor, also=[item.where for item in others])))
            for first, *others in alike.values()
        )
        yield Entry("not proven", Tone.DOUBT, tuple(fields))


def unproven_lines(
    item: NotProven, redactor: Redactor, base_url: str = "$TARGET", *, also: Iterable[str] = ()
) -> Iterator[str]:
    """Yield why a thing was not shown, the request that shows it, where the contract declares it, the lines to add.

    `also` is where it declares others of which the same is said.
    """
    shown = item.shown
    redactor = redactor if shown is None else redactor.also(cookies_of(shown))
    yield escape(redactor.text(item.why))
    if shown is not None:
        cookies = sent_cookies(shown)
        case = as_sent(shown)
        asked = request_field(
            case, base_url, redactor, signed_in=cookies, credential=shown.credential, time_limit=waited_in_vain(shown)
        )
        yield from (f"sent {line}" if place == 0 else f"     {line}" for place, line in enumerate(asked.lines))
        yield f"got  {answer_line(shown.answer, redactor)}"
    for where in filter(None, (item.where, *also)):
        yield f"at   {escape(redactor.text(where))}"
    for line in escape_lines(redactor.text(item.add)) if item.add else ():
        yield f"add  {line}"


def failures(summary: Summary, redactor: Redactor) -> Iterator[Entry]:
    """Yield what kept the run from its end, in full."""
    for heading, text in ((summary.who_failed, summary.harness_failure), ("the target failed", summary.target_failure)):
        if text:
            yield Entry(heading, Tone.BAD, (Field("", tuple(escape_lines(redactor.text(text)))),))


def _proven(summary: Summary) -> str:
    """Return how much was proven; a run of chosen cases sees fewer answers than are declared."""
    parts = []
    if summary.answers or summary.laws:
        seen = sum(1 for tally in summary.answers if tally.seen)
        held = sum(1 for tally in summary.laws if tally.judged and not tally.broken)
        of = "" if seen == len(summary.answers) else f"{seen:,} of "
        parts.append(f"{of}{count_of(len(summary.answers), 'declared answer')} seen, {count_of(held, 'law')} held")
    if summary.pacts:
        parts.append(f"{count_of(len(summary.pacts), 'pact')} kept ({count_of(_interactions(summary), 'interaction')})")
    return ", ".join(parts)


def _replayed(summary: Summary, replay: ReplayOutcome) -> str:
    """Return what the finding that was replayed is, by its law where it has shown."""
    laws = [finding.breach.law for finding in summary.findings if finding.id == replay.finding]
    return laws[0] if laws else f"finding {replay.finding}"


def _interactions(summary: Summary) -> int:
    """Return how many interactions of pacts were verified."""
    return sum(tally.interactions for tally in summary.pacts)


def _law_tone(tally: LawTally) -> Tone:
    """Return how a law's row is toned: broken, or as usual."""
    if tally.broken:
        return Tone.BAD if tally.severity is Severity.ERROR else Tone.DOUBT
    return Tone.PLAIN


def _first_line(text: str, redactor: Redactor) -> str:
    """Return the first line of a failure, made harmless."""
    return escape_lines(redactor.text(text))[0]
