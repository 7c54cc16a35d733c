"""Deliveries that name no exchange are tied by their values, and by time."""

from __future__ import annotations

from dataclasses import replace
from itertools import islice
from typing import TYPE_CHECKING

from bothends.engine.tie.assignment import Assignment, Send, sent_earlier, surely_earlier
from bothends.engine.tie.matching import Match, Matching

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from bothends.contract import Operation
    from bothends.engine.tie.calls import Calls
    from bothends.engine.tie.earlier import Earlier
    from bothends.engine.tie.keys import Keys
    from bothends.engine.tie.past import Past
    from bothends.engine.tie.ties import Ties
    from bothends.records import Delivery, Exchange

_MOST_LACKING = 128
"""Earlier exchanges without an event that are looked at as an event comes."""


class Unnamed:
    """Ties deliveries that name no exchange: to one of their batch, or to an earlier one."""

    def __init__(
        self, operations: Mapping[str, Operation], keys: Keys, *, past: Past, earlier: Earlier, calls: Calls
    ) -> None:
        self._operations = operations
        self._silent = {name for name, operation in operations.items() if not operation.events}
        self._keys = keys
        self._past = past
        self._earlier = earlier
        self._calls = calls

    def tie(
        self, deliveries: Iterable[Delivery], exchanges: Sequence[Exchange], ties: Ties
    ) -> tuple[list[Delivery], frozenset[int]]:
        """Tie deliveries; return what found no place, and the exchanges that it is a guess for.

        Args:
            deliveries: They name no exchange.
            exchanges: Those of the batch.
            ties: What was tied so far; it has more when this returns.
        """
        # Attempts of one send belong together, whatever they carry.
        attempts: dict[str, list[Delivery]] = {}
        for delivery in deliveries:
            if delivery.identity in ties.senders and delivery.identified:
                ties.give(delivery, ties.senders[delivery.identity])
            else:
                attempts.setdefault(delivery.identity, []).append(delivery)
        known = {**self._earlier.recent, **{exchange.number: exchange for exchange in exchanges}}
        matching = Matching(self._operations, self._keys, known.values())
        waiting = self._lacking(ties) if attempts else []

        def send_of(part: Sequence[Delivery], *, again: bool) -> Send:
            traits, before = matching.traits(part[0]), known.get(ties.senders.get(part[0].identity, 0))
            least = Match.ANY if before is None else matching.match(traits, before)
            return Send(part, min(map(self._calls.caused, part)), traits, again or before is not None, least)

        every = [
            send_of(part, again=index > 0)
            for held in attempts.values()
            for index, part in enumerate([held] if held[0].identified else [[one] for one in held])
        ]
        sends = [send for send in every if not self._gave_to_its_answer(send, exchanges, matching, ties)]
        named = {number: len({one.identity for one in held}) for number, held in ties.owned.items()}
        named |= {each.number: len({one.identity for one in each.declared}) for each in waiting}
        found = Assignment([*waiting, *exchanges], named, matching, self._earlier.recent.values()).put(sends)
        for place, number in sorted(found.owners.items()):
            for delivery in sends[place].deliveries:
                ties.give(_own(delivery, number) if sends[place].repeats else delivery, number)
        nowhere: list[Delivery] = []
        guessed = set(found.guessed)
        for send in (send for place, send in enumerate(sends) if place not in found.owners):
            if self._gave_again(send, known, ties, matching):
                continue
            owner, guess = self._earlier_owner(send, ties, matching)
            if owner is None:
                nowhere += send.deliveries
                continue
            guessed |= {owner.number} if guess else set()
            for delivery in send.deliveries:
                ties.give(delivery, owner.number)
        return nowhere, frozenset(guessed)

    def _lacking(self, ties: Ties) -> list[Exchange]:
        """Return the latest of the earlier exchanges that owe an event which may still come: what is late is theirs."""
        open_ = (e for e in self._past.unsettled() if e.number not in ties.owned and e.number not in ties.late)
        lacking = (e for e in open_ if (self._past.owes(e) or 0) > len({one.identity for one in e.declared}))
        held = (e for e in lacking if e.number in self._earlier)
        return list(islice((e for e in held if not e.case.expect.refused), _MOST_LACKING))[::-1]

    def _gave_again(self, send: Send, known: Mapping[int, Exchange], ties: Ties, matching: Matching) -> bool:
        """Give a possible other attempt to who lacks an event, else to who made the first; say whether it is one."""
        before = ties.senders.get(send.deliveries[0].identity) if send.repeats else None
        if before is None:
            return False
        # Who lacked an event for long is not among those of late.
        least = matching.match(send.traits, known.get(before) or self._earlier.waiting[before])
        earlier = (e for e in reversed(self._earlier.recent.values()) if e.number not in ties.late and _lacks(e, send))
        may = (e for e in earlier if matching.match(send.traits, e) >= least and matching.expects(e))
        lacking = next((exchange.number for exchange in may), None)
        for delivery in send.deliveries:
            ties.give(delivery if lacking is None else _own(delivery, lacking), lacking or before)
        return True

    def _earlier_owner(self, send: Send, ties: Ties, matching: Matching) -> tuple[Exchange | None, bool]:
        """Return the earlier exchange that an event is of, and whether that is a guess; None: it is of none."""
        earlier = (e for e in reversed(self._earlier.recent.values()) if e.number not in ties.late)
        owner, guess = sent_earlier(send, (e for e in earlier if e.case.operation not in self._silent), matching)
        return (self._named_refusal(send, ties, matching), True) if owner is None else (owner, guess)

    def _named_refusal(self, send: Send, ties: Ties, matching: Matching) -> Exchange | None:
        """Return the latest request that must be refused and that names what an event is about; None: there is none.

        Such an event may come after the answer, as others do. Where a request names the same that was not refused, or
        need not be, or lacks an event for however long, the event may be of that one.
        """
        if not send.traits.declared:
            return None
        traits, received, most = send.traits, send.received, len(self._earlier.recent) + len(ties.owned)
        may = {e.number: e for e in (*self._past.open_at(received, received), *self._past.unsettled())}.values()
        naming = [e for e in may if not traits.is_foreign(e.case.operation) and matching.has_own(traits, e, most)]
        if not all(e.case.expect.refused and not e.succeeded for e in naming):
            return None
        return next((e for e in naming if e.number in self._earlier and e.number not in ties.late), None)

    def _gave_to_its_answer(self, send: Send, exchanges: Sequence[Exchange], matching: Matching, ties: Ties) -> bool:
        """Give an event to the earlier exchange whose answer it repeats; return whether there is one."""
        owner = surely_earlier(send, exchanges, self._earlier.recent.values(), matching)
        if owner is None:
            return False
        for delivery in send.deliveries:
            ties.give(delivery, owner.number)
        return True


def _own(delivery: Delivery, number: int) -> Delivery:
    """Return what seemed to be another attempt as the event of an exchange."""
    return replace(delivery, identity=f"{delivery.identity} of {number}", attempt=1, repeated=False)


def _lacks(exchange: Exchange, send: Send) -> bool:
    """Whether an earlier exchange has no event yet, and may have caused one."""
    return not exchange.declared and exchange.began <= send.caused
