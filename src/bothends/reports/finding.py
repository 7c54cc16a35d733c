"""A finding as a person is told of it: the promise, what happened, and how to see it again."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bothends.engine.pact_laws import PACT_LAWS
from bothends.records import Severity
from bothends.reports.blocks import Entry, Field, Tone
from bothends.reports.curl import curl
from bothends.reports.hostile import harmless, harmless_lines

if TYPE_CHECKING:
    from bothends.records import Breach, Finding
    from bothends.reports.redact import Redactor

MOST_LINES = 12
"""Lines of one text in a finding that are shown."""


def entry(finding: Finding, *, number: int, base_url: str, replay: str, redactor: Redactor) -> Entry:
    """Return the finding's entry.

    Args:
        finding: The finding.
        number: Its place in the report, from 1.
        base_url: The target's, for the curl line.
        replay: The command that replays it.
        redactor: Knows the run's secrets and this finding's cookies.
    """
    breach, case = finding.breach, finding.case
    tone = Tone.BAD if breach.severity is Severity.ERROR else Tone.DOUBT
    fields = [*_compared(breach, redactor), Field("case", (harmless(case.label),))]
    if case.given:
        fields.append(Field("given", tuple(harmless(redactor.text(sentence)) for sentence in case.given)))
    fields.append(Field("seen", (_how_often(finding),)))
    if breach.exchange is not None:
        command = redactor.text(curl(case.request, base_url, signed_in=signed_in(finding)))
        fields.append(Field("request", (command,), command=True))
    fields.append(Field("replay", (replay,), command=True))
    heading = f"{number}. {breach.severity.value}: {breach.law}: {harmless(redactor.text(breach.summary))}"
    return Entry(heading, tone, tuple(fields))


def signed_in(finding: Finding) -> bool:
    """Return whether the finding's exchange was sent with cookies."""
    exchange = finding.breach.exchange
    return exchange is not None and any(name.lower() == "cookie" and value for name, value in exchange.sent.headers)


def _compared(breach: Breach, redactor: Redactor) -> list[Field]:
    """Return what was promised and what happened; of a pact, place by place, one under the other."""
    promised, happened = breach.expected.split("\n"), breach.actual.split("\n")
    if breach.law not in PACT_LAWS or len(promised) != len(happened):
        return [
            Field("promised", _lines(breach.expected, redactor)),
            Field("happened", _lines(breach.actual, redactor)),
        ]
    fields: list[Field] = []
    for expected, actual in zip(promised[:MOST_LINES], happened, strict=False):
        fields += [Field("promised", _lines(expected, redactor)), Field("happened", _lines(actual, redactor))]
    left_out = len(promised) - MOST_LINES
    return [*fields, Field("", (f"(+{left_out:,} places)",))] if left_out > 0 else fields


def _lines(text: str, redactor: Redactor) -> tuple[str, ...]:
    """Return a law's text as lines, bounded."""
    lines = harmless_lines(redactor.text(text))
    left_out = len(lines) - MOST_LINES
    return (*lines[:MOST_LINES], f"(+{left_out:,} lines)") if left_out > 0 else tuple(lines)


def _how_often(finding: Finding) -> str:
    """Return how often it was seen, whether the request was made smaller, and whether it showed again."""
    parts = ["once" if finding.count == 1 else f"{finding.count:,} times"]
    if finding.reproduced is not None:
        parts.append("again when run once more" if finding.reproduced else "not again when run once more")
    if finding.smaller:
        parts.append("the request is made smaller")
    return "; ".join(parts)
