"""A soak for a person to read: what was sent, how each law has fared, what is broken, and what is missing."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from bothends.failure_text import Failures
from bothends.records import Verdict, count_of, were
from bothends.reports import (
    Field,
    Redactor,
    Row,
    Table,
    Tone,
    cookies_of,
    escape,
    lines_of,
    request_field,
    signed_in,
    times,
    weight,
)

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from bothends.records import Finding
    from bothends.soak.totals import Totals

_WORDS = {Verdict.PROVEN: "PROVEN", Verdict.BROKEN: "BROKEN", Verdict.NOT_PROVEN: "NOT PROVEN"}


def text(totals: Totals, config: Path, secrets: Sequence[str], base_url: str, *, origin: str = "") -> str:
    """Return a soak as text; without a base URL, each worker had its own, and without an origin, that is not said."""
    *lines, last = _lines(totals, config, secrets, base_url)
    return "\n".join((*lines, *filter(None, (origin,)), last)) + "\n"


def rows(totals: Totals) -> list[dict[str, Any]]:
    """Return how each law has fared, as the rows of a table."""
    return [{"law": law.law, "judged": law.judged, "broken": law.broken} for law in totals.laws]


def _lines(totals: Totals, config: Path, secrets: Sequence[str], base_url: str) -> Iterator[str]:
    laws = tuple(Row((law.law, f"{law.judged:,}", f"{law.broken:,}")) for law in totals.laws)
    if laws:
        yield from lines_of(Table(("law", "judged", "broken"), frozenset({1, 2}), laws))
        yield ""
    failures = Failures(config, secrets, base_url)
    for number, finding in enumerate(totals.findings, 1):
        yield from _finding(finding, number, failures, Redactor(secrets), base_url)
        yield ""
    redactor = Redactor(secrets)
    for missing in totals.not_proven:
        where = f" ({escape(missing.where)})" if missing.where else ""
        yield f"not proven: {escape(missing.what)}{where}: {escape(redactor.text(missing.why))}"
    yield from (f"note: {escape(note)}" for note in totals.notes)
    yield headline(totals)


def headline(totals: Totals) -> str:
    """Return the verdict in one line."""
    counts = ((totals.exchanges, "exchange"), (totals.events, "event"), (totals.workers, "worker"))
    of = ", ".join(count_of(*each) for each in counts)
    match totals.verdict:
        case Verdict.PROVEN:
            said = "every law held"
        case Verdict.BROKEN:
            breaches = sum(finding.count for finding in totals.findings)
            causes = count_of(len(totals.findings), "cause")
            missing = f"; {_things(totals)} not looked at" if totals.not_proven else ""
            said = f"{causes}, seen {times(breaches)}{missing}"
        case Verdict.NOT_PROVEN:
            said = f"no law was broken, and {_things(totals)} not looked at"
    return f"{_WORDS[totals.verdict]}: {said} ({of})"


def _things(totals: Totals) -> str:
    count = len(totals.not_proven)
    return f"{count_of(count, 'thing')} {were(count)}"


def _finding(finding: Finding, number: int, failures: Failures, redactor: Redactor, base_url: str) -> Iterator[str]:
    breach = finding.breach
    redactor = redactor.also(cookies_of(breach.exchange))
    told = failures.breach(breach)
    fields = [*told.fields[:2], Field("seen", (times(finding.count),))]
    if finding.replayable:
        fields.append(Field("case", (escape(finding.case.label),)))
    if breach.exchange is not None and base_url:
        credential = breach.exchange.credential
        fields.append(
            request_field(finding.case, base_url, redactor, signed_in=signed_in(finding), credential=credential)
        )
    fields += [replace(one) for one in told.fields[2:]]
    heading = f"{number}. {weight(finding, None)}: {breach.law}: {told.heading}"
    tone = Tone.BAD
    yield from lines_of(replace(told, heading=heading, tone=tone, fields=tuple(fields)))
