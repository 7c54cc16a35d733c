"""What in a delivery names an exchange: the path that was made for it, its caller, its trace or mark."""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import unquote

from bothends.cases import MARK
from bothends.engine.tie.keys import traced
from bothends.records import Mixed, TiedBy, find_tokens

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from bothends.contract import Operation
    from bothends.engine.tie.keys import Keys
    from bothends.engine.tie.past import Past
    from bothends.records import Delivery, Exchange


class Names:
    """Reads in deliveries which exchanges they name."""

    def __init__(self, seed: int, keys: Keys, past: Past, operations: Mapping[str, Operation]) -> None:
        self._seed = seed  # by which tokens prove themselves
        self._keys = keys
        self._past = past
        self._operations = operations  # whose events may have constants

    def addressed(self, delivery: Delivery) -> int | None:
        """Return the exchange for which the path of a delivery was made; None: it was made for none."""
        return next((t.number for t in find_tokens(self._seed, unquote(delivery.target)) if t.kind == "c"), None)

    def named(self, delivery: Delivery, known: Mapping[int, str]) -> Sequence[int]:
        """Return the exchanges whose callers a delivery names; where it names none, those of its trace or mark."""
        users = [token.number for token in find_tokens(self._seed, _subject(delivery)) if token.kind == "u"]
        return users or list(self._keys.named(delivery, known, self._operations))

    def has_texts_alone(self, delivery: Delivery) -> bool:
        """Return whether nothing surer than texts says whose a delivery is: no caller, and no trace."""
        of_callers = any(token.kind == "u" for token in find_tokens(self._seed, _subject(delivery)))
        return not of_callers and traced(self._seed, delivery.headers) is None

    def has_something_of_the_run(self, delivery: Delivery) -> bool:
        """Return whether there is something of the run in a delivery, or in where it went."""
        tokens = find_tokens(self._seed, [_subject(delivery), unquote(delivery.target)])
        # A mark of a request counts where it ties: else an event may repeat what was sent long before.
        return any(token.kind != MARK or self._keys.marks for token in tokens)

    def key_of(self, delivery: Delivery, exchange: Exchange) -> TiedBy | None:
        """Return by which key of its own a delivery of an exchange names one; None: it names none, or another's."""
        addressed = self.addressed(delivery)
        if addressed is not None:
            return TiedBy.ADDRESS if addressed == exchange.number else None
        if any(token.kind == "u" for token in find_tokens(self._seed, _subject(delivery))):
            return TiedBy.CALLER
        operations = {exchange.number: exchange.case.operation for exchange in self._past.all} if self._keys.any else {}
        operations[exchange.number] = exchange.case.operation
        if exchange.number not in self._keys.named(delivery, operations, self._operations):
            return None
        return TiedBy.TRACE if traced(self._seed, delivery.headers) is not None else TiedBy.MARK

    def shows_what_is_kept(self, delivery: Delivery, owner: Exchange, exchanges: Iterable[Exchange]) -> bool:
        """Return whether an event has the mark of an earlier exchange, and may be of a later one that has none.

        What a request changes of an object, the events of later ones show as well. A request without a text of its own
        runs alone, so its event is known by the time.

        Args:
            delivery: The event.
            owner: The exchange that it names.
            exchanges: Those of the batch.
        """
        named = {token.kind for token in find_tokens(self._seed, [_subject(delivery), unquote(delivery.target)])}
        if not {"u", "c"}.isdisjoint(named) or traced(self._seed, delivery.headers) == owner.number:
            return False
        held = {one.identity for one in owner.declared}
        if delivery.identity in held or len(held) < (self._past.owes(owner) or 1):
            return False  # it is another attempt, or the one that is lacking
        received = delivery.received
        later = (*exchanges, *self._past.open_at(received, received))
        return any(owner.began < each.began <= received and not self._keys.has_mark(each) for each in later)

    def mixed(self, exchanges: Iterable[Exchange], known: Mapping[int, str]) -> Iterator[tuple[int, Mixed]]:
        """Yield exchanges with an event that has something of others, each with these; `known` as for `named`.

        The mark of one that was over before shows nothing, nor that of one about the same object: what a request has
        changed is there, and the events of others may show it.
        """
        among = {exchange.number: exchange for exchange in (*self._past.all, *exchanges)}
        for exchange in exchanges:
            events = exchange.declared
            traces = {traced(self._seed, one.headers) for one in events}
            named = {number for one in events for number in self._keys.named(one, known, self._operations)}
            others = named - {exchange.number}
            texts = {number for number in others - traces if _is_beside(among.get(number), exchange)}
            if others & traces or texts:
                yield exchange.number, Mixed(tuple(sorted(others & traces)), tuple(sorted(texts)))


def _is_beside(other: Exchange | None, exchange: Exchange) -> bool:
    """Whether another exchange was under way at the same time, and was not about the same object."""
    if other is None or other.began > exchange.over or exchange.began > other.over:
        return False
    return other.sent.target.partition("?")[0] != exchange.sent.target.partition("?")[0] or not exchange.known


def _subject(delivery: Delivery) -> object:
    return delivery.event if delivery.event is not None else delivery.payload
