"""An exchange, and a delivery, told from end to end: what a person sees of a replay and of a played world."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from bothends.conditions import sentence, sentences
from bothends.engine.events import ExchangeJudged, RunStarted
from bothends.records import NoAnswer
from bothends.reports.as_sent import request_field
from bothends.reports.blocks import Entry, Field, Tone
from bothends.reports.hostile import harmless
from bothends.reports.redact import Redactor, cookies_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from bothends.engine.events import Event
    from bothends.records import Answer, Breach, Delivery, Exchange, UpstreamCall
    from bothends.reports.blocks import Block
    from bothends.reports.reporter import Surroundings

MOST_EXCHANGES = 6
"""Exchanges of a replay that are told; a wave may have hundreds."""


class Tracer:
    """Tells the exchanges of a run from end to end, but no more of them than a person reads."""

    def __init__(self, surroundings: Surroundings) -> None:
        """Take what no event says."""
        self._surroundings = surroundings
        self._base_url = "$TARGET"
        self._told = 0

    def blocks(self, event: Event) -> Iterator[Block]:
        """Yield the block of an exchange, when exchanges are to be told."""
        if isinstance(event, RunStarted):
            self._base_url = event.target
        elif isinstance(event, ExchangeJudged) and self._surroundings.traced and self._told < MOST_EXCHANGES:
            self._told += 1
            redactor = Redactor(self._surroundings.secrets()).also(cookies_of(event.exchange))
            yield trace(event.exchange, self._base_url, redactor, event.breaches)


def trace(exchange: Exchange, base_url: str, redactor: Redactor, breaches: Sequence[Breach] = ()) -> Entry:
    """Return all that was witnessed of an exchange, in the order it happened."""
    case = exchange.case
    signed_in = any(name.lower() == "cookie" and value for name, value in exchange.sent.headers)
    caller = _caller(exchange, redactor)
    fields = [Field("caller", (caller,))]
    fields += [Field("given", tuple(harmless(sentence) for sentence in sentences(case.given)))] if case.given else []
    fields.append(request_field(case, base_url, redactor, signed_in=signed_in, credential=exchange.credential))
    happened = [(call.began, Field("upstream", (call_line(call, redactor),))) for call in exchange.calls]
    happened += [(one.received, Field("event", tuple(delivery_lines(one, redactor)))) for one in exchange.deliveries]
    fields += [field for _, field in sorted(happened, key=lambda item: item[0])]
    if not exchange.deliveries:
        fields.append(Field("event", ("none",)))
    fields.append(Field("answer", (answer_line(exchange.answer, redactor),)))
    fields.append(Field("took", (f"{(exchange.ended - exchange.began) * 1000:.0f} ms",)))
    if breaches:
        fields.append(Field("breaks", (", ".join(dict.fromkeys(breach.law for breach in breaches)),)))
    return Entry(f"exchange {exchange.number}: {harmless(case.label)}", Tone.PLAIN, tuple(fields))


def _caller(exchange: Exchange, redactor: Redactor) -> str:
    """Return who is signed in, as far as it is known."""
    if exchange.session is not None:
        return json_line(dict(exchange.session), redactor)
    credential = exchange.credential
    return f"caller {credential.caller} of the settings" if credential and credential.caller else "signed out"


def answer_line(answer: Answer | NoAnswer, redactor: Redactor) -> str:
    """Return the status, the media type and the body on one line."""
    if isinstance(answer, NoAnswer):
        detail = f": {harmless(redactor.text(answer.detail))}" if answer.detail else ""
        return f"none ({answer.kind}{detail})"
    body = harmless(redactor.text(answer.body.decode(errors="backslashreplace")))
    media_type = harmless(redactor.text(answer.header("content-type") or "(no media type)"))
    return f"{answer.status} {media_type} {body}".rstrip()


def call_line(call: UpstreamCall, redactor: Redactor) -> str:
    """Return a call to an upstream: who was called, and what it was given."""
    asked = f"{harmless(call.upstream)}: {harmless(redactor.text(call.request_line))}"
    if call.fault is not None:
        return f"{asked} -> fault: {harmless(sentence(call.fault))}"
    return f"{asked} -> {call.status} {json_line(call.value, redactor)}"


def delivery_lines(delivery: Delivery, redactor: Redactor) -> list[str]:
    """Return a delivery: how it was addressed and taken, what was sent, what a consumer receives."""
    where = harmless(redactor.text(f"{delivery.method} {delivery.path}"))
    lines = [f"{where} -> {_taken(delivery)}", f"sent      {json_line(delivery.event, redactor)}"]
    if delivery.consumed is not None:
        lines.append(f"consumed  {json_line(dict(delivery.consumed), redactor)}")
    lines += [f"lost      {harmless(redactor.text(pointer))}: {harmless(what)}" for pointer, what in delivery.losses]
    return lines


def json_line(value: Any, redactor: Redactor) -> str:
    """Return a JSON value on one line, bounded, without secrets."""
    return harmless(json.dumps(redactor.value(value), ensure_ascii=False))


def _taken(delivery: Delivery) -> str:
    """Return what the ingest made of a delivery."""
    if delivery.fault is not None:
        return f"fault: {harmless(sentence(delivery.fault))}{', stored all the same' if delivery.stored else ''}"
    if delivery.refusal:
        return f"{delivery.status}, refused: {harmless(delivery.refusal)}"
    if delivery.repeated:
        return f"{delivery.status}, attempt {delivery.attempt} of an event that is stored already"
    if not delivery.acknowledged:
        return "in doubt: stored, but the target had gone before it was told"
    return f"{delivery.status}, stored and acknowledged"
