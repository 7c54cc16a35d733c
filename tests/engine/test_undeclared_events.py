"""Whose an event is that no callback declares: what only reads is rather beside it than its cause."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any

from bothends.engine.counts import Counts
from bothends.engine.evidence import undeclared
from tests.laws import kept

READ, REMOVE = (
    replace(kept.operation(), id=name, method=method, events=())
    for name, method in (("read", "GET"), ("remove", "DELETE"))
)
CONTRACT: Any = SimpleNamespace(operations=(READ, REMOVE), document=SimpleNamespace(location=Path))
SENT = kept.delivery(1, event={"action": "removed"})


def told(*seen: tuple[Any, bool], unexplained: int = 0) -> list[tuple[str, str]]:
    """Return what is said of operations that succeeded, each with an event or without one."""
    counts = Counts()
    for operation, with_event in seen:
        exchange = replace(kept.exchange(1, method=operation.method), deliveries=(SENT,) if with_event else ())
        undeclared.note(counts, operation, exchange)
    return [(line.what, line.why.partition(" ")[0]) for line in undeclared.not_proven(counts, CONTRACT, unexplained)]


def test_an_event_beside_what_reads_belongs_to_no_known_request_where_something_was_changed() -> None:
    """The operation that has changed something may have sent it later."""
    assert [("unexplained events", "1")] == told((READ, True), (REMOVE, False))
    assert [("events of remove", "2")] == told((READ, True), (REMOVE, True), (REMOVE, True))


def test_an_event_is_of_what_reads_where_nothing_else_may_have_sent_it() -> None:
    """Nothing was changed in the whole run."""
    assert [("events of read", "1")] == told((READ, True), (READ, False))


def test_the_callback_to_add_has_the_name_of_the_ingest_at_which_most_came() -> None:
    """It is the name that the settings give it."""
    counts = Counts()
    came = (
        replace(SENT, ingest="hooks"),
        replace(SENT, ingest="hooks", number=2),
        replace(SENT, ingest="mail", number=3),
    )
    undeclared.note(counts, READ, replace(kept.exchange(1, method="GET"), deliveries=came))
    (line,) = undeclared.not_proven(counts, CONTRACT, 0)
    assert "callbacks: {NAME: {'{hooks}/…': {post: {requestBody: …}}}}" == line.add
