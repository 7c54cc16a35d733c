"""Answers of an upstream that went into the event of another request than the one that had asked.

A call carries no identity, and requests that are under way together may share an answer on purpose: then there are
fewer calls than requests. Where there are as many calls as requests, each request has asked for itself. If one
answer is then in two events, and another in none, a request was given what another had asked for.
"""

from __future__ import annotations

from collections import Counter
from itertools import combinations
from typing import TYPE_CHECKING

from bothends.engine.overlaps import overlapping
from bothends.records import json_equal

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from collections.abc import Set as AbstractSet

    from bothends.records import Exchange, UpstreamCall


def misplaced(
    exchanges: Sequence[Exchange], calls: Sequence[UpstreamCall], used: Mapping[int, AbstractSet[int]]
) -> frozenset[tuple[int, str]]:
    """Return which exchanges have an answer of which upstream in their event that another's event has as well.

    Only exchanges that all succeeded while nothing failed around them are looked at: what one that was refused has
    asked for, or one that asked twice, is not known.

    Args:
        exchanges: A wave's, with their deliveries.
        calls: All calls of the wave to the upstreams.
        used: The numbers of the calls whose answers each exchange's events carry, by the exchange's number.
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
