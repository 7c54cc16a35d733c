"""Which causes follow from which: what a person is told below a finding, and not as one of its own.

One cause follows from another where that is the same promise told of by another law, or where every exchange that
shows it shows the other as well, and the other's law is one that explains its law. That two things are always seen
together is not enough: an event with seconds for milliseconds and a wrong version has two faults in each exchange.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from bothends.engine.pact_laws import PACT_LAW
from bothends.engine.root_cause import ID_USED
from bothends.laws import LAWS
from bothends.records import Severity
from bothends.world import INGEST

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from bothends.engine.strand import Key, Strand

# Laws on what is answered, those that say it best first.
_STATUS = ("family-status", "answered", "declared-status", "recovers", "no-server-error", "http-status")

# Laws that tell of something in one area after the other, when it is wrong in all of them.
_BY_AREA = ("no-event-without-success", "not-executed", "answered-in-time", "redirect-not-followed", "one-request")

# Laws on the event: what is wrong with it is often the reason for what is answered.
_EVENT = (
    *("right-address", "nothing-dropped", "event-schema", "provenance", "own-event", "own-identity", "one-event"),
    *("event-for-success", "no-event-without-success", "not-executed"),
)

_CONTENT = ("nothing-dropped", "event-schema", "provenance")

# By whichever exchange shows the first law, another that it breaks as well is explained: law -> what explains it.
_EXPLAINED_BY: Mapping[str, tuple[str, ...]] = {
    **dict.fromkeys(("no-server-error", "answered", "declared-status"), ("right-address", "nothing-dropped")),
    "http-status": _EVENT,
    PACT_LAW: tuple(law.name for law in LAWS if law.severity is Severity.ERROR),
}

# Laws that go by which exchange an event is tied to, and not by what is in it.
_BY_TIE = frozenset(
    {
        *("provenance", "own-event", "own-identity", "one-event", "event-for-success", "no-event-without-success"),
        *("not-executed", "acknowledged-first", "event-in-time", "refuses-first"),
    }
)

# Families in which callers whose events may be mixed up are under way at once.
_AT_ONCE = {"crowd", "disconnects", "around-stop", "in-flight-at-stop"}

BROAD = 3
"""Areas in which good requests are answered alike, so that it is none of the areas that is at fault."""

BROAD_LAW = 4
"""Areas in which one law is broken, so that it is wrong everywhere."""

_FIRST_AND_LAST = {"own-event": -2, "one-event": -1, "not-executed": 99}
_ORDER = {name: place for place, name in enumerate(law.name for law in LAWS)} | _FIRST_AND_LAST


class Broad(NamedTuple):
    """What is wrong in so many areas that it is wrong everywhere."""

    laws: frozenset[str]
    outcomes: frozenset[str]
    plain: frozenset[str]


def folded(strands: Iterable[Strand], replayed: str = "") -> dict[Key, Key]:
    """Return what follows from what: the key of each cause that is none of its own, and the one that explains it.

    Args:
        strands: All causes of a run.
        replayed: The ID of one that is to stand for itself.
    """
    every = list(strands)
    broad = _broad(every)
    ordered = sorted(every, key=lambda s: (s.finding.id != replayed, *_rank(s, broad)))
    parents: dict[Key, Key] = {}
    for place, strand in enumerate(ordered):
        before = [one for one in ordered[:place] if one.key.operation == strand.key.operation]
        reason = next((one for one in before if _explains(one, strand, broad)), None) or _all_beside(before, strand)
        if reason is not None:
            parents[strand.key] = parents.get(reason.key, reason.key)
    return parents


def _all_beside(before: Sequence[Strand], strand: Strand) -> Strand | None:
    """Return the main reason of what a pact does not get, where each exchange breaks a law of its own as well."""
    if strand.key.law != PACT_LAW:
        return None
    laws = [one for one in before if one.key.law in _EXPLAINED_BY[PACT_LAW]]
    if not 0 < strand.exchanges <= sum(strand.beside[one.key] for one in laws):
        return None
    return max(laws, key=lambda one: strand.beside[one.key])


def _broad(strands: Sequence[Strand]) -> Broad:
    areas: dict[tuple[str, str], set[str]] = {}
    for strand in strands:
        if strand.good and strand.key.law in _STATUS:
            for outcome in strand.outcomes:
                areas.setdefault(("", outcome), set()).update(map(str, range(BROAD)) if strand.plain else [strand.area])
        if strand.key.law in _BY_AREA:
            areas.setdefault((strand.key.law, ""), set()).add(strand.area)
    wide = [key for key, seen in areas.items() if len(seen) >= (BROAD_LAW if key[0] else BROAD)]
    plain = {o for s in strands if s.plain and s.good and s.key.law in _STATUS for o in s.outcomes}
    return Broad(
        frozenset(law for law, _ in wide if law), frozenset(outcome for _, outcome in wide if outcome), frozenset(plain)
    )


def _rank(strand: Strand, broad: Broad) -> tuple[object, ...]:
    """Return where a cause stands among those that may explain each other: the first explains."""
    law = strand.key.law
    place = _STATUS.index(law) + 1 if law in _STATUS else 0
    if law == "recovers" and not strand.outcomes & broad.plain:
        place = 0  # what is answered once a fault is over was the fault's doing, as plain requests fare well
    if law in {"acknowledged-first", "answered-in-time"}:
        place = -1
    if law not in _ORDER or _of_the_refused(strand) or law == "not-executed" or _by_guess(strand):
        place = len(_STATUS) + 1
    return (
        strand.finding.breach.severity is Severity.WARNING,
        place,
        _ORDER.get(law, len(_ORDER)),
        not strand.plain,
        len(strand.promised) or len(_ORDER),
        -strand.exchanges,
        strand.key.cause,
    )


def _explains(one: Strand, other: Strand, broad: Broad) -> bool:
    """Whether a cause explains another one, that comes after it in the order."""
    laws = (one.key.law, other.key.law)
    always = other.beside[one.key] >= other.exchanges > 0
    return (
        (laws[0] == laws[1] and laws[0] in broad.laws)
        or (laws[0] in _STATUS and laws[1] in _STATUS and _same_answer(one, other, broad))
        or _follows(one, other)
        or (one.let_in and _of_session(other))
        or (_by_guess(other) and one.key.law in _EVENT and not _by_guess(one))
        or (_of_ids(one) and other.key.law in _BY_TIE and other.exchanges <= one.exchanges)
        or (_of_clock(one) and _of_clock(other))
        or (always and _because_of_event(one, other))
    )


def _follows(one: Strand, other: Strand) -> bool:
    """Whether one thing is bound to lead to the other, be it in other exchanges."""
    match one.key.law, other.key.law:
        case ("event-for-success", "plain-acknowledgement") | ("acknowledged-first", "event-for-success"):
            return True  # whoever asks for no acknowledgement takes any; what is told once the answer is out is lost
        # The first of two was acknowledged, the second was not; what is dropped is told only where it would be stored.
        case ("one-event", "no-event-without-success") | ("nothing-dropped", "event-schema"):
            return bool(other.unwell)
        case "acknowledged-first" | "event-for-success", "family-status":
            return other.taken and other.unwell == f"the {INGEST}"
        case "own-event", "one-event" | "event-for-success":  # one caller's event is taken for another's
            return other.families <= _AT_ONCE
        case "answered-in-time", "family-status" | "event-in-time":  # just in time, by chance
            return one.unwell == other.unwell and other.families <= one.families
    return False


def _because_of_event(one: Strand, other: Strand) -> bool:
    """Whether an event, that is wrong or should not be, explains what else each of the exchanges breaks."""
    if _of_the_refused(one):
        return other.key.law in {*_EVENT, "http-status"}
    if _of_the_refused(other):
        return one.key.law == "family-status" and one.taken and not one.good
    if other.key.law == "family-status" and one.key.law == "provenance":
        return other.taken and any(one.key.cause.endswith(f"upstream.{part}") for part in other.unwell.split())
    return one.key.law in _EXPLAINED_BY.get(other.key.law, ())


def _by_guess(strand: Strand) -> bool:
    """Whether nothing but a guess as to whose event it is tells of it: something else is wrong with the event."""
    return strand.guessed and strand.key.law in _BY_TIE


def _of_ids(strand: Strand) -> bool:
    """Whether events of several requests bear one id: which of the requests one belongs to is mixed up by that, too."""
    return strand.key.law == "event-for-success" and strand.key.cause == ID_USED


def _of_the_refused(strand: Strand) -> bool:
    """Whether it is about what is in an event, and only in events of requests that need not be taken at all."""
    return strand.key.law in _CONTENT and not strand.right


def _of_session(strand: Strand) -> bool:
    """Whether it is about the user of an event, and only of those who need not be let in."""
    return _of_the_refused(strand) and strand.key.cause.endswith("session.user")


def _of_clock(strand: Strand) -> bool:
    """Whether it is about the time in an event, which the ingest refuses or the contract finds wrong."""
    if strand.key.law == "nothing-dropped":
        return "timestamp" in strand.key.cause
    return strand.key.law == "provenance" and strand.key.cause.endswith("clock.ms")


def _same_answer(one: Strand, other: Strand, broad: Broad) -> bool:
    """Whether two laws on answers, or one of them twice, tell of the same wrong answer to the same promise."""
    alike = other.outcomes <= one.outcomes
    if alike and (one.key.law == "recovers" or other.foreign):
        return True
    wider = other.promised > one.promised
    if one.key.law == other.key.law and one.unwell and one.unwell == other.unwell and not one.right:
        return wider and one.taken == other.taken
    if one.good:
        # What is answered everywhere in place of a success may be answered in place of anything.
        here = one.area == other.area and (other.good or not other.promised)
        return alike and (here or other.outcomes <= broad.outcomes)
    return wider and (alike or (one.key.law == other.key.law and not other.good and one.taken == other.taken))
