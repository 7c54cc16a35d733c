"""A finding as a person reads it: the promise, what happened, and how to reproduce it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bothends.conditions import sentences
from bothends.laws import Scope, law_of
from bothends.records import LATER, Severity, count_of, some_of
from bothends.reports import tied
from bothends.reports.blocks import Entry, Field, Tone
from bothends.reports.curl import request_field, shell_line, waited_in_vain
from bothends.reports.sanitize import escape, escape_lines

if TYPE_CHECKING:
    from collections.abc import Sequence

    from bothends.records import Exchange, Finding, KnownTally
    from bothends.reports.sanitize import Redactor

MOST_LINES = 12
"""Lines of one text in a finding that are shown."""
MOST_ALIKE = 24
"""Other findings of a group that are named; the JSON report has all."""
MOST_CONSEQUENCES = 6
"""Consequences of one finding that are told."""


def entry(  # noqa: PLR0913 -- what one finding is told by
    finding: Finding,
    *,
    number: int,
    base_url: str,
    replay: str,
    redactor: Redactor,
    known: KnownTally | None = None,
    others: Sequence[Finding] = (),
    by_hand: bool = False,
) -> Entry:
    """Return the finding's entry.

    Args:
        finding: The finding: the first of its group.
        number: Its place in the report, from 1.
        base_url: The target's, for the curl line.
        replay: The command that replays it.
        redactor: Knows the run's secrets and this finding's cookies.
        known: The entry that it is known by; None: it is new.
        others: The other findings of its group.
        by_hand: Whether it is said how its request is sent by hand: not in a list that is read from its top.
    """
    breach, case = finding.breach, finding.case
    fields = [*known_fields(known, redactor), *compared(breach.law, breach.expected, breach.actual, redactor)]
    fields += _cases(finding) if finding.replayable else []
    if case.given:
        fields.append(Field("given", tuple(escape(redactor.text(sentence)) for sentence in sentences(case.given))))
    if finding.replayable:
        fields.append(Field("seen", (how_often(finding),)))
    if sure := tied.in_words(finding):
        fields.append(Field("tied", (sure,)))
    if breach.exchange is not None:
        fields.append(
            request_field(
                case,
                base_url,
                redactor,
                signed_in=signed_in(finding),
                credential=breach.exchange.credential,
                time_limit=waited_in_vain(breach.exchange),
            )
        )
    fields += _history(finding, redactor)
    fields += _consequences(finding, redactor)
    if finding.log:
        lines = [line for text in finding.log for line in escape_lines(redactor.text(text))]
        fields.append(Field("log", tuple(lines[:MOST_LINES])))
    if others:
        fields.append(Field("alike", group_lines(others, redactor)))
    if finding.replayable:
        fields.append(Field("replay", (replay,), command=True))
    if by_hand and (line := by_hand_line(finding, replay)):
        fields.append(Field("by hand", (line,), command=True))
    heading = f"{number}. {weight(finding, known)}: {breach.law}: {escape(redactor.text(breach.summary))}"
    heading += f" ({len(others) + 1:,} alike)" if others else ""
    return Entry(heading, tone_of(finding, known), tuple(fields), law=breach.law)


def by_hand_line(finding: Finding, replay: str) -> str:
    """Return the command that sets up all around a finding's request, by that of its replay; empty: none sends it."""
    return f"{replay} --by-hand" if finding.replayable and _is_one_command(finding) else ""


def _is_one_command(finding: Finding) -> bool:
    """Return whether one request shows it, after others perhaps, and a command sends that."""
    exchange = finding.breach.exchange
    if exchange is None or (finding.history and finding.history[-1].requests > 1):
        return False
    line = shell_line(finding.case, "", signed_in=signed_in(finding), credential=exchange.credential)
    return line is not None


def group_lines(others: Sequence[Finding], redactor: Redactor) -> tuple[str, ...]:
    """Return the other findings of a group, each with its ID, its operation, and the place or the case."""
    lines = []
    for one in others[:MOST_ALIKE]:
        where = one.breach.cause.location or one.case.label
        told = f"{one.id}  {one.case.operation} {where} ({times(one.count)})"
        lines.append(escape(redactor.text(told)))
    left_out = len(others) - MOST_ALIKE
    return (*lines, f"(+{left_out:,} more)") if left_out > 0 else tuple(lines)


def tone_of(finding: Finding, known: KnownTally | None) -> Tone:
    """Return how a finding is toned: bad when it breaks the contract, quiet when it is accepted."""
    if known is not None and not known.expired:
        return Tone.QUIET
    return Tone.BAD if finding.breach.severity is Severity.ERROR else Tone.DOUBT


def weight(finding: Finding, known: KnownTally | None) -> str:
    """Return what a finding weighs, in words: `error`, `warning, flaky`, `error, not retried`, `known error`."""
    more = ", flaky" if finding.flaky else ", not retried" if finding.untried else ""
    words = f"{finding.breach.severity.value}{more}"
    return f"known {words}" if known is not None and not known.expired else words


