"""An exchange, and a delivery, told from end to end: what a person sees of a replay and of a played world."""

from __future__ import annotations

import itertools
import json
from dataclasses import dataclass
from enum import StrEnum
from html import escape as html_escape
from typing import TYPE_CHECKING, Any

from bothends.conditions import sentence, sentences
from bothends.contract.requests import ids_named
from bothends.engine import ExchangeJudged, RunStarted
from bothends.records import NoAnswer
from bothends.reports.blocks import Entry, Field, Tone
from bothends.reports.curl import request_field, waited_in_vain
from bothends.reports.sanitize import Redactor, cookies_of, escape

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from bothends.engine import Event
    from bothends.records import Answer, Breach, Delivery, Exchange, UpstreamCall
    from bothends.reports.blocks import Block
    from bothends.reports.writers import Surroundings


MOST_EXCHANGES = 6
"""Exchanges of a replay that are told; a batch may have hundreds."""


class Tracer:
    """Tells the exchanges of a run from end to end, but no more of them than a person reads."""

    def __init__(self, surroundings: Surroundings) -> None:
        """Take what no event says."""
        self._surroundings = surroundings
        self._base_url = "$TARGET"
        self._count = 0

    def blocks(self, event: Event) -> Iterator[Block]:
        """Yield the block of an exchange, when exchanges are to be told."""
        if isinstance(event, RunStarted):
            self._base_url = event.target
        elif isinstance(event, ExchangeJudged) and self._surroundings.traced and self._count < MOST_EXCHANGES:
            self._count += 1
            redactor = Redactor(self._surroundings.secrets()).also(cookies_of(event.exchange))
            yield trace(event.exchange, self._base_url, redactor, event.breaches)


def trace(exchange: Exchange, base_url: str, redactor: Redactor, breaches: Sequence[Breach] = ()) -> Entry:
    """Return all that was witnessed of an exchange, in the order it happened."""
    case = exchange.case
    signed_in = any(name.lower() == "cookie" and value for name, value in exchange.sent.headers)
    caller = caller_text(exchange, redactor)
    fields = [Field("caller", (caller,))]
    fields += [Field("given", tuple(escape(sentence) for sentence in sentences(case.given)))] if case.given else []
    waited = waited_in_vain(exchange)
    fields.append(
        request_field(case, base_url, redactor, signed_in=signed_in, credential=exchange.credential, time_limit=waited)
    )
    happened = [(call.began, Field("upstream", (call_line(call, redactor),))) for call in exchange.calls]
    happened += [(one.received, Field("event", tuple(delivery_lines(one, redactor)))) for one in exchange.deliveries]
    fields += [field for _, field in sorted(happened, key=lambda item: item[0])]
    if not exchange.deliveries:
        fields.append(Field("event", ("none",)))
    fields.append(Field("answer", (answer_line(exchange.answer, redactor),)))
    fields += [Field("again", (answer_line(one.answer, redactor),)) for one in exchange.repeats]
    fields.append(Field("took", (f"{(exchange.ended - exchange.began) * 1000:.0f} ms",)))
    if breaches:
        fields.append(Field("breaks", (", ".join(dict.fromkeys(breach.law for breach in breaches)),)))
    return Entry(f"exchange {exchange.number}: {escape(case.label)}", Tone.PLAIN, tuple(fields))


_OF_CREDENTIALS = frozenset({"authorization", "cookie"})


def caller_text(exchange: Exchange, redactor: Redactor) -> str:
    """Return who sends a request, as far as it is known: a user, a caller of the settings, or what it shows.

    *Signed out* is said of a request that shows no credential.
    """
    if exchange.session is not None:
        return json_line(dict(exchange.session), redactor)
    credential = exchange.credential
    if credential is not None and (credential.headers or credential.cookies or credential.query):
        if credential.right is False and credential.shown:
            return f"with {escape(redactor.text(credential.shown))}"
        return f"caller {credential.caller} of the settings" if credential.caller else "with a credential"
    names = {name.lower() for name, _ in exchange.sent.headers}
    return "with a credential of the request's own" if names & _OF_CREDENTIALS else "signed out"


