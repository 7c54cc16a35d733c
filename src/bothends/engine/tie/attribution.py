"""Ties each delivery to the exchange that caused it, with no help from the target.

The head of the package has the order in which a tie is looked for. What is remembered of earlier exchanges is bounded:
a late event is tied to its exchange as long as that is remembered.
"""

from __future__ import annotations

from collections import OrderedDict
from dataclasses import dataclass, field, replace
from itertools import chain, islice
from typing import TYPE_CHECKING
from urllib.parse import unquote

from bothends.cases import MARK
from bothends.engine.tie.anomalies import misplaced, swapped
from bothends.engine.tie.assignment import Assignment, Send, sent_earlier, surely_earlier
from bothends.engine.tie.astray import Astray, have_own_addresses
from bothends.engine.tie.certainty import Certainty
from bothends.engine.tie.keys import Keys, traced
from bothends.engine.tie.matching import CallbackMatcher, Match, Matching
from bothends.engine.tie.past import LONGEST_WAIT, Past, sends_of
from bothends.records import Answer, Delivery, Exchange, TiedBy, UpstreamCall, changed, find_tokens

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

    from bothends.contract import Operation
    from bothends.engine.tie.matching import Address

REMEMBERED_EXCHANGES = 512
REMEMBERED_WAITING = 4096
"""Exchanges that are remembered beyond these, as an event of theirs has not come, or was not taken."""

REMEMBERED_CALLS = 2048
REMEMBERED_BYTES = 1 << 16
"""What is remembered of the body of one exchange's answer."""

WAITING_BYTES = 1 << 12
"""What is remembered of the body of the answer of one that waits."""

_MOST_LACKING = 128
"""Earlier exchanges without an event that are looked at as an event comes."""

REMEMBERED_DELIVERIES = 8
"""Deliveries that are remembered of one exchange: a target may send one caller's events for ever."""


@dataclass(frozen=True, slots=True)
class Attributed:
    """A batch's exchanges with what belongs to each.

    Attributes:
        exchanges: The batch's exchanges, in their order.
        late: Exchanges of earlier batches to which a delivery came only now.
        phantoms: Deliveries that contain something of the run, and that no exchange can have caused.
        unexplained: Deliveries that belong to no exchange, and contain nothing of the run: they may come from anybody.
        swapped: Exchanges whose events carried each other's users, each with its partners.
        misplaced: Exchanges whose event carries an upstream's answer that was another's, each with the upstream.
        mixed: Exchanges whose event has the trace or the mark of another exchange, each with those exchanges.
    """

    exchanges: tuple[Exchange, ...]
    late: tuple[Exchange, ...] = ()
    phantoms: tuple[Delivery, ...] = ()
    swapped: dict[int, tuple[int, ...]] = field(default_factory=dict)
    misplaced: frozenset[tuple[int, str]] = frozenset()
    unexplained: tuple[Delivery, ...] = ()
    mixed: dict[int, tuple[int, ...]] = field(default_factory=dict)

    def followed_by(self, more: Attributed) -> Attributed:
        """Return this with what came next: of its own exchanges, of exchanges before, and of exchanges after."""
        own = {exchange.number: exchange for exchange in self.exchanges}
        late = {exchange.number: exchange for exchange in self.late}
        for exchange in more.late:
            known = own.get(exchange.number)
            if known is None:
                late[exchange.number] = exchange
            else:  # what is remembered of an exchange is less than is known of it here
                calls = known.calls_with(exchange)
                own[known.number] = replace(
                    known, deliveries=exchange.deliveries, guessed=exchange.guessed, calls=calls
                )
        return Attributed(
            exchanges=(*own.values(), *more.exchanges),
            late=tuple(late.values()),
            phantoms=(*self.phantoms, *more.phantoms),
            swapped=self.swapped | more.swapped,
            misplaced=self.misplaced | more.misplaced,
            unexplained=(*self.unexplained, *more.unexplained),
            mixed=self.mixed | more.mixed,
        )


