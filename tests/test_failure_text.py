"""What is broken, in words, for the failure of a test in another tool."""

from __future__ import annotations

from pathlib import Path

from bothends.failure_text import Failures
from bothends.records import Answer, Breach, Case, Cause, Exchange, Finding, NotProven, Request, Severity
from tests.in_words import conditions

REQUEST = Request("POST", "/api/route", (), b'{"key": "a secret key"}')
CASE = Case("postRoute", "success", "usual", REQUEST, given=conditions("the ingest is unreachable"))
ANSWER = Answer(200, (("content-type", "application/json"),), b"a secret key", 12)


def breach(law: str, *, exchange: bool = True) -> Breach:
    """Return a broken law."""
    seen = Exchange(1, CASE, {"name": "Ada"}, REQUEST, ANSWER, 1.0, 1.5) if exchange else None
    return Breach(law, Severity.ERROR, Cause("cause"), f"{law} is broken.", "a promise", "a secret key", seen)


def failures(config: str = "bothends.toml") -> Failures:
    """Return what tells failures."""
    return Failures(Path(config), ["a secret key"], "http://127.0.0.1:1")


def test_a_broken_law_tells_promise_exchange_and_law() -> None:
    """All that a person needs stands below one heading, and no secret does."""
    told = failures().breaches([breach("one-event")])
    assert [
        "one-event is broken.",
        "   promised  a promise",
        "   happened  [hidden]",
        "   given     the ingest is unreachable",
        '   exchange       0 ms  caller    POST /api/route {"key": "[hidden]"}, as {"name": "Ada"}',
        "                500 ms  answer    200 application/json [hidden]",
        (
            "   law       one-event: One request causes at most one event of a callback, or as many as `x-when` counts, for"
            " any answer; a retry has the same identity."
        ),
    ] == told.splitlines()[:7]


def test_what_belongs_to_no_exchange_and_no_law_is_told_all_the_same() -> None:
    """A phantom has no exchange, and a law that nobody knows no sentence of its own."""
    told = failures().breaches([breach("of-nobody", exchange=False)])
    assert ["promised", "happened", "law"] == [line.split()[0] for line in told.splitlines()[1:]]


def test_many_findings_are_told_in_short() -> None:
    """The first findings are told whole, the others named, and each can be replayed with its settings file."""
    laws = ("one-event", "own-event", "provenance", "answered", "http-status")
    found = [Finding(f"{number:08}", breach(law), CASE, 1) for number, law in enumerate(laws)]
    told = failures("other.toml").findings(found)
    assert [1, 1, 1, 0] == [
        told.count(f"\n{number}. error: {laws[number - 1]}" if number > 1 else "1. error: one-event")
        for number in range(1, 5)
    ]
    assert told.endswith(
        "Also broken: answered: answered is broken.\n\nAlso broken: http-status: http-status is broken."
    )
    assert "bothends replay 00000001 --config other.toml" in told


def test_what_is_not_proven_says_why() -> None:
    """Each thing that was not shown is named with the reason."""
    told = failures().not_proven([NotProven("state: the ingest hangs", "It was never met.")])
    assert "Not proven: no law was broken, but the run did not see everything." == told.splitlines()[0]
    assert "   state: the ingest hangs  It was never met." == told.splitlines()[1]
