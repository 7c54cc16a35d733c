"""Tells the lies of a recording, has each judged by the laws, and says which of them nobody notices."""

from __future__ import annotations

from dataclasses import astuple, dataclass, field, replace
from enum import StrEnum
from typing import TYPE_CHECKING

from bothends.engine.judge import Judge
from bothends.engine.tie import Attributed
from bothends.records import Severity, json_equal
from bothends.score.ground import Ground, Shared
from bothends.score.operators import all_operators

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from bothends.laws import LawContext
    from bothends.records import Breach, Cause, Delivery, Exchange, KnownSurvivor
    from bothends.score.lie import Gap, Lie, Place
    from bothends.score.operators import Operator
    from bothends.score.recorded import Recorded, Recording


class Fate(StrEnum):
    """What becomes of a lie."""

    NOTICED = "noticed"
    SURVIVOR = "survivor"
    """No law notices it."""
    OPEN = "open"
    """No law notices it, and the contract leaves it open in so many words."""
    ACCEPTED = "accepted"
    """No law notices it, and a person accepts that."""
    WORDLESS = "wordless"
    """No law notices it, and no contract has words for what it is about."""
    EQUIVALENT = "equivalent"
    """It leaves the record equal."""


@dataclass(frozen=True, slots=True)
class Judgement:
    """A lie that was judged.

    Attributes:
        lie: The lie.
        operator: Who told it.
        of: The exchange that it is told of.
        fate: What became of it.
        laws: The laws that noticed it.
    """

    lie: Lie
    operator: Operator
    of: Recorded = field(repr=False)
    fate: Fate
    laws: tuple[str, ...] = ()


@dataclass(slots=True)
class Tally:
    """How many lies of an operator at a place had which fate."""

    noticed: int = 0
    survivor: int = 0
    open: int = 0
    wordless: int = 0
    accepted: int = 0
    equivalent: int = 0

    def add(self, fate: Fate) -> None:
        """Count a lie."""
        setattr(self, fate, getattr(self, fate) + 1)

    def plus(self, other: Tally) -> Tally:
        """Return both together."""
        return Tally(
            self.noticed + other.noticed,
            self.survivor + other.survivor,
            self.open + other.open,
            self.wordless + other.wordless,
            self.accepted + other.accepted,
            self.equivalent + other.equivalent,
        )

    @property
    def counted(self) -> int:
        """How many count: those that change something, and that the contract could forbid and does not leave open."""
        return self.noticed + self.survivor


@dataclass(frozen=True, slots=True)
class Survivor:
    """Lies of one operator at one place that no law notices.

    Attributes:
        operator: The operator.
        place: The place.
        families: The families of the cases in which it is not noticed.
        shown: One of them.
        gap: What would have to say more; None: nothing that a contract can say.
        noticed_in: The families of the cases in which it is noticed.
    """

    operator: Operator
    place: Place
    families: tuple[str, ...]
    shown: Judgement = field(repr=False)
    gap: Gap | None = None
    noticed_in: tuple[str, ...] = ()


class Score:
    """What came of all lies.

    Attributes:
        tallies: By operator and place.
        survivors: Those that nobody notices.
        left_open: Those that the contract leaves open in so many words.
        records: How many exchanges lies were told of.
        passed_over: How many exchanges broke a law as they were, and say nothing.
        alike: How many exchanges more were like those that lies were told of, those twice that were judged once more.
        left: How many exchanges were of no use, likewise.
    """

    def __init__(self) -> None:
        """Begin with none."""
        self.tallies: dict[tuple[str, Place], Tally] = {}
        self.records = 0
        self.passed_over = 0
        self.alike = 0
        self.left = 0
        self._silent: dict[tuple[str, Place, Fate], list[Judgement]] = {}
        self._noticed: dict[tuple[str, Place], dict[str, None]] = {}

    def add(self, judgement: Judgement) -> None:
        """Take a lie that was judged."""
        key = judgement.operator.name, judgement.lie.place
        self.tallies.setdefault(key, Tally()).add(judgement.fate)
        family = judgement.of.exchange.case.family
        if judgement.fate is Fate.NOTICED:
            self._noticed.setdefault(key, {})[family] = None
        elif judgement.fate is not Fate.EQUIVALENT:
            known = self._silent.setdefault((*key, judgement.fate), [])
            if all(one.of.exchange.case.family != family for one in known):
                known.append(judgement)

    @property
    def noticed(self) -> int:
        """How many lies were noticed."""
        return sum(tally.noticed for tally in self.tallies.values())

    @property
    def counted(self) -> int:
        """How many lies count."""
        return sum(tally.counted for tally in self.tallies.values())

    @property
    def told(self) -> int:
        """How many lies were told, those that change nothing among them."""
        return sum(sum(astuple(each)) for each in self.tallies.values())

    @property
    def percent(self) -> float:
        """How many of a hundred lies are noticed."""
        return 100 * self.noticed / self.counted if self.counted else 100.0

    @property
    def survivors(self) -> list[Survivor]:
        """The lies that nobody notices, by operator and place."""
        return self._of(Fate.SURVIVOR)

    @property
    def left_open(self) -> list[Survivor]:
        """The lies that the contract leaves open in so many words."""
        return self._of(Fate.OPEN)

    @property
    def accepted(self) -> list[Survivor]:
        """The lies that nobody notices, and that a person accepts."""
        return self._of(Fate.ACCEPTED)

    @property
    def wordless(self) -> list[Survivor]:
        """The lies that no contract has words for."""
        return self._of(Fate.WORDLESS)

    def _of(self, fate: Fate) -> list[Survivor]:
        found = []
        for (name, place, which), judgements in self._silent.items():
            if which is fate:
                first = judgements[0]
                families = tuple(dict.fromkeys(one.of.exchange.case.family for one in judgements))
                noticed = tuple(self._noticed.get((name, place), ()))
                gap = next((one.lie.gap for one in judgements if one.lie.gap is not None), None)
                found.append(Survivor(first.operator, place, families, first, gap, noticed))
        return found


