"""What a run has recorded: exchanges as they were judged, some of each sort, and what others had in their place."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

from bothends.laws import FindingContext, read_json
from bothends.records import MISSING, Answer, json_equal

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from bothends.contract import Contract, EventContract
    from bothends.laws import LawContext
    from bothends.records import Delivery, Exchange

OF_A_SORT = 2
"""Exchanges of each sort that lies are told of: one may notice what another leaves open."""
_MOST_CALLS = 64
"""Calls to upstreams that are kept with an exchange besides its own: the answers of others."""
_MOST_OTHERS = 16
"""Exchanges that are kept for what they have in a place: a value of another exchange."""

Sort = tuple[str, str, str, int]
"""What exchanges of a sort have in common: operation, family, status of the answer, number of events."""


@dataclass(frozen=True, slots=True)
class Recorded:
    """An exchange, and what it was judged by.

    Attributes:
        exchange: The exchange.
        context: What laws judged it by.
        body: The body of its answer as JSON; MISSING: it is none.
    """

    exchange: Exchange
    context: LawContext
    body: Any = field(repr=False)

    @property
    def answer(self) -> Answer:
        """The answer; without one, nothing is recorded."""
        answer = self.exchange.answer
        if not isinstance(answer, Answer):
            raise TypeError("an exchange without an answer is never recorded")
        return answer

    def event_of(self, delivery: Delivery) -> EventContract | None:
        """Return the callback that a delivery is of; None: it is unknown."""
        events = self.context.operation.events
        named = next((event for event in events if event.name == delivery.callback), None)
        return named or (events[0] if len(events) == 1 else None)


class Recording:
    """Takes exchanges as they are judged, and keeps as many as lies need: its size does not grow with the run.

    Attributes:
        contract: The contract.
        of_a_sort: Exchanges of each sort that lies are told of.
        taken: How many exchanges were of use, those twice that were judged once more.
        left: How many were of none, likewise.
    """

    def __init__(self, contract: Contract, of_a_sort: int = OF_A_SORT) -> None:
        """Begin with none.

        Args:
            contract: The contract.
            of_a_sort: How many exchanges of each sort lies are told of.
        """
        self.contract = contract
        self.of_a_sort = of_a_sort
        self.taken = 0
        self.left = 0
        self._kept: dict[Sort, list[Recorded]] = defaultdict(list)
        self._others: dict[tuple[str, str], list[Recorded]] = defaultdict(list)

    @property
    def identities(self) -> frozenset[str]:
        """What the events are told apart by that are recorded."""
        every = (each for kept in (*self._kept.values(), *self._others.values()) for each in kept)
        return frozenset(one.identity for each in every for one in each.exchange.deliveries if one.stored)

    def __len__(self) -> int:
        return sum(map(len, self._kept.values()))

    def __iter__(self) -> Iterator[Recorded]:
        return (each for kept in self._kept.values() for each in kept)

    def take(self, exchange: Exchange, context: LawContext) -> None:
        """Take an exchange as it is judged; what accuses nobody for sure is passed over.

        One that was judged before, and something came late for it, takes the place of what it was.
        """
        for kept in (*self._kept.values(), *self._others.values()):
            kept[:] = [one for one in kept if not _is_same(one.exchange, exchange)]
        answer = exchange.answer
        if not isinstance(answer, Answer) or not _is_plain(exchange, context):
            self.left += 1
            return
        self.taken += 1
        kept = self._kept[_sort(exchange, answer)]
        others = self._others[exchange.case.operation, str(answer.status)]
        if len(kept) < self.of_a_sort or len(others) < _MOST_OTHERS:
            recorded = Recorded(exchange, _with_calls(context, exchange), _body(answer))
            if len(kept) < self.of_a_sort:
                kept.append(recorded)
            if len(others) < _MOST_OTHERS:
                others.append(recorded)

    def stored(self) -> Iterator[tuple[Recorded, bool, bool]]:
        """Yield each exchange that is kept: whether lies are told of it, and whether others have its values."""
        kept = {id(one): one for each in self._kept.values() for one in each}
        others = {id(one): one for each in self._others.values() for one in each}
        yield from ((one, key in kept, key in others) for key, one in (kept | others).items())

    @classmethod
    def of(
        cls,
        contract: Contract,
        of_a_sort: int,
        taken: int,
        left: int,
        stored: Iterable[tuple[Exchange, LawContext, bool, bool]],
    ) -> Recording:
        """Return a recording of what `stored` has yielded."""
        made = cls(contract, of_a_sort)
        made.taken, made.left = taken, left
        for exchange, context, is_kept, is_other in stored:
            if isinstance(exchange.answer, Answer):
                recorded = Recorded(exchange, context, _body(exchange.answer))
                if is_kept:
                    made._kept[_sort(exchange, exchange.answer)].append(recorded)
                if is_other:
                    made._others[exchange.case.operation, str(exchange.answer.status)].append(recorded)
        return made

    def under(self, contract: Contract) -> Recording:
        """Return the same exchanges, to be judged by another contract for the same target."""
        made = Recording(contract, self.of_a_sort)
        made.taken, made.left = self.taken, self.left
        for mine, its in ((self._kept, made._kept), (self._others, made._others)):
            for key, kept in mine.items():
                its[key] = [_under(contract, each) for each in kept]  # type: ignore[index]  # both are of one type
        return made

    def others(self, recorded: Recorded, *, alike: bool = True) -> Iterator[Recorded]:
        """Yield other exchanges of the same operation, those of another answer last, or not at all where `alike`."""
        operation, status = recorded.exchange.case.operation, str(recorded.answer.status)
        number = recorded.exchange.number
        yield from (one for one in self._others[operation, status] if one.exchange.number != number)
        if not alike:
            for (of, at), kept in self._others.items():
                if of == operation and at != status:
                    yield from kept


def _sort(exchange: Exchange, answer: Answer) -> Sort:
    return exchange.case.operation, exchange.case.family, str(answer.status), len(exchange.deliveries)


def _is_same(one: Exchange, other: Exchange) -> bool:
    """Whether two records are of one exchange: a number alone is one of each test bed."""
    return (one.number, one.began) == (other.number, other.began)


def _with_calls(context: LawContext, exchange: Exchange) -> LawContext:
    """Return a context that keeps the calls to upstreams of late, which a run forgets as it goes on."""
    calls = dict(list(context.calls.items())[-_MOST_CALLS:])
    return replace(context, calls=calls | {call.number: call for call in exchange.calls})


def _is_plain(exchange: Exchange, context: LawContext) -> bool:
    """Whether nothing but the target itself decides whether an exchange is right, and the contract says what is."""
    case = exchange.case
    if exchange.guessed or exchange.excuse or exchange.first is not None or exchange.former is not None:
        return False
    if exchange.number in context.unsettled or case.origin is not None or case.request.raw is not None:
        return False
    return context.answerable(exchange) and not exchange.unheard


def _body(answer: Answer) -> Any:
    if not answer.body:
        return MISSING
    try:
        return read_json(answer.body)
    except ValueError:
        return MISSING


def _under(contract: Contract, recorded: Recorded) -> Recorded:
    settings = contract.settings
    context = replace(
        recorded.context,
        operation=contract.operation(recorded.exchange.case.operation),
        guarantees=settings.target.guarantees,
        strict_statuses=settings.strict_statuses,
        finding_context=FindingContext.of(contract),
    )
    return replace(recorded, context=context)


def differs(one: Any, other: Any) -> bool:
    """Return whether two values are there, and not equal."""
    return one is not MISSING and other is not MISSING and not json_equal(one, other)
