"""What findings are told apart by: the same for all cases in which one promise is broken in one way.

A law says what an exchange was up against in its own words, one for each of hundreds of cases. To a person, a
session check that is off is one thing, whichever of sixty sessions was let in.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from bothends.engine.situation import situation

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from bothends.engine.situation import Situation, Terrain
    from bothends.records import Breach


ID_USED = "id used before"
"""What is wrong where events of several requests bear one id, whether or not the ingest is well."""


def root_cause(breach: Breach, terrain: Terrain) -> str:
    """Return the cause of a breach, whichever case it was that showed it."""
    if breach.exchange is None:
        return breach.cause.partition(": ")[2] if breach.law == "stops" else breach.cause
    told = _CAUSES.get(breach.law)
    return breach.cause if told is None else told(breach, situation(breach.exchange, terrain))


def _status(_: Breach, seen: Situation) -> str:
    if seen.unwell and not seen.right:
        return f"{seen.unwell} is not well: {'taken for a success' if seen.taken else f'not {seen.promise}'}"
    if seen.good or not seen.promised:
        return f"{seen.outcome} in place of a success: {seen.area}"
    return f"{'taken for a success' if seen.taken else 'refused otherwise'}, not {seen.promise}"


def _outcome_and_area(_: Breach, seen: Situation) -> str:
    return f"{seen.outcome}: {seen.area}"


def _outcome(_: Breach, seen: Situation) -> str:
    return seen.outcome


def _area(_: Breach, seen: Situation) -> str:
    return seen.area


def _refused_for(_: Breach, seen: Situation) -> str:
    return seen.refused_for


def _lost(breach: Breach, seen: Situation) -> str:
    what = _what(breach, seen)
    return "the ingest is not well" if "the ingest" in seen.unwell and what != ID_USED else what


def _what(breach: Breach, _: Situation) -> str:
    return breach.cause.partition(" for ")[0]


def _occasion(breach: Breach, _: Situation) -> str:
    return breach.cause.partition(" for ")[2]


def _content(breach: Breach, _: Situation) -> str:
    """Return what is in an answer, whichever status it has."""
    return breach.cause.rpartition(" in ")[0]


def _place(breach: Breach, _: Situation) -> str:
    """Return the place in a schema, whichever status the answer has."""
    return breach.cause.partition(" ")[2]


def _source(breach: Breach, _: Situation) -> str:
    """Return which value it is, and where it should come from: stale, altered or another's."""
    return breach.cause.rpartition(": ")[2]


def _one(_: Breach, __: Situation) -> str:
    return "one and the same"


_CAUSES: Mapping[str, Callable[[Breach, Situation], str]] = {
    "family-status": _status,
    "answered": _status,
    "declared-status": _outcome_and_area,
    "no-server-error": _outcome_and_area,
    "recovers": _outcome,
    "answered-in-time": _area,
    "http-status": _occasion,
    "declared-media-type": _what,
    "answer-schema": _place,
    "problem-status": _one,
    "no-secret-in-answer": _content,
    "event-for-success": _lost,
    "no-event-without-success": _refused_for,
    "one-event": _one,
    "not-executed": _area,
    "one-request": _area,
    "event-in-time": _one,
    "provenance": _source,
    "plain-acknowledgement": _one,
    "redirect-not-followed": _area,
    "refuses-first": _what,
    "untouched-when-refused": _what,
    "drains": _one,
}
