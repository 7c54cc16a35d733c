"""Finds the values of requests that stay as they are usual, as the target refuses each other one.

A currency or the name of a type is a free text in the schema, and the contract shows one that is there. Requests get
values of their own in place of the usual ones, so that their events can be told apart; such a target refuses them. So
where the first good request of an operation is refused, it is sent as the contract has it. If that succeeds, its values
are made its own again one by one, and those stay as they are for which it is refused.

This chooses requests and accuses nobody. That other values are refused is seen by the cases that have some.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from bothends.engine.play import Batch
from bothends.records import Answer

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Iterable, Iterator, Mapping

    from bothends.contract.messages import RequestPlace
    from bothends.engine.play import OwnKeys
    from bothends.records import Case, Exchange

_REFUSALS = range(400, 500)
_ROUNDS = 2
"""How often each value is made the request's own: it may be refused as another one, which stays so far, is taken."""


class UsualValues:
    """Finds them, once for each operation."""

    def __init__(self, own_keys: OwnKeys | None, play: Callable[[Batch], Awaitable[tuple[Exchange, ...]]]) -> None:
        self._own_keys = own_keys
        self._play = play  # plays what is no part of the run
        self._known: set[str] = set()

    def unknown(self, operations: Iterable[str]) -> Iterator[str]:
        """Yield those operations whose requests have values of their own, of which nobody knows if they are taken."""
        yield from (name for name in dict.fromkeys(operations) if name not in self._known and self._places(name))

    async def found(self, exchanges: Iterable[Exchange], controls: Mapping[str, Case]) -> bool:
        """Take exchanges; return whether one was refused for a value of its own, which it has no more from now on.

        In a replay the first one need not be the good request of its operation: it is another one that must succeed.

        Args:
            exchanges: Those of a batch.
            controls: The good request of each operation.
        """
        found = False
        for exchange in exchanges:
            case = exchange.case
            control = controls.get(case.operation)
            if control is None or case.of_the_world or case.operation in self._known:
                continue
            refused = _is_refused(exchange)
            if control.label == case.label:
                shown = refused or exchange.succeeded
            else:
                shown = refused and not _may_be_refused(exchange)
            if shown:
                self._known.add(case.operation)
                found |= refused and await self._find(control)
        return found

    def _places(self, operation: str) -> tuple[RequestPlace, ...]:
        return () if self._own_keys is None else self._own_keys.places(operation)

    async def _find(self, control: Case) -> bool:
        """Let the values of an operation's requests stay for which they are refused; return whether there are some."""
        places = self._places(control.operation)
        if not places or not await self._succeeds(control, places):
            self._leave(control, ())
            return False
        left = dict.fromkeys(places)
        for _ in range(_ROUNDS):
            for place in tuple(left):
                if await self._succeeds(control, [one for one in left if one != place]):
                    del left[place]
        self._leave(control, left)
        return bool(left)

    async def _succeeds(self, control: Case, left: Iterable[RequestPlace]) -> bool:
        """Return whether a good request succeeds with its usual value in some places."""
        self._leave(control, left)
        exchanges = await self._play(Batch((), (control,), concurrency=1))
        return bool(exchanges) and all(exchange.succeeded for exchange in exchanges)

    def _leave(self, control: Case, places: Iterable[RequestPlace]) -> None:
        if self._own_keys is not None and self._places(control.operation):
            self._own_keys.leave(control.operation, places)


def _is_refused(exchange: Exchange) -> bool:
    return isinstance(exchange.answer, Answer) and exchange.answer.status in _REFUSALS


def _may_be_refused(exchange: Exchange) -> bool:
    """Return whether the answer is right, or a refusal may be: the contract says nothing of it, or refuses it."""
    expect, answer = exchange.case.expect, exchange.answer
    return expect.refused or expect.any_answer or not isinstance(answer, Answer) or expect.allows(answer.status)
