"""Tries why a request was refused with what is declared: for itself, or as the account has no room for more.

It is sent between usual requests of its operation that had succeeded before, by a caller of whom they had, and with
values of their own. What changes the object that its path names takes no room: such a request is sent as it was, too,
as other values may be refused for what they are, such as a longer text.

- They are refused as well now: it is the state of the account, and is told with numbers.
- They succeed, and it is refused each time between them: there was room, and it is judged for what it was answered.
- Else nothing is certain, and nobody is accused.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from typing import TYPE_CHECKING, Generic, NamedTuple, TypeVar

from bothends.cases import with_new_values
from bothends.engine.judge import caller_of
from bothends.engine.play import FOR_TRIALS, Batch, KnownObject
from bothends.records import Answer

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from bothends.contract import Contract, Operation
    from bothends.engine.judge import NoRoom, Success
    from bothends.engine.play import Played
    from bothends.records import Case, Exchange

_OWN, _AS_IT_WAS, _ANEW = "own", "as it was", "anew"
"""What is sent: the request that is tried, a usual one with the values that had succeeded, one with others."""
MOST = 16
"""Requests of one operation that are tried, at most; of more of them, nothing is proven."""
_CHANGES = frozenset({"PUT", "PATCH"})
_Seen = TypeVar("_Seen")


class _Trial(NamedTuple, Generic[_Seen]):
    """A request that is tried.

    Attributes:
        exchange: How it was refused.
        seen: Where that was seen.
        status: By which status.
        case: What is sent again.
        usual: What is sent before and after it.
    """

    exchange: Exchange
    seen: _Seen
    status: int
    case: Case
    usual: Success


class Trials(Generic[_Seen]):
    """Holds what is tried, and says what is to be played for it.

    Attributes:
        accuse: Takes what was refused for what it is, and where it was seen.
    """

    def __init__(self, contract: Contract, no_room: NoRoom, accuse: Callable[[Exchange, _Seen], None]) -> None:
        """Hold nothing; `no_room` is told what comes of it."""
        self.accuse = accuse
        self._operations: dict[str, Operation] = {operation.id: operation for operation in contract.operations}
        self._no_room = no_room
        self._counts: Counter[str] = Counter()
        self._seen: set[tuple[str, str]] = set()
        self._waiting: list[_Trial[_Seen]] = []
        self._steps: Iterator[Batch] | None = None
        self._step: Batch | None = None
        self._own: tuple[bool, ...] = ()
        self._came: list[tuple[bool, Exchange]] = []
        self._others = FOR_TRIALS

    def take(self, exchange: Exchange, batch: Batch, seen: _Seen) -> None:
        """Take a request that may have been refused for the state of its account; and its batch, and where it was."""
        answer, case = exchange.answer, exchange.planned
        key = (case.operation, case.label)
        if not isinstance(answer, Answer) or key in self._seen or self._no_room.is_known(exchange, answer.status):
            return
        usual = self._no_room.usual(exchange)
        if usual is None or self._counts[case.operation] == MOST:
            return
        self._seen.add(key)
        self._counts[case.operation] += 1
        self._waiting.append(_Trial(exchange, seen, answer.status, batch.as_sent(case), usual))

    def note(self, played: Played) -> None:
        """Note what was answered to a batch that was played."""
        if played.batch is not self._step:
            return
        first = min((one.number for one in played.attributed.exchanges), default=0)
        for one in played.attributed.exchanges:
            place = one.number - first  # what a request has beside it is numbered behind them all
            self._came.append((self._own[place] if place < len(self._own) else True, one))

    def next(self) -> Batch | None:
        """Return what is to be played next; None: nothing is."""
        while self._steps is not None or self._waiting:
            self._steps = self._steps or self._tried(self._waiting.pop(0))
            self._step = next(self._steps, None)
            if self._step is not None:
                return self._step
            self._steps = None
        return None

    def _tried(self, trial: _Trial[_Seen]) -> Iterator[Batch]:
        """Yield what is played for a request, one after the other, as far as it takes to decide it."""
        self._came.clear()
        operation = self._operations[trial.case.operation]
        usual = (_AS_IT_WAS, _ANEW) if operation.method in _CHANGES and operation.path.endswith("}") else (_ANEW,)
        if trial.case.of_the_world:
            # The usual ones are sent when all is well, and the last one shows that there was room until then.
            for turns in (usual, (_OWN,), usual):
                yield self._batch(trial, turns)
        else:
            yield self._batch(trial, (*usual, _OWN, *usual, _OWN, *usual))
        others = [one for own, one in self._came if not own]
        times = [others[at : at + len(usual)] for at in range(0, len(others), len(usual))]
        for time in times:
            if all(_status(one) == trial.status for one in time):
                self._no_room.fill(time[-1], trial.status)
        was_room = len(times) > 1 and all(any(one.succeeded for one in time) for time in times)
        if was_room and self._is_refused_each_time(trial):
            self._no_room.refuse_itself(trial.exchange.case, trial.status)
            self.accuse(trial.exchange, trial.seen)

    def _is_refused_each_time(self, trial: _Trial[_Seen]) -> bool:
        """Whether each time that a request was sent again it was refused as at first, or what it has beside it was."""
        own = [one for own, one in self._came if own]
        refused = [one for one in own if _status(one) == trial.status and not one.case.expect.allows(trial.status)]
        return bool(own) and len(refused) >= sum(
            one.first is None and one.case.label == trial.case.label for one in own
        )

    def _batch(self, trial: _Trial[_Seen], turns: tuple[str, ...]) -> Batch:
        """Return the batch of some requests, one after the other, each sent by its caller where that is told.

        Args:
            trial: What is tried.
            turns: What is sent, in order.
        """
        self._own = tuple(turn == _OWN for turn in turns)
        made = {_OWN: lambda: trial.case, _AS_IT_WAS: lambda: trial.usual.case, _ANEW: lambda: self._anew(trial.usual)}
        cases = tuple(made[turn]() for turn in turns)
        callers = (caller_of(trial.exchange), trial.exchange.number), (trial.usual.caller, trial.usual.number)
        about = tuple(_sent_by(*callers[not own], trial.exchange.ended) for own in self._own)
        return Batch(cases[0].of_the_world, cases, concurrency=1, about=about)

    def _anew(self, usual: Success) -> Case:
        """Return a usual request with values of its own."""
        self._others += 1
        request = with_new_values(self._operations[usual.case.operation], usual.case.request, self._others)
        return usual.case if request is None else replace(usual.case, request=request)


def _sent_by(caller: int, number: int, at: float) -> KnownObject | None:
    """Return what says that a request is sent by the caller of an exchange; None: each has a user of its own."""
    return KnownObject({}, "", number, at, made=False) if caller else None


def _status(exchange: Exchange) -> int:
    return exchange.answer.status if isinstance(exchange.answer, Answer) else 0