_LIBRARY = "any server may refuse it in words of its own"
"""What leaves a refusal open: an HTTP library may answer before the target sees the request."""


class Scoring:
    """Judges lies as a run judges exchanges."""

    def __init__(
        self, recording: Recording, operators: Sequence[Operator] | None = None, accepted: Sequence[KnownSurvivor] = ()
    ) -> None:
        """Take the exchanges, who lies (None: all operators), and which survivors are accepted."""
        self._accepted = accepted
        self._recording = recording
        self._shared = Shared(recording)
        self._operators = all_operators() if operators is None else operators
        self._judge = Judge({}, _no_checks)

    def score(self) -> Score:
        """Return what comes of all lies.

        Raises:
            LawCrashedError: A law raised.
        """
        score = Score()
        score.alike = self._recording.taken - len(self._recording)
        score.left = self._recording.left
        for recorded in self._recording:
            known = self._errors(recorded.exchange, recorded.context)
            if known:
                score.passed_over += 1
                continue
            score.records += 1
            for judgement in self._judged(recorded):
                score.add(judgement)
        return score

    def broken(self) -> frozenset[tuple[int, float, str]]:
        """Return which exchanges that are kept break a law as they are, and which."""
        return frozenset(
            (each.exchange.number, each.exchange.began, law)
            for each, _, _ in self._recording.stored()
            for law, _ in self._errors(each.exchange, each.context)
        )

    def _judged(self, recorded: Recorded) -> Iterator[Judgement]:
        ground = Ground(recorded, self._shared)
        for operator in self._operators:
            for lie in operator.lies(ground):
                yield self._fate(lie, operator, recorded)

    def _fate(self, lie: Lie, operator: Operator, recorded: Recorded) -> Judgement:
        if _is_equal(lie, recorded):
            return Judgement(lie, operator, recorded, Fate.EQUIVALENT)
        context = recorded.context if lie.context is None else lie.context
        errors = self._errors(lie.exchange, context, lie.beside)
        laws = tuple(sorted({law for law, _ in errors}))
        if laws:
            return Judgement(lie, operator, recorded, Fate.NOTICED, laws)
        if not lie.said and context.rightly_refused(lie.exchange):
            lie = replace(lie, said=_LIBRARY)
        silent = Fate.WORDLESS if lie.wordless else Fate.SURVIVOR
        if silent is Fate.SURVIVOR and any(covers(one, operator, lie.place) for one in self._accepted):
            silent = Fate.ACCEPTED
        return Judgement(lie, operator, recorded, Fate.OPEN if lie.said else silent)

    def _errors(
        self, exchange: Exchange, context: LawContext, beside: tuple[Exchange, ...] = ()
    ) -> frozenset[tuple[str, Cause]]:
        breaches: Iterable[Breach] = self._judge.exchange(exchange, context)
        if beside and any(answer.new_values for answer in context.operation.answers):
            breaches = _beside(exchange, context, beside)
        return frozenset((one.law, one.cause) for one in breaches if one.severity is Severity.ERROR)


def covers(known: KnownSurvivor, operator: Operator, place: Place) -> bool:
    """Return whether an entry is about the lies of an operator at a place."""
    return known.covers(operator.name, place.operation, f"{place.side} {place.subject}", place.member)


def _beside(exchange: Exchange, context: LawContext, beside: tuple[Exchange, ...]) -> list[Breach]:
    """Judge an exchange after others: what they were given is not new any more."""
    judge = Judge({context.operation.id: context}, _no_checks)
    for before in beside:
        list(judge.batch(Attributed((before,)), context.calls))
    judged = judge.batch(Attributed((exchange,)), context.calls)
    return [breach for each in judged for breach in each.breaches]


def _no_checks(_: Exchange) -> Sequence[tuple[str, str, str]]:
    return ()  # lies are told of no case that a generator made


def _is_equal(lie: Lie, recorded: Recorded) -> bool:
    """Whether a lie leaves the record as it is."""
    told, was = lie.exchange, recorded.exchange
    if told == was and lie.context is None:
        return True
    if told.answer != was.answer or len(told.deliveries) != len(was.deliveries) or lie.context is not None:
        return False
    if (told.calls, told.ended, told.session) != (was.calls, was.ended, was.session):
        return False
    pairs = zip(told.deliveries, was.deliveries, strict=True)
    return all(one == other or _are_one_event(one, other) for one, other in pairs)


def _are_one_event(one: Delivery, other: Delivery) -> bool:
    alike = replace(one, payload=other.payload, event=other.event, consumed=other.consumed)
    return alike == other and json_equal(one.event, other.event) and json_equal(one.payload, other.payload)
