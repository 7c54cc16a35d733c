"""Compares answers: which statuses there are, and each answer with its counterpart."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from bothends.contract import answer_names
from bothends.diff.bodies import BODY_DROPPED, compare_content
from bothends.diff.parameters import compare_headers
from bothends.diff.rule import rule
from bothends.documents import member, members, nearest

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from bothends.diff.comparison import About, Comparison
    from bothends.documents import Place

STATUS = rule(
    "status",
    what="An answer is declared no longer.",
    why="Callers have a case for it; what they get in its place they do not know.",
)
STATUS_ADDED = rule(
    "status-added",
    what="An answer is declared that was not.",
    why="A client treats a status that it does not know as the first one of its class (RFC 9110, section 15).",
)
ACKNOWLEDGEMENT = rule(
    "acknowledgement",
    what="An answer that a receiver could give to an event is declared no longer.",
    why="Receivers that give it have acknowledged nothing, and get the event again, or never.",
)
ACKNOWLEDGEMENT_ADDED = rule(
    "acknowledgement-added",
    what="A receiver may give one more answer to an event.",
    why="Receivers may go on as they do.",
)
GIVEN = rule(
    "x-given",
    what="`x-given` of an answer names another family of conditions, a lower limit, or is gone.",
    why="The status stays and its meaning changes: callers that handle it do the wrong thing.",
)
GIVEN_ADDED = rule(
    "x-given-added",
    what="`x-given` of an answer says what leads to it, or more of it than before.",
    why="Nothing was promised of it.",
)
_CLASS = re.compile(r"[1-5]xx")
_NUMBER = re.compile(r"[1-5][0-9][0-9]")


def compare_answers(comparison: Comparison, old: Place, new: Place, about: About) -> None:
    """Compare the answers of two operations to their callers."""
    before, after = declared(old), declared(new)
    here = (nearest(old, "responses"), nearest(new, "responses"))
    for status, place in before.items():
        own = about.of(f"answer {status}", part="answer", status=status)
        other = counterpart(status, after)
        if other is not None:
            _compare(comparison, place, other, own)
        elif not _narrowed(status, after):
            lines = comparison.lines(place, here[1])
            comparison.breaks(STATUS, own, f"The answer {status} is gone.", lines)
    for status, place in after.items():
        if status in before:
            continue
        own = about.of(f"answer {status}", part="answer", status=status)
        other = counterpart(status, before)
        if other is not None:
            _compare(comparison, other, place, own)  # it was declared by its class
        else:
            lines = comparison.lines(here[0], place)
            comparison.fits(STATUS_ADDED, own, f"The answer {status} is new.", lines)


def compare_acknowledgements(comparison: Comparison, old: Place, new: Place, about: About) -> None:
    """Compare what the receivers of two events may answer."""
    before, after = declared(old), declared(new)
    here = (nearest(old, "responses"), nearest(new, "responses"))
    for status, place in before.items():
        own = about.of(f"acknowledgement {status}", part="acknowledgement")
        other = counterpart(status, after)
        if other is None and after:
            lines = comparison.lines(place, here[1])
            comparison.breaks(ACKNOWLEDGEMENT, own, f"The receiver may no longer answer {status}.", lines)
        elif other is not None and not comparison.unchanged.same(place, other):
            compare_headers(comparison, place, other, "acknowledgement", own)
            if member(other, "content") is not None:
                compare_content(comparison, place, other, "acknowledgement", own)
    for status, place in after.items():
        if counterpart(status, before) is not None:
            continue
        own, lines = about.of(f"acknowledgement {status}", part="acknowledgement"), comparison.lines(here[0], place)
        if before:
            comparison.fits(ACKNOWLEDGEMENT_ADDED, own, f"The receiver may answer {status}.", lines)
        elif not _is_error(status):
            comparison.breaks(ACKNOWLEDGEMENT, own, f"The receiver must now answer {status}; any answer did.", lines)


def declared(operation: Place) -> dict[str, Place]:
    """Return the answers that an operation declares, each by its status; classes in upper case."""
    found = members(member(operation, "responses"))
    return {status.upper() if _CLASS.fullmatch(status) else status: place for status, place in found}


def counterpart(status: str, others: Mapping[str, Place]) -> Place | None:
    """Return the answer that another contract has for a status: its own, that of its class, or `default`."""
    names = answer_names(int(status)) if _NUMBER.fullmatch(status) else (status, "default")
    return next((others[name] for name in names if name in others), None)


def _narrowed(status: str, others: Mapping[str, Place]) -> bool:
    """Return whether another contract has some of the statuses of a class, or of `default`."""
    if status == "default":
        return any(_is_error(each) for each in others)
    return status.endswith("XX") and any(each.startswith(status[0]) for each in others)


def _is_error(status: str) -> bool:
    return status[:1] in ("4", "5")


def _compare(comparison: Comparison, old: Place, new: Place, about: About) -> None:
    _compare_given(comparison, old, new, about)
    if comparison.unchanged.same(old, new):
        return
    compare_headers(comparison, old, new, "answer", about)
    if member(old, "content") and not member(new, "content"):
        lines = comparison.lines(nearest(old, "content"), new)
        comparison.breaks(BODY_DROPPED, about, "The body is gone.", lines)
    else:
        compare_content(comparison, old, new, "answer", about)


def _compare_given(comparison: Comparison, old: Place, new: Place, about: About) -> None:
    before, after = _rules_of(old), _rules_of(new)
    if before == after:
        return
    lines = comparison.lines(nearest(old, "x-given"), nearest(new, "x-given"))
    lost = [family for family in before if family not in after]
    lower = [family for family, limit in before.items() if after.get(family, limit) < limit]
    if not before:
        comparison.fits(GIVEN_ADDED, about, f"It is now of {_listed(after)}.", lines)
    elif not after:
        comparison.breaks(GIVEN, about, f"Nothing says any more that it is of {_listed(before)}.", lines)
    elif lost:
        comparison.breaks(GIVEN, about, f"It was of {_listed(before)}, and is of {_listed(after)}.", lines)
    elif lower:
        was, now = (_in_bytes(each[lower[0]]) for each in (before, after))
        comparison.breaks(GIVEN, about, f"The limit was {was}, and is {now}.", lines)
    else:
        comparison.fits(GIVEN_ADDED, about, "It says more of what leads to it, or its limit is higher.", lines)


def _rules_of(place: Place) -> dict[tuple[str, ...], float]:
    """Return what an `x-given` names, each family with what it is about, and its limit in bytes; none is no limit."""
    said = place.value.get("x-given")
    every = said if isinstance(said, list) else [] if said is None else [said]
    found: dict[tuple[str, ...], float] = {}
    for one in every:
        given = one if isinstance(one, dict) else {"family": one}
        about = (given.get(key) for key in ("family", "upstream", "for", "after", "credential"))
        limit = given.get("bytes")
        found[tuple(str(part) for part in about if part is not None)] = (
            float(limit) if isinstance(limit, int | float) else float("inf")
        )
    return found


def _listed(rules: Iterable[tuple[str, ...]]) -> str:
    return " or ".join(" of ".join(each) for each in rules)


def _in_bytes(limit: float) -> str:
    return "none" if limit == float("inf") else f"{limit:g} bytes"