def answer_line(answer: Answer | NoAnswer, redactor: Redactor) -> str:
    """Return the status, the media type and the body on one line."""
    if isinstance(answer, NoAnswer):
        detail = f": {escape(redactor.text(answer.detail))}" if answer.detail else ""
        return f"none ({answer.kind}{detail})"
    body = escape(redactor.text(answer.body.decode(errors="backslashreplace")))
    media_type = escape(redactor.text(answer.header("content-type") or "(no media type)"))
    return f"{answer.status} {media_type} {body}".rstrip()


def call_line(call: UpstreamCall, redactor: Redactor) -> str:
    """Return a call to an upstream: who was called, and what it was given."""
    asked = f"{escape(call.upstream)}: {escape(redactor.text(call.request_line))}"
    if call.fault is not None:
        return f"{asked} -> fault: {escape(sentence(call.fault))}"
    return f"{asked} -> {call.status} {json_line(call.value, redactor)}"


def delivery_lines(delivery: Delivery, redactor: Redactor) -> list[str]:
    """Return a delivery: how it was addressed and taken, what was sent, what a consumer receives."""
    where = escape(redactor.text(f"{delivery.method} {delivery.path}"))
    where += f" (event {delivery.item + 1} of a list of {len(delivery.payload)})" if delivery.listed else ""
    lines = [f"{where} -> {_taken(delivery)}", f"sent      {json_line(delivery.event, redactor)}"]
    if delivery.consumed is not None:
        lines.append(f"consumed  {json_line(dict(delivery.consumed), redactor)}")
    lines += [f"lost      {escape(redactor.text(pointer))}: {escape(what)}" for pointer, what in delivery.losses]
    return lines


def json_line(value: Any, redactor: Redactor) -> str:
    """Return a JSON value on one line, bounded, without secrets."""
    return escape(json.dumps(redactor.value(value), ensure_ascii=False))


def _taken(delivery: Delivery) -> str:
    """Return what the ingest made of a delivery, and which attempt of its event it is."""
    again = f", attempt {delivery.attempt} of this event" if delivery.attempt > 1 and not delivery.repeated else ""
    return f"{_outcome(delivery)}{again}"


def _outcome(delivery: Delivery) -> str:
    if delivery.fault is not None:
        return f"fault: {escape(sentence(delivery.fault))}{', stored anyway' if delivery.stored else ''}"
    if delivery.refusal:
        return f"{delivery.status}, refused: {escape(delivery.refusal)}"
    if delivery.repeated:
        return f"{delivery.status}, attempt {delivery.attempt} of an event that is already stored"
    if not delivery.acknowledged:
        return "in doubt: stored, but the target disconnected before the acknowledgement"
    return f"{delivery.status}, stored and acknowledged"


# An exchange as steps between its parties: who told whom what, and when. What a sequence diagram is drawn from.

CALLER, ROUTE, INGEST = "caller", "route", "ingest"
MOST_STEPS = 24
"""Steps of one exchange that are told; a route that loops makes hundreds."""
LONGEST = 90
"""Characters of what one step tells."""


class Mood(StrEnum):
    """How a step went."""

    PLAIN = "plain"
    GOOD = "good"
    BAD = "bad"


@dataclass(frozen=True, slots=True)
class Step:
    """One thing that one party told another.

    Attributes:
        at: When, in milliseconds from the first byte of the request.
        sender: `caller`, `route`, or the name of an ingest or of an upstream.
        receiver: Likewise; the sender itself, where a state is told and no message.
        text: What was told: harmless, without secrets, short.
        mood: How it went.
        reply: Whether it answers an earlier step.
    """

    at: float
    sender: str
    receiver: str
    text: str
    mood: Mood = Mood.PLAIN
    reply: bool = False


