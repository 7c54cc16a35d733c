"""An exchange, and what is broken in it, in words: for the failure of a test in another tool."""

from __future__ import annotations

import shlex
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from bothends.conditions import sentences
from bothends.laws import law_of
from bothends.records import grouped
from bothends.reports import (
    Entry,
    Field,
    Redactor,
    Tone,
    answer_line,
    call_line,
    caller_text,
    cookies_of,
    delivery_lines,
    entry,
    escape,
    escape_lines,
    lines_of,
    readable_target,
    unproven_lines,
)

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from bothends.records import Breach, Delivery, Exchange, Finding, NotProven


# What happened when in an exchange: a short sequence, for a person to read.

LONGEST = 240
"""Characters of one moment that are shown."""


@dataclass(frozen=True, slots=True)
class Moment:
    """Something that was seen in an exchange.

    Attributes:
        ms: Milliseconds since the request was begun.
        who: `caller`, `upstream`, `event` or `answer`.
        what: What was seen, on one line, without secrets.
    """

    ms: float
    who: str
    what: str

    def __str__(self) -> str:
        """Return it as a line."""
        return f"{self.ms:6.0f} ms  {self.who:<8}  {self.what}"


@dataclass(frozen=True, slots=True)
class Timeline:
    """The moments of an exchange, in order; its text has one line for each."""

    moments: tuple[Moment, ...]

    def __str__(self) -> str:
        """Return it as lines."""
        return "\n".join(map(str, self.moments))


def timeline(exchange: Exchange, secrets: Iterable[str]) -> Timeline:
    """Return what happened when in an exchange.

    Args:
        exchange: The exchange.
        secrets: What is never shown.
    """
    redactor = Redactor(secrets).also(cookies_of(exchange))
    began = exchange.began
    moments = [Moment(0.0, "caller", _request(exchange, redactor))]
    moments += [Moment((c.began - began) * 1000, "upstream", call_line(c, redactor)) for c in exchange.calls]
    moments += [Moment((d.received - began) * 1000, "event", _event(d, redactor)) for d in exchange.deliveries]
    moments.append(Moment((exchange.ended - began) * 1000, "answer", answer_line(exchange.answer, redactor)))
    bounded = (replace(moment, what=escape(moment.what, LONGEST)) for moment in moments)
    return Timeline(tuple(sorted(bounded, key=lambda moment: moment.ms)))


def _event(delivery: Delivery, redactor: Redactor) -> str:
    taken, sent = delivery_lines(delivery, redactor)[:2]
    return f"{taken}: {sent.removeprefix('sent').lstrip()}"


def _request(exchange: Exchange, redactor: Redactor) -> str:
    request = exchange.case.request
    caller = caller_text(exchange, redactor)
    if exchange.session is not None or caller.startswith("caller "):
        caller = f"as {caller}"
    if request.raw is not None:
        return f"{len(request.raw):,} raw bytes, {caller}"
    body = "" if request.body is None else f" {escape(redactor.text(request.body.decode(errors='backslashreplace')))}"
    return f"{escape(request.method)} {escape(redactor.text(readable_target(request.target)))}{body}, {caller}"


# Failures in words: what was promised, what happened, the exchange as a short sequence, the law and its source.

MOST = 3
"""Findings of one item that are shown in full; the others are named."""


class Failures:
    """Shows what is broken, without the secrets of its world."""

    def __init__(self, config: Path, secrets: Sequence[str], base_url: str) -> None:
        """Take what no finding says: the settings file for the replay, what is never shown, and the target's URL."""
        self._config = config
        self._secrets = secrets
        self._base_url = base_url

    def breaches(self, breaches: Sequence[Breach]) -> str:
        """Return what was broken, as text."""
        return "\n\n".join("\n".join(lines_of(self.breach(breach))) for breach in breaches)

    def findings(self, findings: Sequence[Finding]) -> str:
        """Return findings as a report shows them, each with its exchange and its law."""
        groups = grouped(findings)
        told = ["\n".join(lines_of(self.finding(f, number, o))) for number, (f, *o) in enumerate(groups[:MOST], 1)]
        hide = Redactor(self._secrets).text
        told += [f"Also broken: {escape(f.breach.law)}: {escape(hide(f.breach.summary))}" for f, *_ in groups[MOST:]]
        return "\n\n".join(told)

    def not_proven(self, missing: Sequence[NotProven]) -> str:
        """Return what was not proven, as text."""
        redactor = Redactor(self._secrets)
        fields = tuple(Field(escape(one.what), tuple(unproven_lines(one, redactor))) for one in missing)
        heading = "Not proven: no law was broken, but the run did not see everything."
        return "\n".join(lines_of(Entry(heading, Tone.DOUBT, fields)))

    def finding(self, finding: Finding, number: int, others: Sequence[Finding] = ()) -> Entry:
        """Return a finding as a report shows it, with the others of its group, its exchange and its law."""
        redactor = Redactor(self._secrets).also(cookies_of(finding.breach.exchange))
        replay = self._replay(finding.id)
        told = entry(finding, number=number, base_url=self._base_url, replay=replay, redactor=redactor, others=others)
        return replace(told, fields=(*told.fields, *self._exchange(finding.breach.exchange), *_law(finding.breach)))

    def breach(self, breach: Breach) -> Entry:
        """Return what was broken, with its exchange and its law."""
        redactor = Redactor(self._secrets).also(cookies_of(breach.exchange))
        fields = (
            Field("promised", tuple(escape_lines(redactor.text(breach.expected)))),
            Field("happened", tuple(escape_lines(redactor.text(breach.actual)))),
            *self._given(breach.exchange),
            *self._exchange(breach.exchange),
            *_law(breach),
        )
        return Entry(escape(redactor.text(breach.summary)), Tone.BAD, fields)

    def _given(self, exchange: Exchange | None) -> list[Field]:
        if exchange is None or not exchange.case.given:
            return []
        return [Field("given", tuple(map(escape, sentences(exchange.case.given))))]

    def _exchange(self, exchange: Exchange | None) -> list[Field]:
        if exchange is None:
            return []
        return [Field("exchange", tuple(map(str, timeline(exchange, self._secrets).moments)))]

    def _replay(self, finding_id: str) -> str:
        words = ["bothends", "replay", finding_id]
        if self._config.resolve() != Path("bothends.toml").resolve():
            words += ["--config", str(self._config)]
        return shlex.join(words)


def _law(breach: Breach) -> list[Field]:
    law = law_of(breach.law)
    known = (f"{breach.law}: {law.demands}", f"source: {law.source}") if law.demands else (breach.law,)
    return [Field("law", known)]


# An exchange, and what is broken in it, in words: for the failure of a test in somebody else's tool.

__all__ = ["Failures", "Moment", "Timeline", "timeline"]