def known_fields(known: KnownTally | None, redactor: Redactor) -> list[Field]:
    """Return until when a finding is accepted, and why."""
    if known is None:
        return []
    day = known.known.expires.isoformat()
    until = f"until {day}, expired: the finding counts again" if known.expired else f"until {day}"
    return [Field("known", (f"{until}. {escape(redactor.text(known.known.reason))}",))]


def signed_in(finding: Finding) -> bool:
    """Return whether the finding's exchange was sent with cookies."""
    exchange = finding.breach.exchange
    return exchange is not None and sent_cookies(exchange)


def sent_cookies(exchange: Exchange) -> bool:
    """Return whether an exchange was sent with cookies."""
    return any(name.lower() == "cookie" and value for name, value in exchange.sent.headers)


def _cases(finding: Finding) -> list[Field]:
    """Return the case that is shown, and which others have shown the same."""
    fields = [Field("case", (escape(finding.case.label),))]
    others = [label for label in finding.cases if label != finding.case.label]
    if others:
        ids = {one.case: one.id for one in finding.instances}
        named = ", ".join(escape(label) + (f" ({ids[label]})" if label in ids else "") for label in others)
        more = f" and {finding.more_cases:,} more" if finding.more_cases else ""
        fields.append(Field("cases", (f"also {named}{more}",)))
    return fields


def _history(finding: Finding, redactor: Redactor) -> list[Field]:
    """Return the requests that show it, part by part, if there is more than one."""
    lines = []
    for place, step in enumerate(finding.history):
        how = f"{step.at_once:,} at once" if step.at_once > 1 else "one after the other"
        many = "1 request" if step.requests == 1 else f"{step.requests:,} requests, {how}"
        world = " and ".join(sentences(step.given)) or "all services work"
        then = "then " if place else ""
        lines.append(escape(redactor.text(f"{then}{many} ({some_of(step.families)}) while {world}")))
    return [Field("history", tuple(lines))] if lines else []


def _consequences(finding: Finding, redactor: Redactor) -> list[Field]:
    """Return what else is broken because of it."""
    lines: list[str] = []
    for one in finding.consequences[:MOST_CONSEQUENCES]:
        lines.append(f"{one.law}: {escape(redactor.text(one.summary))} ({times(one.count)})")
        if _of_a_pact(one.law):  # the consumer's team reads it, and does not know the law above
            shown = compared(one.law, one.expected, one.actual, redactor)
            lines += [f"{field.label:<9} {line}".rstrip() for field in shown for line in field.lines]
    left_out = len(finding.consequences) - MOST_CONSEQUENCES
    lines += [f"(+{left_out:,} more)"] if left_out > 0 else []
    return [Field("hence", tuple(lines))] if lines else []


def _of_a_pact(law: str) -> bool:
    return law_of(law).scope is Scope.PACT


def times(count: int) -> str:
    """Return `once`, or `3 times`."""
    return "once" if count == 1 else f"{count:,} times"


def compared(law: str, expected: str, actual: str, redactor: Redactor) -> list[Field]:
    """Return what was promised and what happened; of a pact, place by place, one under the other."""
    promised, happened = expected.split("\n"), actual.split("\n")
    if not _of_a_pact(law) or len(promised) != len(happened):
        return [Field("promised", _lines(expected, redactor)), Field("happened", _lines(actual, redactor))]
    fields: list[Field] = []
    for here, there in zip(promised[:MOST_LINES], happened, strict=False):
        fields += [Field("promised", _lines(here, redactor)), Field("happened", _lines(there, redactor))]
    left_out = len(promised) - MOST_LINES
    return [*fields, Field("", (f"(+{count_of(left_out, 'place')})",))] if left_out > 0 else fields


def _lines(text: str, redactor: Redactor) -> tuple[str, ...]:
    """Return a law's text as lines, bounded."""
    lines = escape_lines(redactor.text(text))
    left_out = len(lines) - MOST_LINES
    return (*lines[:MOST_LINES], f"(+{count_of(left_out, 'line')})") if left_out > 0 else tuple(lines)


def how_often(finding: Finding) -> str:
    """Return how often it was seen, whether it was reproduced, and whether the request was minimized."""
    parts = [times(finding.count)]
    if finding.reproduced is not None:
        parts.append("not reproduced" if finding.flaky else "reproduced")
    elif finding.used_up:
        statuses = " or ".join(finding.used_up.split(","))
        parts.append(f"not retried alike: each repeat was answered {statuses}, as its object may be used up")
    elif finding.untried and finding.untried != LATER:  # of all those, one line says why
        parts.append(f"not retried: {finding.untried}")
    if finding.smaller:
        parts.append("request minimized")
    return "; ".join(parts)