def steps(exchange: Exchange, redactor: Redactor) -> tuple[Step, ...]:
    """Return the steps of an exchange, in the order in which they happened, bounded.

    Args:
        exchange: All that was witnessed.
        redactor: Knows the run's secrets and the exchange's cookies.
    """
    found = sorted(_steps(exchange, redactor), key=lambda step: step.at)
    left_out = len(found) - MOST_STEPS
    if left_out <= 0:
        return tuple(found)
    last = found[-1]
    return (*found[: MOST_STEPS - 2], Step(last.at, ROUTE, ROUTE, f"(+{left_out + 1:,} steps)"), last)


def parties(told: tuple[Step, ...]) -> tuple[str, ...]:
    """Return who takes part: the caller and the route first, the ingest last."""
    names = dict.fromkeys(name for step in told for name in (step.sender, step.receiver))
    others = [name for name in names if name not in {CALLER, ROUTE, INGEST}]
    return (CALLER, ROUTE, *others, *([INGEST] if INGEST in names else []))


def _steps(exchange: Exchange, redactor: Redactor) -> Iterator[Step]:
    began = exchange.began

    def short(text: str) -> str:
        return escape(redactor.text(text[: LONGEST * 20]), LONGEST)

    def after(moment: float) -> float:
        return round(max(moment - began, 0.0) * 1000, 1)

    request = exchange.case.request
    asked = f"{request.method} {ids_named(request.target)}" if request.raw is None else "raw bytes"
    yield Step(0.0, CALLER, ROUTE, short(asked))
    # A service that nothing reached is part of what happened all the same: above all one that refuses connections.
    reached = {call.upstream for call in exchange.calls} | {one.ingest for one in exchange.deliveries}
    for condition in exchange.case.of_the_world:
        if condition.subject not in reached:
            name = short(condition.subject)
            yield Step(0.0, name, name, short(sentence(condition)), Mood.BAD)
    for call in exchange.calls:
        name = short(call.upstream)
        yield Step(after(call.began), ROUTE, name, short(call.request_line))
        told = f"fault: {sentence(call.fault)}" if call.fault is not None else f"{call.status}"
        mood = Mood.BAD if call.fault is not None else Mood.GOOD
        yield Step(after(call.ended), name, ROUTE, short(told), mood, reply=True)
    for delivery in exchange.deliveries:
        name = short(delivery.ingest)
        yield Step(after(delivery.received), ROUTE, name, short(f"{delivery.method} {delivery.path}"))
        text, mood = _taken_steps(delivery)
        yield Step(after(delivery.settled), name, ROUTE, short(text), mood, reply=True)
    for one in (exchange, *exchange.repeats):
        if one is not exchange:
            yield Step(after(one.began), CALLER, ROUTE, short(f"again: {asked}"))
        answer = one.answer
        if isinstance(answer, NoAnswer):
            text, mood = f"no answer: {answer.kind}", Mood.BAD
        else:
            text = f"{answer.status} {answer.media_type or '(no media type)'}"
            mood = Mood.GOOD if answer.success else Mood.BAD
        yield Step(after(one.ended), ROUTE, CALLER, short(text), mood, reply=True)


def _taken_steps(delivery: Delivery) -> tuple[str, Mood]:
    """Return what the ingest made of a delivery."""
    stored = ", stored anyway" if delivery.stored else ""
    if delivery.fault is not None:
        return f"fault: {sentence(delivery.fault)}{stored}", Mood.BAD
    if delivery.refusal:
        return f"{delivery.status} refused: {delivery.refusal}", Mood.BAD
    if not delivery.acknowledged:
        return "stored, not acknowledged in time", Mood.BAD
    return (f"{delivery.status} stored again" if delivery.repeated else f"{delivery.status} stored"), Mood.GOOD