@dataclass(frozen=True, slots=True)
class _Ties:
    """Deliveries that were tied so far: to exchanges of this batch, and of earlier ones, each by its number.

    Attributes:
        senders: Which exchange has sent an event of an identity.
    """

    owned: dict[int, list[Delivery]]
    late: dict[int, list[Delivery]] = field(default_factory=dict)
    senders: dict[str, int] = field(default_factory=dict)

    def give(self, delivery: Delivery, number: int) -> None:
        """Tie a delivery to an exchange."""
        held = self.owned.get(number)
        (self.late.setdefault(number, []) if held is None else held).append(delivery)
        self.senders.setdefault(delivery.identity, number)

    def take_back(self, send: Iterable[Delivery], number: int) -> None:
        """Untie all attempts of an event from an exchange."""
        held = self.owned.get(number, self.late.get(number, []))
        held[:] = [one for one in held if one not in send]
        if not self.late.get(number, held):
            self.late.pop(number, None)


class Attribution:
    """Remembers just enough of the past to tie what comes late."""

    def __init__(  # noqa: PLR0913 -- what it ties by, and how much it remembers
        self,
        seed: int,
        operations: Iterable[Operation] = (),
        addresses: Mapping[str, Address] | None = None,
        keys: Keys | None = None,
        windows: Sequence[tuple[float, float]] = (),
        *,
        remembered: int = REMEMBERED_EXCHANGES,
        wait: float = LONGEST_WAIT,
    ) -> None:
        """Start with no past.

        Args:
            seed: The run's seed, by which tokens prove themselves.
            operations: The contract's: their events may have values of their requests and answers.
            addresses: Where each ingest is; None: deliveries are not told apart by their callbacks.
            keys: What of requests comes back in events; None: nothing is known of that.
            windows: When the target was prepared, by the clock, seconds: what came then, and has nothing of the run, is
                of no exchange. More are added as it is started again.
            remembered: How many exchanges are remembered, whether or not an event of theirs may still come.
            wait: Seconds that the run waits for an event that is owed.
        """
        self._windows = windows
        self._remembered = remembered
        operations = tuple(operations)
        self._keys = Keys(seed) if keys is None else keys
        self._matcher = None if addresses is None else CallbackMatcher(operations, addresses)
        self.called: set[str] = set()
        self.unexplained = 0
        self._seed = seed
        self._operations = {operation.id: operation for operation in operations}
        self._own_addresses = have_own_addresses(operations)
        self._silent = {name for name, operation in self._operations.items() if not operation.events}
        self._recent: OrderedDict[int, Exchange] = OrderedDict()
        self._waiting: OrderedDict[int, Exchange] = OrderedDict()
        self._calls: OrderedDict[int, UpstreamCall] = OrderedDict()
        self.past = Past(self._operations, wait, windows)
        self._all: tuple[int, Matching] | None = None
        self.certainty = Certainty(
            self.past, self._operations, key=self.key_of, matching=self._matching_of_all, came=self._may_come
        )

    @property
    def calls(self) -> OrderedDict[int, UpstreamCall]:
        """Upstream calls of late, by their number."""
        return self._calls

    def teller(self, operations: Mapping[int, str]) -> Callable[[Delivery], int | None]:
        """Return what tells which of some exchanges a delivery is of, while they are under way.

        Args:
            operations: The operation of each, by the exchange's number.
        """
        return lambda delivery: self._owner(delivery, operations, operations)

    def tie(
        self, exchanges: Sequence[Exchange], deliveries: Sequence[Delivery], calls: Sequence[UpstreamCall]
    ) -> Attributed:
        """Tie what the world witnessed to a batch's exchanges.

        What repeats an exchange has nothing of its own: what the target did for it belongs to the first.
        """
        first = [e for e in exchanges if not e.repeated]
        every, exchanges = exchanges, [e if e.ended == e.over else changed(e, ended=e.over) for e in first]
        for call in calls:
            self._calls[call.number] = call
            self.called.add(call.upstream)
        ties = _Ties({exchange.number: [] for exchange in exchanges})
        owned, late = ties.owned, ties.late
        earlier = (*self._waiting.values(), *self._recent.values()) if self._keys.any else ()
        known = {exchange.number: exchange.case.operation for exchange in (*earlier, *exchanges)}
        unmarked: list[Delivery] = []
        unknown: list[Delivery] = []
        strays: list[Delivery] = []
        for delivery in deliveries:
            owner = self._owner(delivery, owned, known)
            if owner is None and self._is_of_setup(delivery):
                continue
            if owner is not None and (owner in owned or owner in self._recent or owner in self._waiting):
                ties.give(delivery, owner)
            elif self._is_stray(delivery, exchanges):
                strays.append(delivery)
            else:
                (unmarked if owner is None else unknown).append(delivery)
        nobodys = self._set_right(ties, unknown, exchanges)
        for number, exchange in self._recent.items():
            for held in exchange.deliveries:
                ties.senders.setdefault(held.identity, number)
        nowhere, guessed = self._tie_unmarked(unmarked, exchanges, ties)
        phantoms = [*nobodys, *(one for one in nowhere if self._bears_a_mark(one))]
        unexplained = (*(one for one in nowhere if not self._bears_a_mark(one)), *strays)
        self.unexplained += len(unexplained)
        self.past.take_of_nobody(unexplained)
        used = {number: self._used(held) for number, held in owned.items()}
        shares = self._share(calls, exchanges, used)
        tied = tuple(
            changed(
                e,
                deliveries=self._named(e, owned[e.number]),
                calls=tuple(shares[e.number]),
                guessed=e.number in guessed,
            )
            for e in every
            if not e.repeated
        )
        before_them = {number: self._recent.get(number) or self._waiting[number] for number in late}
        came_late = tuple(
            replace(
                before_them[n],
                deliveries=self._named(before_them[n], (*before_them[n].deliveries, *more)),
                guessed=before_them[n].guessed or n in guessed,
            )
            for n, more in late.items()
        )
        # Of an earlier exchange, one event is its own; what is more may have been sent for another.
        before = [
            replace(before_them[n], deliveries=(*before_them[n].deliveries[:1], *more)) for n, more in late.items()
        ]
        self._remember((*came_late, *tied))
        # Where one request has several events, and another none, as many as that may be right.
        single = [e for e in (*before, *tied) if not self._counts_events(e)]
        anomalies = swapped(single, self._matching_of_all().expects)
        wrong = misplaced(tied, calls, used)
        mixed = dict(self._mixed((*came_late, *tied), known))
        if len(tied) < len(every):
            own = {e.number: e for e in tied}
            tied = tuple(own.get(e.number, e) for e in every)
        return Attributed(tied, came_late, tuple(phantoms), anomalies, wrong, unexplained, mixed)

    def _set_right(self, ties: _Ties, unknown: Sequence[Delivery], exchanges: Sequence[Exchange]) -> Sequence[Delivery]:
        """Give events that came to the address of another exchange to their own; return what is unknown still.

        Of an exchange that is not remembered, nothing is known but its operation, if only one has such addresses.
        """
        if not self._own_addresses:
            return unknown
        known = {**self._recent, **{exchange.number: exchange for exchange in exchanges}}
        astray = Astray(known, Matching(self._operations, self._keys, known.values()), self._addressed, self._is_like)
        came = {**ties.owned, **ties.late}
        taken = {n: [*known[n].deliveries, *more] for n, more in came.items() if n in known}
        for send, number, owner in list(astray.among(came, taken)):
            ties.take_back(send, number)
            for delivery in send:
                ties.senders[delivery.identity] = owner
                ties.give(delivery, owner)
        left: list[Delivery] = []
        for send in sends_of(unknown):
            own = astray.owner(send, taken) if self._addressed(send[0]) is not None else None
            if own is None or self._own_addresses != {known[own].case.operation}:
                left += send
                continue
            for delivery in send:
                ties.give(delivery, own)
        return left

    def _addressed(self, delivery: Delivery) -> int | None:
        """Return the exchange for which the path of a delivery was made; None: it was made for none."""
        return next((t.number for t in find_tokens(self._seed, unquote(delivery.target)) if t.kind == "c"), None)

    def _is_like(self, exchange: Exchange, deliveries: Sequence[Delivery]) -> bool:
        """Whether what was sent is like an event that an exchange lacks."""
        return not any(one.undeclared for one in self._named(exchange, deliveries))

    def _mixed(self, exchanges: Iterable[Exchange], known: Mapping[int, str]) -> Iterator[tuple[int, tuple[int, ...]]]:
        """Yield exchanges with an event whose keys are of others."""
        for exchange in exchanges:
            named = {number for delivery in exchange.declared for number in self._keys.named(delivery, known)}
            others = named - {exchange.number}
            if others:
                yield exchange.number, tuple(sorted(others))

    def _counts_events(self, exchange: Exchange) -> bool:
        operation = self._operations.get(exchange.case.operation)
        return operation is not None and operation.counts_events

    def _named(self, exchange: Exchange, deliveries: Sequence[Delivery]) -> tuple[Delivery, ...]:
        return tuple(deliveries) if self._matcher is None else self._matcher.named(exchange, deliveries)

    def _is_of_setup(self, delivery: Delivery) -> bool:
        """Whether a delivery came while the target was prepared, and is no other attempt of an event of the run."""
        if not any(began <= delivery.received <= ended for began, ended in self._windows):
            return False
        known = (held.identity for exchange in self._recent.values() for held in exchange.deliveries)
        return not self._bears_a_mark(delivery) and delivery.identity not in known

    def _is_stray(self, delivery: Delivery, exchanges: Sequence[Exchange]) -> bool:
        """Whether a delivery is of no callback: nothing is said of whose it must be, nor is it held against anybody.

        Where the operations declare no event at all, whatever comes is told of them.
        """
        if self._matcher is None or all(exchange.case.operation in self._silent for exchange in exchanges):
            return False
        return self._matcher.is_stray(delivery)

    def _bears_a_mark(self, delivery: Delivery) -> bool:
        """Whether there is something of the run in a delivery, or in where it went.

        A mark of a request counts where it ties: else an event may repeat what was sent long before.
        """
        subject = delivery.event if delivery.event is not None else delivery.payload
        tokens = find_tokens(self._seed, [subject, unquote(delivery.target)])
        return any(token.kind != MARK or self._keys.marks for token in tokens)

    def _owner(self, delivery: Delivery, batch: Mapping[int, object], known: Mapping[int, str]) -> int | None:
        own_path = self._addressed(delivery)
        if own_path is not None:
            return own_path
        subject = delivery.event if delivery.event is not None else delivery.payload
        users = [token.number for token in find_tokens(self._seed, subject) if token.kind == "u"]
        users = users or list(self._keys.named(delivery, known))
        if not users:
            return None
        now = (number for number in users if number in batch)
        of_late = (number for number in reversed(self._recent) if number in users)
        waits = (number for number in users if number in self._waiting)
        return next(chain(now, of_late, waits, users))

    def _tie_unmarked(
        self, deliveries: Iterable[Delivery], exchanges: Sequence[Exchange], ties: _Ties
    ) -> tuple[list[Delivery], frozenset[int]]:
        """Tie what names no caller; return what found no place, and the exchanges that it is a guess for."""
        # Attempts of one send belong together, whatever they carry.
        attempts: dict[str, list[Delivery]] = {}
        for delivery in deliveries:
            if delivery.identity in ties.senders and delivery.identified:
                ties.give(delivery, ties.senders[delivery.identity])
            else:
                attempts.setdefault(delivery.identity, []).append(delivery)
        known = {**self._recent, **{exchange.number: exchange for exchange in exchanges}}
        matching = Matching(self._operations, self._keys, known.values())
        waiting = self._lacking(ties) if attempts else []

        def send_of(part: Sequence[Delivery], *, again: bool) -> Send:
            traits, before = matching.traits(part[0]), known.get(ties.senders.get(part[0].identity, 0))
            least = Match.ANY if before is None else matching.match(traits, before)
            return Send(part, min(map(self._caused, part)), traits, again or before is not None, least)

        every = [
            send_of(part, again=index > 0)
            for held in attempts.values()
            for index, part in enumerate([held] if held[0].identified else [[one] for one in held])
        ]
        sends = [send for send in every if not self._gave_to_its_answer(send, exchanges, matching, ties)]
        named = {number: len({one.identity for one in held}) for number, held in ties.owned.items()}
        named |= {each.number: len({one.identity for one in each.declared}) for each in waiting}
        found = Assignment([*waiting, *exchanges], named, matching, self._recent.values()).put(sends)
        for place, number in sorted(found.owners.items()):
            for delivery in sends[place].deliveries:
                ties.give(_own(delivery, number) if sends[place].repeats else delivery, number)
        nowhere: list[Delivery] = []
        guessed = set(found.guessed)
        for send in (send for place, send in enumerate(sends) if place not in found.owners):
            earlier = (e for e in reversed(self._recent.values()) if e.number not in ties.late)
            if self._gave_again(send, known, ties, matching):
                continue
            owner, guess = sent_earlier(send, (e for e in earlier if e.case.operation not in self._silent), matching)
            if owner is None:
                nowhere += send.deliveries
                continue
            guessed |= {owner.number} if guess else set()
            for delivery in send.deliveries:
                ties.give(delivery, owner.number)
        return nowhere, frozenset(guessed)

    def _lacking(self, ties: _Ties) -> list[Exchange]:
        """Return the latest of the earlier exchanges that owe an event which may still come: what is late is theirs."""
        open_ = (e for e in self.past.unsettled() if e.number not in ties.owned and e.number not in ties.late)
        lacking = (e for e in open_ if (self.past.owes(e) or 0) > len({one.identity for one in e.declared}))
        held = (e for e in lacking if e.number in self._recent or e.number in self._waiting)
        return list(islice((e for e in held if not e.case.expect.refused), _MOST_LACKING))[::-1]

    def _gave_again(self, send: Send, known: Mapping[int, Exchange], ties: _Ties, matching: Matching) -> bool:
        """Give a possible other attempt to who lacks an event, else to who made the first; say whether it is one."""
        before = ties.senders.get(send.deliveries[0].identity) if send.repeats else None
        if before is None:
            return False
        # Who lacked an event for long is not among those of late.
        least = matching.match(send.traits, known.get(before) or self._waiting[before])
        earlier = (e for e in reversed(self._recent.values()) if e.number not in ties.late and _lacks(e, send))
        may = (e for e in earlier if matching.match(send.traits, e) >= least and matching.expects(e))
        lacking = next((exchange.number for exchange in may), None)
        for delivery in send.deliveries:
            ties.give(delivery if lacking is None else _own(delivery, lacking), lacking or before)
        return True

    def _gave_to_its_answer(self, send: Send, exchanges: Sequence[Exchange], matching: Matching, ties: _Ties) -> bool:
        """Give an event to the earlier exchange whose answer it repeats; return whether there is one."""
        owner = surely_earlier(send, exchanges, self._recent.values(), matching)
        if owner is None:
            return False
        for delivery in send.deliveries:
            ties.give(delivery, owner.number)
        return True

    def _caused(self, delivery: Delivery) -> float:
        """Return when the exchange that sent a delivery had begun, at the latest: its values had to be asked for."""
        tokens = find_tokens(self._seed, delivery.event)
        calls = [self._calls[token.number] for token in tokens if token.kind == "s" and token.number in self._calls]
        return min([delivery.received, *(call.began for call in calls)])

    def _used(self, deliveries: Sequence[Delivery]) -> frozenset[int]:
        """Return the numbers of the calls whose answers events carry."""
        tokens = (token for delivery in deliveries for token in find_tokens(self._seed, delivery.event))
        return frozenset(token.number for token in tokens if token.kind == "s")

    @staticmethod
    def _share(
        calls: Sequence[UpstreamCall], exchanges: Sequence[Exchange], used: Mapping[int, frozenset[int]]
    ) -> dict[int, list[UpstreamCall]]:
        """Give each exchange the calls that are known to be its own.

        An event tells whose call gave its values. Of the others, those of one exchange alone are its
        own; those of exchanges that should have made none go one to each, as there is a culprit for
        each; and in any other batch nobody can tell, and nobody need.
        """
        shares: dict[int, list[UpstreamCall]] = {exchange.number: [] for exchange in exchanges}
        users = {call: number for number, marks in used.items() for call in marks}
        for call in calls:
            known = users.get(call.number, call.exchange)
            if known in shares:
                shares[known].append(call)
                continue
            around = [e for e in exchanges if call.began <= e.ended and call.ended >= e.began]
            if around and (len(exchanges) == 1 or all(e.case.expect.refused for e in exchanges)):
                idle = next((e for e in around if not shares[e.number]), around[0])
                shares[idle.number].append(call)
        return shares

    def key_of(self, delivery: Delivery, exchange: Exchange) -> TiedBy | None:
        """Return by which key of its own a delivery of an exchange names one; None: it names none, or another's."""
        addressed = self._addressed(delivery)
        if addressed is not None:
            return TiedBy.ADDRESS if addressed == exchange.number else None
        subject = delivery.event if delivery.event is not None else delivery.payload
        if any(token.kind == "u" for token in find_tokens(self._seed, subject)):
            return TiedBy.CALLER
        operations = {exchange.number: exchange.case.operation for exchange in self.past.all} if self._keys.any else {}
        if not self._keys.named(delivery, operations):
            return None
        return TiedBy.TRACE if traced(self._seed, delivery.headers) is not None else TiedBy.MARK

    def _matching_of_all(self) -> Matching:
        """Return what compares events and all exchanges of late; it is the same as long as nothing else is known."""
        if self._all is None or self._all[0] != self.past.version:
            matching = Matching(self._operations, self._keys, tuple(self.past.all))
            self._all = self.past.version, matching
        return self._all[1]

    def _may_come(self, exchange: Exchange, delivery: Delivery) -> bool:
        """Whether a delivery came to where an exchange's events go."""
        return self._matcher is None or self._matcher.may_come(exchange, delivery)

    def _remember(self, exchanges: Sequence[Exchange]) -> None:
        for exchange in exchanges:
            few = len(exchange.deliveries) <= 1
            kept = exchange if few else replace(exchange, deliveries=_remembered(exchange.deliveries))
            self._recent[exchange.number] = kept = kept.cut(REMEMBERED_BYTES)
            self.past.take((kept,))
            self._recent.move_to_end(exchange.number)
            self._waiting.pop(exchange.number, None)
        while len(self._recent) > self._remembered:
            number, oldest = self._recent.popitem(last=False)
            self.past.cut(oldest, WAITING_BYTES)
            if self._waits(oldest):
                self._waiting[number] = oldest.cut(WAITING_BYTES)
        while len(self._waiting) > REMEMBERED_WAITING:
            self._waiting.popitem(last=False)
        while len(self._calls) > REMEMBERED_CALLS:
            self._calls.popitem(last=False)

    def _waits(self, exchange: Exchange) -> bool:
        """Whether an event may still come of an exchange, or another attempt at one that nobody has taken."""
        taken = {delivery.identity for delivery in exchange.deliveries if delivery.acknowledged}
        if any(delivery.identity not in taken for delivery in exchange.deliveries):
            return True
        operation = self._operations.get(exchange.case.operation)
        if operation is None or not isinstance(exchange.answer, Answer):
            return False
        behind = [event for event in operation.events if event.delivery.answer != "after"]
        came = {delivery.callback for delivery in exchange.declared}
        owing = exchange.succeeded or any(event.when is not None and event.when.conditions for event in behind)
        return owing and (len(came) < len(behind) or operation.counts_events)


def _remembered(deliveries: Sequence[Delivery]) -> tuple[Delivery, ...]:
    """Return what is remembered: the first, the latest, and the first attempt of each of the latest events.

    Without its first attempt, an event would look like one that another request has sent before.
    """
    first: dict[str, int] = {}
    for place, delivery in enumerate(deliveries):
        first.setdefault(delivery.identity, place)
    places = {0} if deliveries else set()
    for place in reversed(range(len(deliveries))):
        more = places | {place, first[deliveries[place].identity]}
        places = more if len(more) <= REMEMBERED_DELIVERIES else places
    return tuple(deliveries[place] for place in sorted(places))


def _own(delivery: Delivery, number: int) -> Delivery:
    """Return what seemed to be another attempt as the event of an exchange."""
    return replace(delivery, identity=f"{delivery.identity} of {number}", attempt=1, repeated=False)


def _lacks(exchange: Exchange, send: Send) -> bool:
    """Whether an earlier exchange has no event yet, and may have caused one."""
    return not exchange.declared and exchange.began <= send.caused
