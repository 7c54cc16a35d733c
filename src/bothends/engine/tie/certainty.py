"""How sure it is that what an exchange breaks is its own doing: which requests could have sent its events.

A tie is certain if the keys of an event name one exchange of all that could have sent it. Where several could have, a
breach is still certain if it is one whichever of them has: then all of them are accused together. Anything else is a
guess. It is looked for once a law is broken, as nothing else depends on it.

    each     an event is wrong: it must be so of each exchange that could have sent it, and none of them succeeded where
             the one that is accused did not
    lacks    there are too few events: those that are more than owed elsewhere must not fill the gap
    surplus  there are too many: no other exchange must have room for one of them, nor may one that lacks its own have
             sent it with another one's values; and one that contradicts all that could have sent it is wrong, and is
             not one too many

What is not known makes a guess: an exchange that is not remembered any more, an answer that never came. So does a
sender that is no candidate: what prepared the target, or whatever sent an event that comes later than any that was
owed. And a success that still lacks its event may have sent one that has a wrong value, or one that was tied to nobody.
What the contract refuses and the target has executed is one whose events nobody has described: any event about the same
object may be its own. So is one that changes something by an operation without callbacks: any event that has no
callback's constants may be its own. And what a `GET` tells of, a `HEAD` may tell of as well.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from itertools import islice
from typing import TYPE_CHECKING
from urllib.parse import unquote, urlsplit

from bothends.contract.requests import SAFE
from bothends.engine.tie.past import by_callback, sends_of
from bothends.records import Answer, Claim, Tie, TiedBy

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence

    from bothends.contract import Operation
    from bothends.engine.tie.matching import Matching, Traits
    from bothends.engine.tie.past import Past, Send
    from bothends.records import Breach, Delivery, Exchange


MOST_LOOKED_AT = 48
"""Breaches of one law by one cause that are looked at; those beyond tell nothing new, and count as guesses."""

_MOST_GAPS = 64
_NAMED = 8
_STRENGTH = tuple(TiedBy)
_KEYS = {TiedBy.ADDRESS, TiedBy.CALLER, TiedBy.TRACE, TiedBy.MARK}

Shows = "Callable[[Exchange], bool]"
"""Whether an exchange breaks the same law by the same cause."""


class Certainty:
    """Says of breaches how sure they are."""

    def __init__(
        self,
        past: Past,
        operations: dict[str, Operation],
        *,
        key: Callable[[Delivery, Exchange], TiedBy | None],
        matching: Callable[[], Matching],
        came: Callable[[Exchange, Delivery], bool],
    ) -> None:
        self._past = past
        self._operations = operations
        self._key = key  # a delivery's own that names an exchange; None: it has none
        self._matching = matching
        self._came = came  # whether a delivery came to where an exchange's events go
        self._looked: Counter[tuple[str, object, str]] = Counter()

    def of(self, breach: Breach, exchange: Exchange, shows: Callable[[Exchange], bool]) -> Tie:
        """Return how sure a breach is.

        Args:
            breach: What is broken.
            exchange: The exchange that shows it, with its events.
            shows: Whether an exchange breaks the same law by the same cause.
        """
        kind = breach.law, breach.cause, exchange.case.operation
        self._looked[kind] += 1
        if self._looked[kind] > MOST_LOOKED_AT:
            return Tie(TiedBy.GUESS)
        look = _Look(self, self._matching(), exchange)
        match breach.claim:
            case Claim.LACKS:
                return look.lacks()
            case Claim.SURPLUS:
                return look.surplus(shows)
            case _:
                return look.each(shows)

    def look_again(self) -> None:
        """Look at breaches of each law and cause again, however many were looked at: these are not of the same play."""
        self._looked.clear()

    def latest(self, most: int) -> list[Exchange]:
        """Return the latest exchanges that have events, so many at most."""
        return list(islice((each for each in self._past.all if each.deliveries), most))

    def told(
        self, exchange: Exchange, send: Send, most: int
    ) -> tuple[TiedBy, list[Exchange], list[tuple[Exchange, str]]]:
        """Return what ties an event to an exchange, which could have sent it, and those ruled out.

        The first of these, so many at most, have the reason with them.
        """
        return _Look(self, self._matching(), exchange).told(send, most)


class _Look:
    """One look at an exchange."""

    def __init__(self, certainty: Certainty, matching: Matching, exchange: Exchange) -> None:
        self._past = certainty._past  # noqa: SLF001 -- it is a part of it
        self._operations = certainty._operations  # noqa: SLF001
        self._key = certainty._key  # noqa: SLF001
        self._came = certainty._came  # noqa: SLF001
        self._matching = matching
        self._exchange = exchange

    def candidates(self, send: Send) -> tuple[TiedBy, list[Exchange]]:
        """Return what ties an event to the exchange, and all that could have sent it, the exchange first."""
        own, first = self._exchange, send[0]
        by = self._key(first, own)
        if by is not None:
            return by, [own]
        traits = self._matching.traits(first)
        here = self._came(own, first)
        possible = [
            each
            for each in self._past.open_at(first.received, first.received)
            if each.number != own.number and self._sends(each) and (not here or self._came(each, first))
        ]
        possible = [own, *possible]
        fitting = [each for each in possible if not self._matching.excluded(traits, each)]
        # Where all differ, so does the one that has sent it: any of them may have.
        rest = self._narrowed(traits, fitting or possible)
        others = [each for each in rest if each.number != own.number]
        if not self._matching.has_own(traits, own):
            others += [each for each in possible[1:] if each not in others and self._may_be_wrong(each, first)]
        undescribed = (
            *self._unexpected(first, traits),
            *self._without_callbacks(first, traits),
            *_heads(self._operations, self._past.open_at(first.received, first.received), self._matching, traits),
        )
        others += [each for each in undescribed if each not in others and each.number != own.number]
        if others or not self._knows_all(send, [own]):
            return TiedBy.GUESS, [own, *others]
        return TiedBy.ONLY if len(possible) == 1 else TiedBy.VALUES, [own]

    def told(self, send: Send, most: int) -> tuple[TiedBy, list[Exchange], list[tuple[Exchange, str]]]:
        """Return what `candidates` does, and which exchanges were not over and were ruled out, the first with why."""
        by, could = self.candidates(send)
        first, known = send[0], {each.number for each in could}
        traits = self._matching.traits(first)
        out: list[tuple[Exchange, str]] = []
        for each in self._past.open_at(first.received, first.received):
            if each.number in known:
                continue
            if len(out) >= most:
                why = ""
            elif not self._sends(each):
                why = "it sends no event of its own"
            elif not self._came(each, first):
                why = "its events go elsewhere"
            elif by in _KEYS:
                why = "the event does not name it"
            else:
                why = self._matching.why_excluded(traits, each) or "another one has more of its values"
            out.append((each, why))
        return by, could, out

    def each(self, shows: Callable[[Exchange], bool]) -> Tie:
        """Return how sure it is that the exchange has an event that is wrong."""
        own = self._exchange
        tied = [(send, *self.candidates(send)) for send in sends_of(own.declared)]
        if not tied:
            return Tie(TiedBy.GUESS if own.guessed else TiedBy.ONLY)
        if not any(by is TiedBy.GUESS for _, by, _ in tied):
            return Tie(max((by for _, by, _ in tied), key=_STRENGTH.index))
        several: Tie | None = None
        others: Iterable[Exchange] = ()
        for send, by, may in tied:
            if not shows(replace(own, deliveries=send)):
                others = (*others, *may[1:])
                continue
            if by is not TiedBy.GUESS:
                return Tie(by)
            # Of requests that must not be executed, one that was answered as a success is told itself.
            rather = not own.succeeded and any(one.succeeded for one in may[1:])
            if not rather and self._knows_all(send, may) and all(self._shows(one, send, shows) for one in may[1:]):
                labels = dict.fromkeys(one.case.label for one in may if one.case.label != own.case.label)
                several = Tie(TiedBy.CLASS, len(may), others=_numbers(may[1:]), cases=tuple(labels)[:_NAMED])
            others = (*others, *may[1:])
        return several or Tie(TiedBy.GUESS, 1 + len({e.number for e in others}), others=_numbers(others))

    def lacks(self) -> Tie:
        """Return how sure it is that an event of the exchange, or of one like it, is lost."""
        own = self._exchange
        since, exchanges = self._past.since(own.began)
        near = [each for each in exchanges if each.number != own.number and self._sends(each)]
        sends = {
            each.number: [one for one in sends_of(each.declared) if self._key(one[0], each) is None] for each in near
        }
        fit = {each.number: [one for one in sends[each.number] if self._may_be(own, one)] for each in near}
        taken = [each for each in near if fit[each.number]]
        sent = sum(map(len, fit.values()))
        # An event that nobody can read, say, was tied to none.
        nobodys = self._past.has_of_nobody(own.began, lambda one: self._came(own, one))
        given = (one for each in exchanges for one in each.deliveries if one.undeclared)
        nobodys = nobodys or any(map(self._may_be_mine, given))
        if nobodys or not self._past.knows_all_at(since):
            return Tie(TiedBy.GUESS, 1 + len(taken), sent, _numbers(taken))
        spare = {each.number: self._spare(each) for each in near}
        beside = (one for each in near for one in sends[each.number] if spare[each.number] or self._denies(each, one))
        if any(self._may_be_meant(own, one, near) for one in beside):
            return Tie(TiedBy.GUESS, 1 + len(taken), sent, _numbers(taken))
        # What came before the exchange began is not its own, though it may tell where another one's is.
        extra = sum(self._surplus(each) for each in near if each.case.operation == own.case.operation)
        if not any(one[-1].received >= own.began for own_fit in fit.values() for one in own_fit):
            return Tie(TiedBy.ONLY, beyond=extra)
        # Others that lack an event count where no other events than these could be theirs.
        free = [one for each in near if spare[each.number] for one in sends[each.number]]
        beyond = [one for one in free if not any(one is each for own_fit in fit.values() for each in own_fit)]
        gaps = [each for each in near if not sends[each.number] and self._is_lost_too(each)][:_MOST_GAPS]
        first = next(one for own_fit in fit.values() for one in own_fit)
        gaps = [each for each in gaps if self._may_be(each, first)]
        gaps = [each for each in gaps if not any(self._may_be(each, one) for one in beyond)]
        most = sum(min(len(fit[each.number]), spare[each.number]) for each in taken)
        others = [*taken, *gaps]
        by = TiedBy.CLASS if most <= len(gaps) else TiedBy.GUESS
        return Tie(by, 1 + len(others), sent, _numbers(others), extra)

    def surplus(self, shows: Callable[[Exchange], bool]) -> Tie:
        """Return how sure it is that the exchange, or one like it, has sent an event too many."""
        own = self._exchange
        tied = [(send, *self.candidates(send)) for send in sends_of(own.declared)]
        counted = [each for each in tied if each[1] is not TiedBy.GUESS or not self._contradicts(each[0], each[2])]
        rest = tuple(one for send, *_ in counted for one in send)
        if len(counted) < len(tied) and not shows(replace(own, deliveries=rest)):
            others = [one for _, _, may in tied for one in may[1:]]
            return Tie(TiedBy.GUESS, 1 + len({one.number for one in others}), others=_numbers(others))
        # Of events that tell a state which is over, each looks like one more of the request before its own.
        sure = [send for send, by, _ in counted if by not in _KEYS and by is not TiedBy.GUESS]
        theirs = {each.number for send in sure for each in self._may_have_sent(send)}
        if theirs:
            return Tie(TiedBy.GUESS, 1 + len(theirs), others=tuple(sorted(theirs))[:_NAMED])
        if not any(by is TiedBy.GUESS for _, by, _ in counted):
            return Tie(max((by for _, by, _ in counted), key=_STRENGTH.index, default=TiedBy.ONLY))
        every: list[Exchange] = [own]
        room = False
        for send, by, may in counted:
            if by is not TiedBy.GUESS:
                continue
            every += [each for each in may if each not in every]
            room = room or not self._knows_all(send, may) or any(map(self._has_room, may[1:]))
            # An event of another one may be this one's, and that one's a third one's.
            _, near = self._past.since(own.began)
            room = room or any(self._lacks(each) and self._may_be(each, send) for each in near)
        sent = sum(len(sends_of(each.declared)) for each in every)
        return Tie(TiedBy.GUESS if room else TiedBy.CLASS, len(every), sent, _numbers(every[1:]))

    def _narrowed(self, traits: Traits, exchanges: Sequence[Exchange]) -> Sequence[Exchange]:
        """Return those of several exchanges of which an event has a value that no other one has, if there are some."""
        return [each for each in exchanges if self._matching.has_own(traits, each)] or exchanges

    def _shows(self, exchange: Exchange, send: Send, shows: Callable[[Exchange], bool]) -> bool:
        own = self._exchange.case.operation
        return exchange.case.operation == own and shows(replace(exchange, deliveries=send))

    def _knows_all(self, send: Send, may: Sequence[Exchange]) -> bool:
        """Whether an event, if it is of none of some exchanges, is of none that is no candidate either."""
        own, first = self._exchange, send[0]
        if not self._past.knows_all_at(first.received):
            return False
        if self._matching.has_own(self._matching.traits(first), own):
            return True
        if self._past.in_setup(first.received):
            return False
        if first.received <= max(each.over for each in may) + self._past.prompt:
            return True
        # Later than any: it is of a request that was alone, and nobody knows of what else.
        before = self._past.open_at(own.began, own.began)
        return len(may) == 1 and not any(each.number != own.number and self._sends(each) for each in before)

    def _may_be_wrong(self, exchange: Exchange, first: Delivery) -> bool:
        """Whether an event that contradicts an exchange may be its own all the same: it owes one, and may have none."""
        here = self._came(exchange, first) and exchange.case.operation == self._exchange.case.operation
        # What was given to it is its own for certain only by a key, or by a value that no other one has.
        return here and bool(self._past.owes(exchange)) and not any(map(self._is_own(exchange), exchange.declared))

    def _contradicts(self, send: Send, may: Iterable[Exchange]) -> bool:
        """Whether an event has a value that speaks against each that could have sent it: it is a wrong one."""
        traits = self._matching.traits(send[0])
        return all(self._matching.excluded(traits, each) for each in may)

    def _may_have_sent(self, send: Send) -> Iterator[Exchange]:
        """Yield the others that lack an event, and may have sent one with this exchange's values.

        What a target keeps for several requests may have changed from one to the other before it tells of it. So the
        event may also be of one that seems to have its own: that one may be of a third, and so on.
        """
        seen, waiting = {self._exchange.number}, [send]
        while waiting:
            first = waiting.pop()[0]
            for each in self._past.open_at(first.received, first.received):
                if each.number in seen or not self._sends(each) or not self._came(each, first):
                    continue
                seen.add(each.number)
                if self._may_be_wrong(each, first):
                    yield each
                waiting += [one for one in sends_of(each.declared) if self._key(one[0], each) is None]

    def _unexpected(self, first: Delivery, traits: Traits) -> Iterator[Exchange]:
        """Yield the others that were executed although the contract refuses them, and that name what an event is about.

        Those by an undeclared method, say: what they send, and where, no contract says.
        """
        values = {str(claim.value) for claims in traits.claims.values() for claim in claims}
        for each in self._past.open_at(first.received, first.received):
            if each.number != self._exchange.number and each.case.expect.refused and each.succeeded:
                segments = urlsplit(each.sent.target).path.split("/")
                if values.intersection(map(unquote, segments)):
                    yield each

    def _without_callbacks(self, first: Delivery, traits: Traits) -> Iterator[Exchange]:
        """Yield the others that have changed something, of operations without callbacks; none of what has constants.

        They may send events, and no contract says which.
        """
        if traits.declared or self._matching.has_own(traits, self._exchange):
            return
        for each in self._past.open_at(first.received, first.received):
            operation = self._operations.get(each.case.operation)
            silent = operation is not None and not operation.events
            if silent and each.succeeded and each.sent.method not in SAFE and each.number != self._exchange.number:
                yield each

    def _is_own(self, exchange: Exchange) -> Callable[[Delivery], bool]:
        """Return what tells whether a delivery names an exchange, and no other one."""

        def is_own(one: Delivery) -> bool:
            return self._key(one, exchange) is not None or self._matching.has_own(self._matching.traits(one), exchange)

        return is_own

    def _may_be_meant(self, exchange: Exchange, send: Send, near: Sequence[Exchange]) -> bool:
        """Whether an event that nobody owes may be one that an exchange lacks, with a value that is wrong."""
        first, operation = send[0], exchange.case.operation
        if first.received < exchange.began or not self._came(exchange, first):
            return False
        traits = self._matching.traits(first)
        schemas = not traits.operations or operation in traits.operations
        wrong = schemas and self._matching.excluded(traits, exchange)
        return wrong and not any(self._matching.has_own(traits, each) for each in near)

    def _may_be_mine(self, one: Delivery) -> bool:
        """Whether a delivery of no callback of the exchange that it was given to may be this one's."""
        return one.received >= self._exchange.began and self._came(self._exchange, one)

    def _denies(self, exchange: Exchange, send: Send) -> bool:
        """Whether an event has a value that says that it is not of an exchange: it is wrong, whoever has sent it."""
        return self._matching.excluded(self._matching.traits(send[0]), exchange)

    def _sends(self, exchange: Exchange) -> bool:
        """Whether an exchange is of an operation that sends events, and owes them itself."""
        operation = self._operations.get(exchange.case.operation)
        return operation is None or (bool(operation.events) and not exchange.repeated)

    def _may_be(self, exchange: Exchange, send: Send) -> bool:
        """Whether nothing but the time speaks against an event being of an exchange."""
        first = send[0]
        return self._came(exchange, first) and not self._matching.excluded(self._matching.traits(first), exchange)

    def _is_lost_too(self, exchange: Exchange) -> bool:
        """Whether an exchange lacks an event that would be like this one's, and has waited for it as long."""
        own = self._exchange
        waited = exchange.over <= own.over and exchange.case.operation == own.case.operation
        doubtful = exchange.unheard or exchange.excuse or exchange.case.of_the_world or exchange.case.expect.refused
        return waited and not doubtful and exchange.succeeded and self._lacks(exchange)

    def _lacks(self, exchange: Exchange) -> bool:
        owes = self._past.owes(exchange)
        return owes is None or len(sends_of(exchange.declared)) < owes

    def _surplus(self, exchange: Exchange) -> int:
        """Return how many events an exchange has beyond what it owes."""
        return max(0, len(sends_of(exchange.declared)) - (self._past.owes(exchange) or 0))

    def _spare(self, exchange: Exchange) -> int:
        """Return how many events an exchange can do without: what never arrived where its ingest had a fault, too."""
        return max(0, len(sends_of(exchange.declared)) - self._past.arrived(exchange))

    def _has_room(self, exchange: Exchange) -> bool:
        """Whether an exchange may have sent one event more than it has, as far as their number goes."""
        operation, answer = self._operations.get(exchange.case.operation), exchange.answer
        if operation is None or not isinstance(answer, Answer) or not self._past.owes(exchange):
            return True
        owed = self._past.owed(operation, exchange)
        came = by_callback(operation, exchange.declared)
        return any(len(came.get(name, ())) < count for name, count in owed.items())


def _heads(
    operations: dict[str, Operation], exchanges: Iterable[Exchange], matching: Matching, traits: Traits
) -> Iterator[Exchange]:
    """Yield the `HEAD` requests without callbacks that may have sent an event as the `GET` of their path does.

    A target does for `HEAD` what it does for `GET`, but for the content (RFC 9110, section 9.3.2): it may tell of both.

    Args:
        operations: All, by their IDs.
        exchanges: Those that may have sent anything.
        matching: Compares the event with them.
        traits: What the event says of itself.
    """
    gets = {one.path: one.id for one in operations.values() if one.method == "GET" and one.events}
    for each in exchanges:
        operation = operations.get(each.case.operation)
        if operation is None or operation.events or each.sent.method != "HEAD" or operation.path not in gets:
            continue
        as_get = replace(each, case=replace(each.case, operation=gets[operation.path]))
        if not matching.excluded(traits, as_get):
            yield each


def _numbers(exchanges: Iterable[Exchange]) -> tuple[int, ...]:
    return tuple(dict.fromkeys(exchange.number for exchange in exchanges))[:_NAMED]
