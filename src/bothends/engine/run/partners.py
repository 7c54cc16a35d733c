"""What has an event too many is judged when it is known what became of the one that has none.

Where one caller's request has two events, and another's has none, two callers may have been mixed up. But while the
other one's event may still come, nobody knows that: when it is there, the first has simply sent two.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Generic, TypeVar

from bothends.engine.play import Pending, State

if TYPE_CHECKING:
    from collections.abc import Mapping

    from bothends.engine.tie import Attributed
    from bothends.records import Exchange

Context = TypeVar("Context")


class Partners(Generic[Context]):
    """Holds exchanges with an event too many as long as one that lacks it is pending."""

    def __init__(self, pending: Pending[Context]) -> None:
        """Hold none."""
        self._pending = pending
        self._swapped: dict[int, tuple[int, ...]] = {}
        self._without: set[int] = set()
        self._held: dict[int, tuple[Exchange, Context, bool]] = {}

    def note(self, attributed: Attributed) -> None:
        """Take note of what may have been swapped, before anything of it is pending."""
        self._swapped |= attributed.swapped
        none = (each.number for each in attributed.exchanges if not each.deliveries)
        self._without.update(number for number in none if number in attributed.swapped)

    def take(
        self, attributed: Attributed, seen: Mapping[int, Context], here: Context
    ) -> tuple[Attributed, dict[int, Context]]:
        """Return what can be judged by now, held or not, and where that was seen which was not seen here.

        Args:
            attributed: What is not pending.
            seen: Where exchanges of it were seen that were pending.
            here: Where all others were.
        """
        ready = (*attributed.exchanges, *attributed.late)
        # What came in the end was not swapped. What nobody could hear may have been sent.
        over = {each.number for each in ready if each.number in self._without and (each.deliveries or each.unheard)}
        swapped = {n: tuple(one for one in ones if one not in over) for n, ones in self._swapped.items()}
        swapped = {n: ones for n, ones in swapped.items() if ones and n not in over}
        every = dict(self._held)
        for each, late in (*((e, False) for e in attributed.exchanges), *((e, True) for e in attributed.late)):
            held = every.get(each.number)
            now = (each, seen.get(each.number, here), late)
            every[each.number] = now if held is None else (_with(held[0], each), *held[1:])
        # What is known of these now is not known later, and breaks a law whatever comes.
        told = {*attributed.mixed, *(number for number, _ in attributed.misplaced)}
        pending = {n for n, ones in swapped.items() if any(self._pending.state(one) is State.PENDING for one in ones)}
        waits = pending & every.keys() - told
        self._held = {n: every[n] for n in waits}
        judged = {n: held for n, held in every.items() if n not in waits}
        self._swapped = {n: ones for n, ones in swapped.items() if n not in judged}
        self._without &= self._swapped.keys()
        own = tuple(each for each, _, late in judged.values() if not late)
        earlier = tuple(each for each, _, late in judged.values() if late)
        contexts = {n: context for n, (_, context, _) in judged.items()}
        return replace(attributed, exchanges=own, late=earlier, swapped=swapped), contexts


def _with(held: Exchange, more: Exchange) -> Exchange:
    """Return an exchange with what came for it since: what is remembered of it is less than is known of it here."""
    return replace(held, deliveries=more.deliveries, guessed=more.guessed, calls=held.calls_with(more))
