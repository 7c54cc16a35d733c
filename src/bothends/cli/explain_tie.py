"""`bothends explain --tie EVENT`: the requests that could have sent an event of the last run, and what decided."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from bothends.engine.tie import told
from bothends.errors import ContractError, Location
from bothends.records import TiedBy, count_of
from bothends.reports import escape

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

MOST_LISTED = 50


def ties(asked: str, folder: Path) -> Iterator[str]:
    """Yield the lines that tell of an event, of the events of a finding, or of the latest events.

    Args:
        asked: The number of an event, or the ID of a finding; empty: all events are listed.
        folder: The state folder.

    Raises:
        ContractError: No run is known, or none of its events is that one.
    """
    known = told.read(folder)
    if known is None:
        raise ContractError(
            "No run has told of its events.", where=Location(folder), advice="Run `bothends verify` first"
        )
    events: Sequence[dict[str, Any]] = known["events"]
    if not asked:
        yield from _listed(events)
        return
    numbers = known["findings"].get(asked, [int(asked)] if asked.isdecimal() else [])
    chosen = [event for event in events if any(number in numbers for number in event["attempts"])]
    if not chosen and asked in known["findings"]:
        yield f"Finding {escape(asked)} is about an event that never came: there is none to explain."
        return
    if not chosen:
        raise ContractError(
            f"The last run tells of no event '{asked}'.",
            where=Location(folder),
            expected="the number of one of its latest events, or the ID of a finding",
            advice="`bothends explain --tie` lists the events",
        )
    for place, event in enumerate(chosen):
        yield from (("",) if place else ())
        yield from _page(event)


def _listed(events: Sequence[dict[str, Any]]) -> Iterator[str]:
    latest = f", the latest {MOST_LISTED}" * (len(events) > MOST_LISTED)
    yield f"{count_of(len(events), 'event')} of the last run{latest}"
    for event in events[-MOST_LISTED:]:
        could = len(event["could"]) + event["more_could"]
        of = "one request" if could == 1 else f"one of {could:,} requests"
        name = escape(event["callback"] or event["ingest"])
        yield f"  {event['number']:>5}  {name}: {of}; {_named(event['request'])}"


def _page(event: dict[str, Any]) -> Iterator[str]:
    number, callback = event["number"], event["callback"]
    of = f" of the callback {callback}" if callback else f" at the ingest {event['ingest']}"
    yield escape(f"Event {number}{of}, {event['after_s']:.2f} s after its request began")
    again = event["attempts"][1:]
    if again:
        yield f"  attempted again as {', '.join(map(str, again))}"
    yield f"  tied to     {_named(event['request'])}"
    yield f"  decided by  {told.DECIDED[TiedBy(event['by'])]}"
    yield from _rows("could have", [_named(one) for one in event["could"]], event["more_could"])
    out = [f"{_named(one)}: {escape(one['why'])}" for one in event["ruled_out"]]
    yield from _rows("ruled out", out, event["more_ruled_out"])


def _rows(label: str, lines: Sequence[str], more: int) -> Iterator[str]:
    for place, line in enumerate(lines):
        yield f"  {'' if place else label:<11} {line}"
    if more:
        yield f"  {'':<11} (+{more:,} more)"


def _named(request: dict[str, Any]) -> str:
    return escape(f"request {request['number']}, {request['case']}, answered {request['answer']}")
