"""Ties each delivery to the exchange that caused it, with no help from the target.

The head of the package has the order in which a tie is looked for. What is remembered of earlier exchanges is bounded:
a late event is tied to its exchange as long as that is remembered.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from itertools import chain
from typing import TYPE_CHECKING

from bothends.engine.tie.anomalies import misplaced, swapped
from bothends.engine.tie.astray import Astray, have_own_addresses
from bothends.engine.tie.calls import Calls, shared_out
from bothends.engine.tie.certainty import Certainty
from bothends.engine.tie.earlier import REMEMBERED_EXCHANGES, Earlier
from bothends.engine.tie.keys import Keys
from bothends.engine.tie.matching import CallbackMatcher, Matching
from bothends.engine.tie.names import Names
from bothends.engine.tie.past import LONGEST_WAIT, Past, sends_of
from bothends.engine.tie.ties import Ties
from bothends.engine.tie.unnamed import Unnamed
from bothends.records import Delivery, Exchange, UpstreamCall, changed

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

    from bothends.contract import Operation
    from bothends.engine.tie.answered import Address
    from bothends.records import Mixed


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
        mixed: Exchanges whose event has the trace or a text of another exchange, each with what is of which.
    """

    exchanges: tuple[Exchange, ...]
    late: tuple[Exchange, ...] = ()
    phantoms: tuple[Delivery, ...] = ()
    swapped: dict[int, tuple[int, ...]] = field(default_factory=dict)
    misplaced: frozenset[tuple[int, str]] = frozenset()
    unexplained: tuple[Delivery, ...] = ()
    mixed: dict[int, Mixed] = field(default_factory=dict)

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