# A sequence diagram of an exchange as SVG: it takes its colours from what it stands in, and needs no script.

WIDTH = 760
"""Width in the units of the drawing; it is scaled to where it stands."""
_LEFT = 110
_HEAD = 44
_ROW = 38
_COLOURS = {Mood.PLAIN: "currentColor", Mood.GOOD: "#2a8a4a", Mood.BAD: "#d1453b"}
"""Legible on white and on near black alike, where no style says otherwise."""
_FONT = "ui-monospace, SFMono-Regular, Menlo, Consolas, monospace"
_CHARACTER = 7.3
"""Width of a character."""
_CHARACTERS = 40
"""Characters of a step that are shown at least; over a long arrow, as many as it is long."""


def svg(told: tuple[Step, ...], title: str) -> str:
    """Return the drawing: a line down for each party, an arrow for each step, its time at the left.

    Args:
        told: The steps.
        title: What it shows, for who can't see it; all steps follow it in words.
    """
    names = parties(told)
    gap = (WIDTH - _LEFT - 70) / max(len(names) - 1, 1)
    at = {name: _LEFT + gap * place for place, name in enumerate(names)}
    height = _HEAD + _ROW * len(told) + 18
    words = "; ".join(f"{step.at:g} ms {_between(step)}: {step.text}" for step in told)
    box = f'viewBox="0 0 {WIDTH} {height}" font-family="{_FONT}" font-size="12" fill="currentColor"'
    parts = itertools.chain(
        [f'<svg role="img" class="sequence" xmlns="http://www.w3.org/2000/svg" {box}>'],
        [f"<title>{html_escape(title)}</title><desc>{html_escape(words)}</desc>"],
        _lanes(at, height),
        itertools.chain.from_iterable(_arrow(step, at, _HEAD + _ROW * row) for row, step in enumerate(told)),
        ["</svg>"],
    )
    return "".join(parts)


def _between(step: Step) -> str:
    return step.sender if step.sender == step.receiver else f"{step.sender} to {step.receiver}"


def _lanes(at: dict[str, float], height: int) -> Iterator[str]:
    for name, x in at.items():
        yield f'<text x="{x:g}" y="20" text-anchor="middle" font-weight="600">{html_escape(_cut(name, 14))}</text>'
        yield (
            f'<line x1="{x:g}" x2="{x:g}" y1="30" y2="{height - 6}" stroke="currentColor" stroke-opacity=".3"'
            ' stroke-dasharray="2 4"/>'
        )


def _arrow(step: Step, at: dict[str, float], top: int) -> Iterator[str]:
    start, end, y = at[step.sender], at[step.receiver], top + 24
    # The class lets a page that knows its own background choose better.
    colour, mood = _COLOURS[step.mood], f'class="{step.mood}"'
    dashes = ' stroke-dasharray="6 4"' if step.reply else ""
    yield f'<text x="8" y="{y + 4}" fill-opacity=".7">{step.at:g} ms</text>'
    # The text stands over its arrow, but never beyond the drawing's edge.
    shown = _cut(step.text, max(_CHARACTERS, int(abs(end - start) / _CHARACTER)))
    half = len(shown) * _CHARACTER / 2
    middle = min(max((start + end) / 2, _LEFT - 30 + half), WIDTH - 4 - half)
    yield f'<text x="{middle:g}" y="{y - 6}" text-anchor="middle" {mood} fill="{colour}">{html_escape(shown)}</text>'
    if start != end:
        way = 1 if end > start else -1
        yield f'<line {mood} x1="{start:g}" x2="{end - 6 * way:g}" y1="{y}" y2="{y}" stroke="{colour}"{dashes}/>'
        yield f'<path {mood} d="M{end:g} {y}l{-8 * way} -4v8z" fill="{colour}"/>'


def _cut(text: str, most: int) -> str:
    return text if len(text) <= most else f"{text[: most - 1]}…"
