"""Ties events that name no caller to exchanges, so that as many as can find a place of their own.

An event that has an exchange's own values is that one's, before anything else is looked at. For the rest, an event
lies within the time of the exchange that sent it, from the call that gave its values to the acknowledgement. Where
several exchanges were under way, the one that is over first is taken; for points that are to lie in intervals, that
leaves the fewest without a place. What was acknowledged belongs to a success before it belongs to a failure. What was
not belongs to a failure that was under way, or to a request whose client had gone; where there was none, to a success
as well that need not wait for its event: else the next one's event would be taken for its own, and so on to the end.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from bothends.engine.tie.matching import Match, Traits
from bothends.records import Answer, json_equal

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence

    from bothends.engine.tie.matching import Matching
    from bothends.records import Delivery, Exchange


_MOST_MOVES = 64
"""Events without a place for which others are moved, at most: of a target that sends thousands, none has one."""

_MOST_DOUBTFUL = 16
"""The same of those that may be other attempts."""

NEVER_SENT = "refused"
"""Why there is no answer where the target was not reached."""


@dataclass(frozen=True, slots=True)
class Send:
    """An event that names no caller, with all attempts to send it.

    Attributes:
        deliveries: Its attempts, in order of arrival.
        caused: When the exchange that sent it had begun, at the latest: its values had to be asked for. Seconds.
        traits: What it says of itself.
        repeats: Whether it is byte for byte one that came before and was not acknowledged: another attempt at that one,
            or the event of another request that is like it.
        least: How well an exchange must go with it: as well as the one that has caused what it may repeat.
    """

    deliveries: Sequence[Delivery]
    caused: float
    traits: Traits = field(default_factory=Traits)
    repeats: bool = False
    least: Match = Match.ANY

    @property
    def doubtful(self) -> bool:
        """Whether it may be no event of its own: another attempt, or one at an address that no callback has."""
        return self.repeats or self.elsewhere

    @property
    def elsewhere(self) -> bool:
        """Whether it came to an address that no callback has."""
        return not self.deliveries[0].at_callback

    @property
    def received(self) -> float:
        """When it first arrived."""
        return self.deliveries[0].received

    @property
    def settled(self) -> float:
        """When its last attempt was answered."""
        return self.deliveries[-1].settled

    @property
    def acknowledged(self) -> bool:
        """Whether an attempt was acknowledged."""
        return any(delivery.acknowledged for delivery in self.deliveries)


@dataclass(frozen=True, slots=True)
class Placed:
    """Where events without a name were put.

    Attributes:
        owners: The exchange of each event that has one, by the event's place among those that were given.
        guessed: Exchanges that an event may have been taken from, or given to, by mistake.
    """

    owners: Mapping[int, int]
    guessed: frozenset[int]


def _compared(one: Mapping[str, Any], other: Mapping[str, Any]) -> bool | None:
    """Return whether values are alike where both have one; None: nowhere."""
    common = one.keys() & other.keys()
    return all(json_equal(one[name], other[name]) for name in common) if common else None


def is_due(exchange: Exchange) -> bool:
    """Whether an event may still come when an exchange is over: a success has none yet, or its answer never came."""
    return not exchange.declared and (exchange.succeeded or _unknown(exchange))


def _answered(send: Send, exchange: Exchange) -> bool:
    """Whether the answer is the one that goes with what the ingest said of the event."""
    return isinstance(exchange.answer, Answer) and exchange.answer.success == send.acknowledged


def _unanswered(_send: Send, exchange: Exchange) -> bool:
    return _unknown(exchange)


def _anyhow(_send: Send, _exchange: Exchange) -> bool:
    return True


def _unknown(exchange: Exchange) -> bool:
    """Whether the outcome of a request that need not be refused is unknown: its client had disconnected."""
    answer = exchange.answer
    return not isinstance(answer, Answer) and answer.kind != NEVER_SENT and not exchange.case.expect.refused


def _after(send: Send, exchange: Exchange) -> bool:
    # It may be sent in the background, when the answer is out.
    return exchange.began <= send.received


def _inside(send: Send, exchange: Exchange) -> bool:
    return exchange.began <= send.received <= exchange.ended


def _caused(send: Send, exchange: Exchange) -> bool:
    return exchange.began <= send.caused and send.received <= exchange.ended


def _in_order(send: Send, exchange: Exchange) -> bool:
    return exchange.began <= send.caused and send.settled <= exchange.ended


@dataclass(frozen=True, slots=True)
class _Fit:
    """One way in which an event may fit an exchange.

    Attributes:
        answer: Whether the answer goes with it.
        time: Whether the times do.
        match: How well it and the exchange go together, at least.
        expected: Whether the answer must be one that goes with an event.
        agreed: Whether the answer may say nothing else than the event does.
    """

    answer: Callable[[Send, Exchange], bool]
    time: Callable[[Send, Exchange], bool]
    match: Match
    expected: bool = False
    agreed: bool = False


# Of a right target each event is that of a success which owes it, or of a request whose client had gone: these are
# served first. A success has its event before a request has one that may have been given up before it did anything.
_EXPECTED = (
    *((_answered, _in_order, True), (_answered, _caused, True), (_answered, _inside, True)),
    *((_unanswered, _caused, False), (_unanswered, _inside, False)),
    *((_answered, _after, True), (_unanswered, _after, False)),
)
_OTHERS = (
    *((_answered, _in_order, False), (_answered, _caused, False), (_answered, _inside, False)),
    *((_anyhow, _caused, False), (_anyhow, _inside, False), (_answered, _after, False), (_anyhow, _after, False)),
)


_BY_VALUES = {Match.SURE, Match.VALUES, Match.PARTLY, Match.POSSIBLE}


def _every_fit(sends: Iterable[Send], *, unheard: bool) -> Iterator[_Fit]:
    """Yield the ways in which events may fit, the best first.

    Args:
        sends: The events.
        unheard: Whether there are exchanges whose answers no client received: an event that an answer contradicts is
            rather one of theirs.
    """
    said = {Match.ANY}
    for send in sends:
        said |= (_BY_VALUES if send.traits.claims else set()) | ({Match.OPERATION} if send.traits.operations else set())
    for ways in (_EXPECTED, _OTHERS):
        for match in sorted(said, reverse=True):
            for agreed in (True, False) if unheard and match < Match.PARTLY else (False,):
                yield from (_Fit(answer, time, match, expected, agreed) for answer, time, expected in ways)


class Assignment:
    """The exchanges of a batch, and the events that are put to them."""

    def __init__(
        self,
        exchanges: Sequence[Exchange],
        named: Mapping[int, int],
        matching: Matching,
        earlier: Iterable[Exchange] = (),
    ) -> None:
        """Begin with no event without a name.

        Args:
            exchanges: Those of the batch.
            named: How many events the exchanges have by their names, and so are in no need of, by number.
            matching: Tells how well an event and an exchange go together.
            earlier: Those before them, whose events may come late.
        """
        self._exchanges = exchanges
        self._before = {exchange.case.operation for exchange in earlier}
        # An exchange stands here once for each event that it may have and has not yet.
        lacking = ((e, matching.callbacks(e) - named.get(e.number, 0)) for e in exchanges)
        self._free = sorted((e for e, count in lacking for _ in range(count)), key=lambda e: e.ended)
        self._matching = matching
        self._unheard = any(_unknown(exchange) for exchange in exchanges)
        self._said: dict[int, Mapping[str, Any]] = {}  # what an answer said that no client received, as an event has it
        self._foreign: dict[int, frozenset[int]] = {}  # by an event, those of operations without it
        self._barred: dict[int, frozenset[int]] = {}  # by an event, the exchanges that can't have sent it
        self._come: dict[int, Counter[str]] = {}  # how many events of each callback an exchange has, by its number
        self._behind: frozenset[int] = frozenset()  # events that nobody has taken, of which no answer tells
        self._of_many: frozenset[int] = frozenset()  # those in the time of a success of which nobody knows how many

    def put(self, sends: Sequence[Send]) -> Placed:
        """Put events to exchanges."""
        self._foreign = {id(send): self._not_asked(send) for send in sends}
        rivals = [self._rivals(send) for send in sends if not send.repeats]
        self._barred = {id(send): self._excluded(send) for send in sends}
        self._behind = frozenset(id(send) for send in sends if self._refused_none(send))
        many = [e for e in self._exchanges if self._matching.sends_any_number(e)]
        self._of_many = frozenset(id(send) for send in sends if any(_inside(send, e) for e in many))
        lacking = frozenset(exchange.number for exchange in self._free)
        owners: dict[int, int] = {}
        # What has an exchange's own values is in no other's place, though that one has events enough.
        least = [max(self._least(send), send.least) for send in sends]
        in_order = sorted(range(len(sends)), key=lambda place: sends[place].caused)
        waiting = self._put(sends, [place for place in in_order if not sends[place].doubtful], least, owners)
        waiting = [
            place for i, place in enumerate(waiting) if i >= _MOST_MOVES or not self._moved(place, sends, owners, set())
        ]
        # What is doubtful belongs to who lacks an event when all else has its place.
        self._free = [exchange for exchange in self._free if self._matching.expects(exchange)]
        doubtful = [place for place in in_order if sends[place].doubtful]
        for elsewhere in (False, True):  # one at a callback's address before one that may be nobody's event
            part = [place for place in doubtful if sends[place].elsewhere is elsewhere]
            left = self._put(sends, part, least, owners)
            moved = {place for place in left[:_MOST_DOUBTFUL] if self._moved(place, sends, owners, set())}
            waiting += [place for place in left if not (place in moved or sends[place].repeats)]
        # What is more than there are exchanges without one was sent by one that has one.
        for place in (place for place in waiting if sends[place].traits.declared):
            fits = (fit for fit in _every_fit([sends[place]], unheard=self._unheard) if fit.match >= least[place])
            firsts = (self._first(sends[place], self._exchanges, fit) for fit in fits)
            found = next((first for first in firsts if first is not None), None)
            if found is not None:
                owners[place] = found.number
                self._hear(sends[place], found)
        guessed = frozenset(number for numbers in rivals for number in numbers)
        return Placed(owners, guessed - self._surely_without(rivals, lacking - set(owners.values())))

    def _refused_none(self, send: Send) -> bool:
        """Whether an event was not taken, and no request failed for that, or has an outcome that is unknown."""
        failed = (_inside(send, e) and _answered(send, e) for e in self._exchanges)
        return not (send.acknowledged or self._unheard or any(failed))

    def _goes(self, send: Send, exchange: Exchange, fit: _Fit) -> bool:
        """Whether an answer goes with an event in a way that it may fit."""
        if fit.answer is _answered and fit.time is _after and id(send) in self._behind:
            return self._matching.expects(exchange, behind=True)
        return fit.answer(send, exchange)

    def _excluded(self, send: Send) -> frozenset[int]:
        """Return the exchanges that can't have sent an event, by what the contract declares, where others can have.

        One that has a value of the event which no other one has is its sender, though another value is wrong.
        """
        foreign = self._foreign[id(send)]
        rest = [e for e in self._exchanges if _after(send, e) and e.number not in foreign]
        if not rest or not (send.traits.claims or any(send.traits.callers.values())):
            return foreign
        matching = self._matching
        barred = frozenset(
            e.number for e in rest if matching.excluded(send.traits, e) and not matching.has_own(send.traits, e)
        )
        return foreign | barred if len(barred) < len({e.number for e in rest}) else foreign

    def _not_asked(self, send: Send) -> frozenset[int]:
        """Return the exchanges of operations that do not have an event, where one that has it was asked as well."""
        asked = self._before | {exchange.case.operation for exchange in self._exchanges}
        if all(map(send.traits.is_foreign, asked)):
            return frozenset()
        return frozenset(e.number for e in self._exchanges if send.traits.is_foreign(e.case.operation))

    def _surely_without(self, rivals: Iterable[Iterable[int]], lacking: Collection[int]) -> set[int]:
        """Return the exchanges without an event of which it does not matter whose the others are.

        Where all that may have sent some events owe one each, and there are fewer events, some are lost in any case.

        Args:
            rivals: For each event, the exchanges of which any may have sent it, by their numbers.
            lacking: The exchanges that have none.
        """
        owing = {e.number for e in self._exchanges if self._matching.owes_one(e)}
        groups: list[set[int]] = []
        for numbers in rivals:
            group = set(numbers)
            for other in [other for other in groups if other & group]:
                groups.remove(other)
                group |= other
            groups.append(group)
        return {number for group in groups if group <= owing for number in group if number in lacking}

    def _put(
        self, sends: Sequence[Send], waiting: Sequence[int], least: Sequence[Match], owners: dict[int, int]
    ) -> Sequence[int]:
        """Put some of the events to exchanges that lack one; return those that found none, by their places."""
        for fit in _every_fit(sends, unheard=self._unheard):
            still: list[int] = []
            for place in waiting:
                may = self._may(sends[place], fit) and fit.match >= least[place]
                found = self._first(sends[place], self._lacking(sends[place]), fit) if may else None
                if found is None:
                    still.append(place)
                else:
                    self._free.remove(found)
                    self._note(sends[place], found)
                    self._hear(sends[place], found)
                    owners[place] = found.number
            waiting = still
        return waiting

    def _lacking(self, send: Send) -> Iterator[Exchange]:
        """Yield the exchanges that lack an event of a callback that this may be of."""
        for exchange in self._free:
            names = send.traits.callbacks.get(exchange.case.operation)
            if not names or self._open(names, exchange):
                yield exchange

    def _open(self, names: Iterable[str], exchange: Exchange) -> list[str]:
        """Return those of some callbacks of which an exchange may lack an event."""
        come = self._come.get(exchange.number, Counter())
        return [name for name in names if come[name] < self._matching.most(exchange, name)]

    def _note(self, send: Send, exchange: Exchange) -> None:
        open_ = self._open(send.traits.callbacks.get(exchange.case.operation, frozenset()), exchange)
        if len(open_) == 1:
            self._come.setdefault(exchange.number, Counter()).update(open_)

    def _hear(self, send: Send, exchange: Exchange) -> None:
        if _unknown(exchange) and (values := send.traits.answered(exchange.case.operation)):
            self._said.setdefault(exchange.number, values)

    def _moved(self, place: int, sends: Sequence[Send], owners: dict[int, int], seen: set[int]) -> bool:
        """Put an event where another has been put that fits elsewhere as well; return whether that is possible.

        Each way above is the best for those that it fits. An exchange may be without an event all the same, as one that
        was put early could be its own.

        Args:
            place: The event's place among those that were given.
            sends: All of them.
            owners: The exchange of each that has one; is changed.
            seen: The numbers of exchanges that were tried.
        """
        send = sends[place]
        least = max((self._matching.match(send.traits, e) for e in self._exchanges), default=Match.ANY)
        for exchange in self._exchanges:
            # Of several callbacks, each has a place of its own, and this one may not be free for the event.
            late = _after(send, exchange) and self._matching.expects(exchange, behind=True)
            fits = self._matching.callbacks(exchange) == 1 and (late or _inside(send, exchange))
            fits = fits and (_answered(send, exchange) or _unanswered(send, exchange))
            fits = fits and exchange.number not in self._barred.get(id(send), ())
            if exchange.number in seen or not fits or self._matching.match(send.traits, exchange) < least:
                continue
            seen.add(exchange.number)
            if exchange in self._free:
                self._free.remove(exchange)
                owners[place] = exchange.number
                return True
            others = [other for other, number in owners.items() if number == exchange.number]
            if any(self._moved(other, sends, owners, seen) for other in others):
                owners[place] = exchange.number
                return True
        return False

    def _least(self, send: Send) -> Match:
        """Return how well an exchange must go with an event: as well as any does, where that has its own values."""
        if not send.traits.claims:
            return Match.ANY
        best = max(
            (self._matching.match(send.traits, e) for e in self._exchanges if _after(send, e)), default=Match.ANY
        )
        if best is Match.VALUES:
            return Match.POSSIBLE  # a success whose request nobody can read may have had the same
        return best if best >= Match.PARTLY else Match.ANY

    def _may(self, send: Send, fit: _Fit) -> bool:
        """Whether a way is open to an event: one that no callback declares accuses nobody who owes none."""
        # Nor is it of a request that was refused before, in the time of one that may send any number.
        if fit.answer is _anyhow and fit.time is _after and id(send) in self._of_many:
            return False
        return send.repeats or send.traits.declared or fit.answer is not _anyhow

    def _first(self, send: Send, exchanges: Iterable[Exchange], fit: _Fit) -> Exchange | None:
        barred = self._barred.get(id(send), frozenset())
        timely = (
            e
            for e in exchanges
            if fit.time(send, e) and self._goes(send, e, fit) and (not fit.expected or self._matching.expects(e))
            if e.number not in barred
        )
        fitting = [e for e in timely if not fit.match or self._matching.match(send.traits, e) >= fit.match]
        if fit.agreed:
            fitting = self._agreed(send, fitting)
        # Of several that fit alike, one of the event's caller; of these one whose bytes ask for the operation, as those
        # of another protocol do not; of these the one that is over first.
        fitting = sorted(fitting, key=lambda e: not e.sent.has_its_method)
        known = [(e, self._matching.is_of_caller(send.traits, e)) for e in fitting]
        return next((e for wanted in (True, None, False) for e, own in known if own is wanted), None)

    def _agreed(self, send: Send, exchanges: Sequence[Exchange]) -> list[Exchange]:
        """Return the exchanges whose answers may have said what an event repeats; rather those known to have said it.

        The content of an answer that no client received is known from the first event tied to its exchange.
        """
        own = {e.number: send.traits.answered(e.case.operation) for e in exchanges}
        said = [(e, _compared(own[e.number], self._said.get(e.number, {}))) for e in exchanges]
        same = [e for e, alike in said if alike]
        return same or [e for e, alike in said if alike is None and not self._matching.contradicted(send.traits, e)]

    def _rivals(self, send: Send) -> list[int]:
        """Return the exchanges of which any may have sent an event; none where there is but one."""
        free = (e for e in self._free if e.number not in self._foreign[id(send)])
        matches = [(self._matching.match(send.traits, e), e) for e in free]
        best = max((match for match, _ in matches), default=Match.ANY)
        # An event with values that only one exchange has, each, is wrong whichever of these has sent it.
        if best < self._least(send) or best is Match.PARTLY:
            return []
        alike = {best, Match.POSSIBLE} if best is Match.VALUES else {best}
        exchanges = [e for match, e in matches if match in alike]
        after = [e for e in exchanges if _after(send, e)]
        # What a client has left behind may be at work for long.
        may = [_inside(send, e) or _unknown(e) or self._matching.expects(e, behind=True) for e in after]
        possible = [e for e, is_possible in zip(after, may, strict=True) if is_possible] or after
        if not send.traits.declared:
            due = [e.number for e in possible if _answered(send, e) or _unanswered(send, e)]
            return due if len(set(due)) > 1 else []
        # Where each of them must be refused, none may have an event: whose it is changes nothing.
        if len({e.number for e in possible}) == 1 or all(e.case.expect.refused for e in possible):
            return []
        return [e.number for e in possible]


def surely_earlier(
    send: Send, exchanges: Iterable[Exchange], earlier: Iterable[Exchange], matching: Matching
) -> Exchange | None:
    """Return the one earlier exchange whose answer an event repeats, where none of its batch has given it."""
    if not matching.repeats_an_answer(send.traits):
        return None
    if any(matching.match(send.traits, exchange) is Match.SURE for exchange in exchanges):
        return None
    found = [exchange for exchange in earlier if matching.match(send.traits, exchange) is Match.SURE]
    return found[0] if len(found) == 1 else None


def sent_earlier(send: Send, exchanges: Iterable[Exchange], matching: Matching) -> tuple[Exchange | None, bool]:
    """Return which of earlier exchanges an event belongs to that none of its batch can have sent; None: to none.

    It came while that was under way (what an ingest is slow to answer is known only when it has), or is still due.

    Args:
        send: The event.
        exchanges: Those that may send events, the latest first: it is taken where others fit as well.
        matching: Tells how well an event and an exchange go together.

    Returns:
        The exchange; and whether that is a guess. It is, unless the event has what no other exchange has: of those that
        are no candidates, since they must be refused or have an event, a wrong target may have sent it.
    """
    known = list(exchanges)
    own = [exchange for exchange in known if not send.traits.is_foreign(exchange.case.operation)]
    fitting = [
        (matching.match(send.traits, exchange), inside, is_due(exchange), exchange)
        for exchange in own or known
        if exchange.began <= send.caused
        if (inside := _inside(send, exchange) and not (exchange.case.expect.refused or exchange.declared))
        or is_due(exchange)
        or matching.match(send.traits, exchange) >= Match.PARTLY
    ]
    match, *_, owner = max(fitting, key=lambda fit: fit[:3], default=(Match.ANY, False, False, None))
    alike = sum(one >= match for one, *_ in fitting)
    return owner, match < Match.PARTLY or (match is Match.VALUES and alike > 1)
