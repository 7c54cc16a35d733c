"""Events that were swapped between callers, told from events that were lost and doubled.

A target that keeps "the current user" where concurrent requests overwrite it sends one caller's
event with another caller's identity. By identity, one exchange then has two events and another has
none. The two are told from a lost and a doubled event by this: all of it happened among exchanges
of one operation that were under way together, and nothing is missing in sum. An exchange has none
only if none came, and its answer goes with one: one that an ingest has not stored was sent all the same.
"""

from __future__ import annotations

from collections import Counter
from itertools import combinations
from typing import TYPE_CHECKING

from bothends.records import json_equal

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
    from collections.abc import Set as AbstractSet

    from bothends.records import Delivery, Exchange, UpstreamCall


# Exchanges that were under way together.


def overlapping(exchanges: Iterable[Exchange]) -> Iterator[list[Exchange]]:
    """Yield groups of exchanges whose times overlap, one with the next.

    A value that is passed on from request to request can come a long way, so the whole chain counts.
    An exchange lasts as long as events come for it.
    """
    group: list[Exchange] = []
    end = 0.0
    for exchange in sorted(exchanges, key=lambda e: e.began):
        if group and exchange.began > end:
            yield group
            group = []
        group.append(exchange)
        end = max(end, exchange.ended, *(d.received for d in exchange.deliveries))
    if group:
        yield group


def swapped(
    exchanges: Sequence[Exchange],
    expects: Callable[[Exchange], bool],
    fits: Callable[[Delivery, Exchange], bool] = lambda _, __: False,
) -> dict[int, tuple[int, ...]]:
    """Return the exchanges whose events were swapped, each with those it may have been swapped with.

    Args:
        exchanges: A batch's, with their deliveries, and those of earlier batches for which more came only
            now, with one that they had before.
        expects: Whether the answer of an exchange goes with an event that has come if it was sent.
        fits: Whether a delivery may be of an exchange, by all that is in it: what may be of one that lacks its own has
            no other caller's identity.
    """
    # What is taken and had to be refused has as many events as the target makes of it: one without is no swap.
    groups = overlapping(e for e in exchanges if e.succeeded and not e.case.expect.refused)
    found: dict[int, tuple[int, ...]] = {}
    for group in (part for each in groups for part in _by_operation(each)):
        lacking = [e for e in group if not e.deliveries and expects(e)]
        without = [e.number for e in lacking]
        # What one has by a guess may be another's: then nothing was swapped.
        several = [e for e in group if lacking and _events(e) > 1 and not e.guessed]
        several = [e for e in several if not any(fits(d, other) for d in e.deliveries for other in lacking)]
        surplus = [e.number for e in several]
        extra = sum(_events(e) - 1 for e in several)
        if not without or not surplus or extra > len(without):
            continue
        found.update(dict.fromkeys(without, tuple(surplus)))
        found.update(dict.fromkeys(surplus, tuple(without)))
    return found


def _by_operation(exchanges: Iterable[Exchange]) -> Iterable[list[Exchange]]:
    found: dict[str, list[Exchange]] = {}
    for exchange in exchanges:
        found.setdefault(exchange.case.operation, []).append(exchange)
    return found.values()


def _events(exchange: Exchange) -> int:
    """Return how many events an exchange has of the callback of which it has the most: one of each is no surplus."""
    events: dict[str, set[str]] = {}
    for delivery in exchange.deliveries:
        if delivery.stored and delivery.identified and not delivery.undeclared:
            events.setdefault(delivery.callback, set()).add(delivery.identity)
    return max(map(len, events.values()), default=0)


# Answers of an upstream that went into the event of another request than the one that had asked.
#
# A call carries no identity, and requests that are under way together may share an answer on purpose: then there are
# fewer calls than requests. Where there are as many calls as requests, each request has asked for itself. If one
# answer is then in two events, and another in none, a request was given what another had asked for.


def misplaced(
    exchanges: Sequence[Exchange], calls: Sequence[UpstreamCall], used: Mapping[int, AbstractSet[int]]
) -> frozenset[tuple[int, str]]:
    """Return which exchanges have an answer of which upstream in their event that another's event has as well.

    Only exchanges that all succeeded while nothing failed around them are looked at: what one that was refused has
    asked for, or one that asked twice, is not known. The numbers of calls that are `used` are by exchange.
    """
    return frozenset(found for group in overlapping(exchanges) for found in _of_group(group, calls, used))


def _of_group(
    group: Sequence[Exchange], calls: Sequence[UpstreamCall], used: Mapping[int, AbstractSet[int]]
) -> Iterator[tuple[int, str]]:
    if len(group) == 1 or not all(e.succeeded for e in group):
        return
    began, ended = min(e.began for e in group), max(e.ended for e in group)
    during = [call for call in calls if call.began <= ended and call.ended >= began]
    for upstream in sorted({call.upstream for call in during}):
        own = [call for call in during if call.upstream == upstream]
        if len(own) != len(group) or any(call.value is None or not call.answered for call in own):
            continue
        numbers = {call.number for call in own}
        in_event = {e.number: used.get(e.number, frozenset()) & numbers for e in group}
        if all(len(marks) == 1 for marks in in_event.values()):
            times = Counter(number for marks in in_event.values() for number in marks)
            doubled = {number for number, marks in in_event.items() if times[min(marks)] > 1}
            if doubled and all(not json_equal(one.value, other.value) for one, other in combinations(own, 2)):
                yield from ((number, upstream) for number in sorted(doubled))