class Attribution:
    """Ties deliveries, and remembers just enough of the past to tie what comes late.

    Attributes:
        calls: The upstream calls of late.
        past: Which exchanges may still send an event.
        certainty: Says how sure it is whose an event is.
        unexplained: How many deliveries belong to no exchange, and contain nothing of the run.
    """

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
        operations = tuple(operations)
        self._keys = Keys(seed) if keys is None else keys
        self.calls = Calls(seed)
        self._matcher = None if addresses is None else CallbackMatcher(operations, addresses, self.calls.of_late, seed)
        self.unexplained = 0
        self._operations = {operation.id: operation for operation in operations}
        self._own_addresses = have_own_addresses(operations)
        self._silent = {name for name, operation in self._operations.items() if not operation.events}
        self.past = Past(self._operations, wait, windows)
        self._earlier = Earlier(self._operations, self.past, remembered)
        self._names = Names(seed, self._keys, self.past, self._operations)
        self._unnamed = Unnamed(self._operations, self._keys, past=self.past, earlier=self._earlier, calls=self.calls)
        self._all: tuple[int, Matching] | None = None
        self.certainty = Certainty(
            self.past, self._operations, key=self._names.key_of, matching=self._matching_of_all, came=self._may_come
        )

    def teller(self, operations: Mapping[int, str]) -> Callable[[Delivery], int | None]:
        """Return what tells which exchange a delivery is of, while those of these operations are under way."""
        return lambda delivery: self._owner(delivery, operations, operations)

    def tie(
        self, exchanges: Sequence[Exchange], deliveries: Sequence[Delivery], calls: Sequence[UpstreamCall]
    ) -> Attributed:
        """Tie what the world witnessed to a batch's exchanges.

        What repeats an exchange has nothing of its own: what the target did for it belongs to the first.
        """
        first = [e for e in exchanges if not e.repeated]
        every, exchanges = exchanges, [e if e.ended == e.over else changed(e, ended=e.over) for e in first]
        self.calls.take(calls)
        ties = Ties({exchange.number: [] for exchange in exchanges})
        owned, late = ties.owned, ties.late
        earlier = self._earlier if self._keys.any else ()
        known = {exchange.number: exchange.case.operation for exchange in (*earlier, *exchanges)}
        unnamed, unknown, strays = self._tie_named(deliveries, exchanges, ties, known)
        nobodys = self._set_right(ties, unknown, exchanges)
        for exchange in self._earlier:  # a target may wait long before it attempts again
            for held in exchange.deliveries:
                ties.senders.setdefault(held.identity, exchange.number)
        nowhere, guessed = self._unnamed.tie(unnamed, exchanges, ties)
        of_the_run = self._names.has_something_of_the_run
        phantoms = [*nobodys, *(one for one in nowhere if of_the_run(one))]
        unexplained = (*(one for one in nowhere if not of_the_run(one)), *strays)
        self.unexplained += len(unexplained)
        self.past.take_of_nobody(unexplained)
        used = {number: self.calls.used(held) for number, held in owned.items()}
        shares = shared_out(calls, exchanges, used)
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
        before_them = {number: self._earlier[number] for number in late}
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
        self._earlier.remember((*came_late, *tied))
        self.calls.cut()
        # Where one request has several events, and another none, as many as that may be right.
        single = [e for e in (*before, *tied) if not self._counts_events(e)]
        matching = self._matching_of_all()

        def fits(delivery: Delivery, exchange: Exchange) -> bool:
            names = self._owner(delivery, owned, known)
            return names is None and not matching.excluded(matching.traits(delivery), exchange)

        anomalies = swapped(single, lambda one: matching.expects(one) and not self.past.may_be_lost(one), fits)
        wrong = misplaced(tied, calls, used)
        mixed = dict(self._names.mixed((*came_late, *tied), known))
        if len(tied) < len(every):
            own = {e.number: e for e in tied}
            tied = tuple(own.get(e.number, e) for e in every)
        return Attributed(tied, came_late, tuple(phantoms), anomalies, wrong, unexplained, mixed)

    def _tie_named(
        self, deliveries: Iterable[Delivery], exchanges: Sequence[Exchange], ties: Ties, known: Mapping[int, str]
    ) -> tuple[list[Delivery], list[Delivery], list[Delivery]]:
        """Tie what names an exchange that is known.

        Returns:
            What names none; what names one that is not known; and what is of no callback. What the target's setup has
            sent is none of these.
        """
        unnamed: list[Delivery] = []
        unknown: list[Delivery] = []
        strays: list[Delivery] = []
        for delivery in deliveries:
            owner = self._owner(delivery, ties.owned, known, ties)
            if owner is None and self._is_of_setup(delivery):
                continue
            earlier = None if owner is None or owner not in self._earlier else self._earlier[owner]
            if earlier is not None and self._names.shows_what_is_kept(delivery, earlier, exchanges):
                unnamed.append(delivery)
            elif owner is not None and (owner in ties.owned or owner in self._earlier):
                ties.give(delivery, owner)
            elif self._is_stray(delivery, exchanges):
                strays.append(delivery)
            else:
                (unnamed if owner is None else unknown).append(delivery)
        return unnamed, unknown, strays

    def _set_right(self, ties: Ties, unknown: Sequence[Delivery], exchanges: Sequence[Exchange]) -> Sequence[Delivery]:
        """Give events that came to the address of another exchange to their own; return what is unknown still.

        Of an exchange that is not remembered, nothing is known but its operation, if only one has such addresses.
        """
        if not self._own_addresses:
            return unknown
        known = {**self._earlier.recent, **{exchange.number: exchange for exchange in exchanges}}
        astray = Astray(
            known, Matching(self._operations, self._keys, known.values()), self._names.addressed, self._is_like
        )
        came = {**ties.owned, **ties.late}
        taken = {n: [*known[n].deliveries, *more] for n, more in came.items() if n in known}
        for send, number, owner in list(astray.among(came, taken)):
            ties.take_back(send, number)
            for delivery in send:
                ties.senders[delivery.identity] = owner
                ties.give(delivery, owner)
        left: list[Delivery] = []
        for send in sends_of(unknown):
            own = astray.owner(send, taken) if self._names.addressed(send[0]) is not None else None
            if own is None or self._own_addresses != {known[own].case.operation}:
                left += send
                continue
            for delivery in send:
                ties.give(delivery, own)
        return left

    def _is_like(self, exchange: Exchange, deliveries: Sequence[Delivery]) -> bool:
        """Whether what was sent is like an event that an exchange lacks."""
        return not any(one.undeclared for one in self._named(exchange, deliveries))

    def _counts_events(self, exchange: Exchange) -> bool:
        operation = self._operations.get(exchange.case.operation)
        return operation is not None and operation.counts_events

    def _named(self, exchange: Exchange, deliveries: Sequence[Delivery]) -> tuple[Delivery, ...]:
        return tuple(deliveries) if self._matcher is None else self._matcher.named(exchange, deliveries)

    def _is_of_setup(self, delivery: Delivery) -> bool:
        """Whether a delivery came while the target was prepared, and is no other attempt of an event of the run."""
        if not any(began <= delivery.received <= ended for began, ended in self._windows):
            return False
        known = (held.identity for exchange in self._earlier.recent.values() for held in exchange.deliveries)
        return not self._names.has_something_of_the_run(delivery) and delivery.identity not in known

    def _is_stray(self, delivery: Delivery, exchanges: Sequence[Exchange]) -> bool:
        """Whether a delivery is of no callback: nothing is said of whose it must be, nor is it held against anybody."""
        if self._matcher is None or all(exchange.case.operation in self._silent for exchange in exchanges):
            return False  # these declare no event: all is told of them
        return self._matcher.is_stray(delivery)

    def _owner(
        self, delivery: Delivery, batch: Mapping[int, object], known: Mapping[int, str], ties: Ties | None = None
    ) -> int | None:
        own_path = self._names.addressed(delivery)
        if own_path is not None:
            return own_path
        named = self._names.named(delivery, known)
        if not named:
            return None
        now = [number for number in named if number in batch]
        if len(now) > 1 and ties is not None and self._names.has_texts_alone(delivery):
            # It has texts of several, and is of one of them: of the one that lacks an event, if nothing was lost.
            now.sort(key=lambda number: bool(ties.owned[number]) and ties.senders.get(delivery.identity) != number)
        of_late = (number for number in reversed(self._earlier.recent) if number in named)
        waits = (number for number in named if number in self._earlier.waiting)
        return next(chain(now, of_late, waits, named))

    def _matching_of_all(self) -> Matching:
        """Return what compares events and all exchanges of late; it is the same as long as nothing else is known."""
        if self._all is None or self._all[0] != self.past.version:
            matching = Matching(self._operations, self._keys, tuple(self.past.all))
            self._all = self.past.version, matching
        return self._all[1]

    def _may_come(self, exchange: Exchange, delivery: Delivery) -> bool:
        """Whether a delivery came to where an exchange's events go."""
        return self._matcher is None or self._matcher.may_come(exchange, delivery)
