"""What findings are told apart by: the promise and how it is broken, and not the case that shows it."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from bothends.laws import Violation, cause_in_words, law_of
from bothends.laws.law import Area, FindingContext, exchange_traits
from bothends.records import Breach, Cause, NoAnswer, Severity
from tests.laws import kept

FINDING_CONTEXT = FindingContext.of(kept.contract())


def cause(law: str, raw: Cause | None = None, answer: Any = None, **changes: Any) -> str:
    """Return, in words, what a breach by an exchange that departs from a right one is told apart by."""
    exchange = replace(kept.exchange(**changes), answer=answer or kept.answer(500))
    broken = Violation(raw or Cause("cause"), "summary", "this", "that")
    told_apart = law_of(law).cause(broken, exchange_traits(exchange, FINDING_CONTEXT))
    return cause_in_words(law_of(law).breach(replace(broken, cause=told_apart), exchange))


def test_the_context_is_what_the_contract_names() -> None:
    """Its upstreams, what each refusal is about, and all that it declares."""
    assert ("settings", "ingest") == FINDING_CONTEXT.parts
    session, body = FINDING_CONTEXT.refusals[401], FINDING_CONTEXT.refusals[400]
    assert {400: body, 401: session, 413: body, 415: body, 422: body} == FINDING_CONTEXT.refusals
    assert frozenset({200, 400, 401, 413, 415, 422, 502, 503, 504}) == FINDING_CONTEXT.declared


SIGNED_OUT: dict[str, Any] = {"family": "signed-out", "statuses": frozenset({401}), "refused": True}
HANGS: dict[str, Any] = {"family": "upstream-timeout", "given": ("the ingest hangs",), "statuses": frozenset({504})}


@pytest.mark.parametrize(
    ("told", "expected"),
    [
        (cause("family-status", **SIGNED_OUT, answer=kept.answer(200)), "answered as a success, not 401"),
        (cause("family-status", **SIGNED_OUT), "refused, but not with 401"),
        (cause("family-status", **HANGS, answer=kept.answer(200)), "fault of the ingest: answered as a success"),
        (cause("family-status", **HANGS), "fault of the ingest: not 504"),
        (cause("family-status"), "500 instead of a success: the body"),
        (cause("answered", answer=NoAnswer("closed", "")), "closed instead of a success: the body"),
        (cause("event-for-success", Cause("none"), **HANGS), "fault of the ingest"),
        (cause("event-for-success", Cause("none")), "none"),
        (cause("no-event-without-success", **SIGNED_OUT, answer=kept.answer(401)), "the session"),
        (cause("no-event-without-success", answer=kept.answer(405), family="methods"), "methods"),
        (
            cause("no-event-without-success", answer=kept.answer(405), family="coverage", statuses=frozenset()),
            "methods",
        ),
        (cause("declared-media-type", Cause("media-type", about="text/plain")), "text/plain"),
        (cause("answer-schema", Cause("schema", location="#/type")), "at #/type"),
        (cause("no-secret-in-answer", Cause("key")), "a key or secret of the target"),
        (cause("provenance", Cause("stale", "/data", "upstream.settings", "settings")), "/data from upstream.settings"),
        (cause("http-status", Cause("status", status="400,404", about="routing")), "routing: not 400 or 404"),
        (cause("one-event", Cause("several")), "several events"),
        (cause("of-nobody", Cause("as-it-is", location="/here")), "as it is, /here"),
    ],
)
def test_cases_of_one_promise_share_a_cause(told: str, expected: str) -> None:
    """Neither the family nor the sentence of a case is in it, but what is wrong, and with what."""
    assert expected == told


def test_a_breach_without_an_exchange() -> None:
    """How a target ends, and what no request accounts for, has its words as well."""
    told = Breach("stops", Severity.ERROR, Cause("ends-otherwise"), "", "", "", None)
    assert "ends otherwise" == cause_in_words(told)
    assert "no request caused it" == cause_in_words(replace(told, law="no-phantom", cause=Cause("no-request")))


def test_situations() -> None:
    """An area is the part that is not well, else what the request is about; the end of a target is one for all."""
    seen = exchange_traits(kept.exchange(), FINDING_CONTEXT)
    assert (Area("body"), (), True, True, True, "200") == (
        seen.area,
        seen.unwell,
        seen.plain,
        seen.good,
        seen.right,
        seen.outcome,
    )
    both = ("the ingest hangs", "the settings answers after 9 ms", "the session has expired")
    assert Area(parts=("settings", "ingest")) == exchange_traits(kept.exchange(given=both), FINDING_CONTEXT).area
    ends = kept.exchange(family="in-flight-at-stop", given=("the ingest hangs",))
    assert (
        Area("end") == exchange_traits(ends, FINDING_CONTEXT).refused_for == exchange_traits(ends, FINDING_CONTEXT).area
    )
    teapot = replace(kept.exchange(), answer=kept.answer(418))
    assert (True, False) == (
        exchange_traits(teapot, FINDING_CONTEXT).foreign,
        exchange_traits(kept.exchange(), FINDING_CONTEXT).foreign,
    )
