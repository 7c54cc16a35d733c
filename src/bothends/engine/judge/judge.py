"""Judges exchanges by all laws, and by a generator's own checks for the cases that it made."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from bothends.cases import with_others
from bothends.engine.judge.new_values import NewValues
from bothends.engine.judge.stored_values import StoredValues
from bothends.engine.judge.strong_tags import StrongTags
from bothends.engine.judge.taken_values import BODY, Earlier, TakenValues, taken
from bothends.errors import LawCrashedError
from bothends.laws import LawContext, Violation, judged_laws, phantom, runs
from bothends.records import Answer, Cause, Claim, LawTally, choice_of

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence

    from bothends.clock import Clock
    from bothends.contract import Operation
    from bothends.engine.judge.disturbed import Disturbed
    from bothends.engine.judge.early import Early
    from bothends.engine.judge.no_room import NoRoom
    from bothends.engine.tie import Attributed, Certainty
    from bothends.laws import Law
    from bothends.records import Breach, Exchange, Request, SameTag, Severity, UpstreamCall

_MOST_UNSETTLED = 4096


@dataclass(frozen=True, slots=True)
class Judged:
    """An exchange with the laws that it broke.

    Attributes:
        exchange: What was judged.
        breaches: The laws that it broke.
        late: Whether it is of an earlier batch, judged once more because something came late for it.
        set_aside: Whether it has broken a law, and the clock of this machine was set meanwhile: that accuses nobody.
        left_over: Whether it has broken a law by what may be left over from the request before on its connection: that
            accuses nobody.
        taken: Whether it may have been refused as a value in its request was taken.
        disturbed: Whether its answer may be due to other requests that were under way.
        used_up: Whether it may have been refused for what other requests had done to its object.
        no_room: Whether it may have been refused for the state of the account that it is of.
        early: Whether it was refused before any request of its operation had succeeded.
    """

    exchange: Exchange
    breaches: tuple[Breach, ...]
    late: bool = False
    set_aside: bool = False
    left_over: bool = False
    taken: bool = False
    disturbed: bool = False
    used_up: bool = False
    no_room: bool = False
    early: bool = False


class Judge:
    """Applies the laws, and counts how often each had something to say. A law that raises is a `LawCrashedError`.

    Attributes:
        certainty: Says how sure it is whose an event is; None: nobody has looked.
        disturbed: Says which answers may be due to other requests, for whoever sends those once more; None: nobody
            does.
        used_up: Says which requests may have been refused for what others had done to their object, likewise; it is
            told which may as well have been for a value that is taken.
        no_room: Says which requests may have been refused for the state of the account that they are of, likewise.
        early: Says which requests were refused before any of their operation had succeeded, likewise.
        noted: Is given each exchange of the run that is judged, with what it is judged by; None: nobody is.
    """

    def __init__(  # noqa: PLR0913 -- all that it judges by
        self,
        law_contexts: Mapping[str, LawContext],
        checks: Callable[[Exchange], Sequence[tuple[str, str, str]]],
        laws: Sequence[Law] | None = None,
        *,
        clock: Clock | None = None,
        starts: Sequence[float] = (),
        setup: Sequence[Request] = (),
    ) -> None:
        self._clock = clock
        self._starts = starts  # when the target was started, seconds; later starts may be added
        self._setup = setup  # what has prepared the target; more may be added
        self._law_contexts = law_contexts  # by operation; calls and anomalies come batch by batch
        self._checks = checks  # a generator's own that fail: name, title, message
        self._laws = judged_laws() if laws is None else laws
        self._judged: Counter[str] = Counter()
        self._broken: Counter[str] = Counter()
        self._unjudged: Counter[tuple[str, str]] = Counter()
        self._severities = {law.name: law.severity for law in self._laws}
        self.certainty: Certainty | None = None
        self.disturbed: Disturbed | None = None
        self.no_room: NoRoom | None = None
        self.early: Early | None = None
        self.used_up: Callable[[Sequence[Exchange], frozenset[int]], frozenset[int]] | None = None
        self.noted: Callable[[Exchange, LawContext], None] | None = None
        self._taken_values = TakenValues(starts, setup)
        self._new_values = NewValues(starts)
        self._strong_tags = StrongTags(starts)
        self._stored_values = StoredValues()
        self._unsettled: dict[int, None] = {}  # exchanges whose status accuses nobody, whatever comes late for them

    def with_contexts(
        self,
        law_contexts: Mapping[str, LawContext],
        *,
        counts: bool = True,
        certainty: Certainty | None = None,
        starts: Sequence[float] = (),
    ) -> Judge:
        """Return a judge of exchanges on another test bed; `counts` says whether its counts are this one's too."""
        other = Judge(law_contexts, self._checks, self._laws, clock=self._clock, starts=starts, setup=self._setup)
        other.certainty = certainty
        if not counts:
            return other
        other._judged, other._broken, other._severities = self._judged, self._broken, self._severities
        other._unjudged = self._unjudged
        other.noted = self.noted
        return other

    def batch(self, attributed: Attributed, calls: Mapping[int, UpstreamCall]) -> Iterator[Judged]:
        """Judge a batch's exchanges, then those of earlier batches that something came late for.

        Raises:
            LawCrashedError: A law raised.
        """
        known_taken = taken(self._taken_values, (*attributed.exchanges, *attributed.late), self._law_contexts)
        again = frozenset() if self.early is None else self.early.refused_again(attributed.exchanges)
        known_taken -= frozenset(
            one.number
            for one in attributed.exchanges
            if one.number in again and _stays(one, self._operation_of(one), self.taken_places(one))
        )
        used_up = frozenset[int]()
        if self.used_up is not None:
            # Another value shows whether one was taken; an id has no other value, and nor has a whole body.
            doubtful = (one for one in attributed.exchanges if one.number in known_taken and self.taken_places(one))
            in_doubt = frozenset(one.number for one in doubtful)
            used_up = self.used_up(attributed.exchanges, in_doubt)
            known_taken -= used_up - in_doubt
        explained = known_taken | used_up
        disturbed = frozenset() if self.disturbed is None else self.disturbed.among(attributed.exchanges)
        disturbed -= explained
        no_room = frozenset[int]()
        if self.no_room is not None:
            no_room = self.no_room.among(attributed.exchanges, explained | disturbed | again)
        explained |= disturbed | no_room
        early = frozenset() if self.early is None else self.early.among(attributed.exchanges) - explained
        unsettled = self._unsettled_too(attributed, explained | early)
        given_before = self._given_before((*attributed.exchanges, *attributed.late))
        same_tags = self._same_tags(attributed.exchanges)
        self.note_stored((*attributed.exchanges, *attributed.late))
        law_contexts = {
            operation: replace(
                known,
                stored=self._stored_values.taken,
                unsettled=unsettled,
                calls=calls,
                swapped=attributed.swapped,
                misplaced=attributed.misplaced,
                mixed=attributed.mixed,
                given_before=given_before,
                same_tags=same_tags,
            )
            for operation, known in self._law_contexts.items()
        }
        if self._clock is not None:
            self._clock.look()
        every = [(exchange, False) for exchange in attributed.exchanges]
        every += [(exchange, True) for exchange in attributed.late]
        for exchange, late in every:
            context = law_contexts[exchange.case.operation]
            if self._is_explained(exchange, context):
                yield Judged(exchange, (), late=late, set_aside=True)
                continue
            if exchange.former is not None and self._breaks(exchange, context):
                yield Judged(exchange, (), late=late, left_over=True)
                continue
            breaches = tuple(self.exchange(exchange, context))
            if self.noted is not None:
                self.noted(exchange, context)
            number = exchange.number
            yield Judged(
                exchange,
                breaches,
                late=late,
                taken=number in known_taken,
                disturbed=number in disturbed,
                used_up=number in used_up,
                no_room=number in no_room,
                early=number in early,
            )

    def _unsettled_too(self, attributed: Attributed, found: frozenset[int]) -> frozenset[int]:
        """Return the exchanges whose status accuses nobody: what was so for an earlier batch is so when more comes."""
        late = frozenset(one.number for one in attributed.late if one.number in self._unsettled)
        self._unsettled |= dict.fromkeys(one.number for one in attributed.exchanges if one.number in found)
        while len(self._unsettled) > _MOST_UNSETTLED:
            del self._unsettled[next(iter(self._unsettled))]
        return found | late

    def _given_before(self, exchanges: Sequence[Exchange]) -> dict[int, dict[str, int]]:
        contexts, known = self._law_contexts, self._new_values
        found = {one.number: known.given_before(one, contexts[one.case.operation].operation) for one in exchanges}
        return {number: places for number, places in found.items() if places}

    def _same_tags(self, exchanges: Sequence[Exchange]) -> dict[int, SameTag]:
        for one in exchanges:
            self._strong_tags.note(one)
        found = {one.number: self._strong_tags.kept(one, self._operation_of(one)) for one in exchanges}
        return {number: same for number, same in found.items() if same is not None}

    def note_stored(self, exchanges: Iterable[Exchange]) -> None:
        """Note which values the target has taken that it had to refuse, as soon as requests are answered."""
        for one in exchanges:
            self._stored_values.note(one, self._operation_of(one))

    def note_steps(self, exchanges: Sequence[Exchange]) -> None:
        """Note what requests have shown that come before those that are judged; they themselves are not."""
        self._same_tags(exchanges)

    def _operation_of(self, exchange: Exchange) -> Operation:
        return self._law_contexts[exchange.case.operation].operation

    def taken_places(self, exchange: Exchange) -> tuple[str, ...]:
        """Return the members whose values may be why a valid request was refused; none: the body as a whole may be."""
        operation = self._operation_of(exchange)
        ids = {place.name for place in operation.id_places if place.part == "body"}
        found = self._taken_values.places(exchange, operation)
        return tuple(place for place in found if place != BODY and place not in ids)

    def before_an_error(self, exchange: Exchange) -> Earlier | None:
        """Return what had succeeded before with values of a request that got an error of the server; None: nothing.

        Of its places, those of members alone are told: none, the body as a whole may be why.
        """
        operation = self._operation_of(exchange)
        found = self._taken_values.before_an_error(exchange, operation)
        return None if found is None else Earlier(tuple(place for place in found.places if place != BODY), found.case)

    def note_taken(self, exchanges: Sequence[Exchange]) -> None:
        """Note which values have been taken by exchanges, whether they are judged afterwards or never."""
        taken(self._taken_values, exchanges, self._law_contexts)

    def forget_taken(self) -> None:
        """Forget which values were accepted, not which of them need not be unique."""
        self._taken_values = self._taken_values.forgotten()

    def take_unique(self, judge: Judge) -> None:
        """Know of which members of requests another judge has seen that their values need not be unique.

        What that has seen to be taken, and was to be refused, the target may still show.
        """
        self._taken_values = judge._taken_values.forgotten()
        self._stored_values = judge._stored_values

    def _is_explained(self, exchange: Exchange, context: LawContext) -> bool:
        """Whether an exchange breaks a law, and the system's clock was set since it began."""
        if self._clock is None or not self._clock.steps:
            return False
        ended = max((exchange.over, *(delivery.settled for delivery in exchange.deliveries)))
        if not self._clock.stepped(exchange.began, ended):
            return False
        return self._breaks(exchange, context)

    def _breaks(self, exchange: Exchange, context: LawContext) -> bool:
        trial = Judge(self._law_contexts, self._checks, self._laws)
        return any(True for _ in trial.exchange(exchange, context))

    def trial(self, attributed: Attributed, calls: Mapping[int, UpstreamCall]) -> list[Breach]:
        """Return what a batch's exchanges break, as if nobody had judged them."""
        kept = self._law_contexts
        trial = self.with_contexts(kept, counts=False, certainty=self.certainty, starts=self._starts)
        return [breach for judged in trial.batch(attributed, calls) for breach in judged.breaches]

    def one(self, exchange: Exchange, calls: Mapping[int, UpstreamCall]) -> list[Breach]:
        """Judge one exchange that had the world to itself."""
        known = self._law_contexts[exchange.case.operation]
        return list(self.exchange(exchange, replace(known, calls=calls, stored=self._stored_values.taken)))

    def phantoms(self, attributed: Attributed) -> list[Breach]:
        """Return the breaches of deliveries that belong to no exchange."""
        breaches = [phantom(delivery) for delivery in attributed.phantoms]
        for breach in breaches:
            self._count(breach.law, breach.severity, broken=True)
        return breaches

    def exchange(self, exchange: Exchange, law_contexts: LawContext) -> Iterator[Breach]:
        """Judge one exchange.

        Raises:
            LawCrashedError: A law raised.
        """
        broken: set[str] = set()
        judged = self._judged
        for law in self._laws:
            try:
                breaches = law.breaches(exchange, law_contexts)
            except Exception as error:
                raise LawCrashedError(f"the law {law.name!r} crashed on {exchange.case.label}: {error!r}") from error
            if breaches is None:
                if law.is_case is not None and law.is_case(exchange, law_contexts):
                    self._unjudged[law.name, law.lacks(exchange, law_contexts)] += 1
                continue
            if not breaches:  # as a rule
                judged[law.name] += 1
                continue
            told = [] if broken and broken.intersection(law.yields_to) else breaches
            self._count(law.name, law.severity, broken=bool(told))
            # A breach that is left out still explains those that follow from it.
            broken.add(law.name)
            yield from (self._tied(breach, law, exchange, law_contexts) for breach in told)
        yield from self._generator_checks(exchange, broken, law_contexts)

    def _tied(self, breach: Breach, law: Law, exchange: Exchange, context: LawContext) -> Breach:
        """Return a breach with how sure it is that the events are those of its exchange, where it goes by that."""
        if self.certainty is None or not law.needs_tie or breach.claim is Claim.NOTHING:
            return breach

        def shows(other: Exchange) -> bool:
            # What is known of the exchange alone is not known of another one.
            apart = replace(context, swapped={}, mixed={}, misplaced=frozenset())
            own = other.number == exchange.number
            found = law.breaches(other, context if own else apart) or ()
            if not any(one.cause == breach.cause for one in found):
                return False
            # Of another one, it would not be told where that breaks a law that comes first.
            return own or not any(one.breaches(other, apart) for one in self._laws if one.name in law.yields_to)

        tie = self.certainty.of(breach, exchange, shows)
        # Whoever looks at the one request that is shown may see nothing: another one may have done it.
        others = f" It may have been {choice_of(tie.cases)} instead." if tie.cases else ""
        return replace(breach, tie=tie, summary=f"{breach.summary}{others}")

    def _generator_checks(self, exchange: Exchange, broken: set[str], law_contexts: LawContext) -> Iterator[Breach]:
        if exchange.case.origin is None or not isinstance(exchange.answer, Answer):
            return
        if exchange.number in law_contexts.unsettled:
            return
        if law_contexts.rightly_refused(exchange) or exchange.answer.status in exchange.case.expect.absent:
            return  # its checks know the declared statuses and media types alone, and no id that was made up
        failed = [(runs.check_law(name), title, message) for name, title, message in self._checks(exchange)]
        told = [(law, title, message) for law, title, message in failed if not broken.intersection(law.yields_to)]
        self._count(runs.GENERATOR_CHECKS.name, runs.GENERATOR_CHECKS.severity, broken=bool(told))
        for law, title, message in told:
            yield law.breach(
                Violation(
                    cause=Cause("failed", about=title, status=str(exchange.answer.status)),
                    summary=title,
                    expected=message,
                    actual=f"{exchange.answer.status} {exchange.answer.media_type or ''}".strip(),
                ),
                exchange,
            )

    def _count(self, law: str, severity: Severity, *, broken: bool) -> None:
        self._severities.setdefault(law, severity)
        self._judged[law] += 1
        self._broken[law] += broken

    def unjudged(self) -> tuple[tuple[str, str, int], ...]:
        """Return the laws that had cases, and nothing to judge in any of them; for each reason, the number of these."""
        found = sorted(self._unjudged.items())
        return tuple((name, reason, count) for (name, reason), count in found if not self._judged[name])

    def tallies(self) -> tuple[LawTally, ...]:
        """Return how each law has fared so far, in the order of judgement."""
        return tuple(
            LawTally(name, severity, self._judged[name], self._broken[name])
            for name, severity in self._severities.items()
        )


def _stays(exchange: Exchange, operation: Operation, places: Collection[str]) -> bool:
    """Whether a request can't be sent with other values in some members: with these, it may be another matter."""
    request = exchange.case.request
    return not places or request.raw is not None or with_others(operation, request, places, exchange.number) is None
