"""Registers whose values are unique: whether some order explains them, in O(n log n).

In each order, the operations that show a value stand between the write that gave it and the next write: they are a
cluster. One cluster is before another one if an operation of it ended before one of the other began. So each has a
zone, from the first end in it to the last begin, and there is an order unless two clusters are each before the other
(P. B. Gibbons, E. Korach, "Testing shared memories", SIAM J. Comput. 26 (1997), section 4.2).

That two suffice: let each of several be before the next, in a circle, and no two each before the other. Then A.first <
B.last <= C.first for any three that follow each other: `first` grows by each second step, around the circle for ever.

A success under `If-Match` is the immediate next write after the one whose tag it sent: with it, two clusters are one
chain, in which the order is known. Between chains all is as between clusters.
"""

from __future__ import annotations

import math
from bisect import bisect_left
from collections import defaultdict
from dataclasses import dataclass
from itertools import pairwise
from operator import attrgetter
from typing import TYPE_CHECKING

from bothends.histories.judged import INITIAL

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from bothends.histories.problem import Operation


class NoOrderError(Exception):
    """No order explains these operations.

    Attributes:
        operations: The names of the operations.
    """

    def __init__(self, operations: Iterable[str], why: str) -> None:
        """Say which operations, and why."""
        super().__init__(why)
        self.operations = frozenset(operations) - {INITIAL}


@dataclass(frozen=True, slots=True)
class Chain:
    """Clusters of one register in the only order that they can have: most are one cluster.

    Attributes:
        writers: The writes that gave the values.
        clusters: For each of them, the operations that show its value, itself first where it is one of the history.
        first: The first end of an operation in it.
        last: The last begin.
    """

    writers: tuple[str, ...]
    clusters: tuple[tuple[Operation, ...], ...]
    first: float
    last: float

    @property
    def extent(self) -> tuple[float, float]:
        """From the first begin to the last end."""
        operations = [each for cluster in self.clusters for each in cluster]
        if self.writers[0] == INITIAL:
            return -math.inf, max((each.end for each in operations), default=-math.inf)
        return min(each.begin for each in operations), max(each.end for each in operations)

    def outermost(self) -> set[str]:
        """Return the operations that make its zone, and the writes."""
        operations = [each for cluster in self.clusters for each in cluster]
        if not operations:
            return set()
        ends, begins = min(operations, key=attrgetter("end")), max(operations, key=attrgetter("begin"))
        return {ends.id, begins.id, *self.writers} - {INITIAL}


def chains_of(register: str, operations: Sequence[Operation]) -> list[Chain]:
    """Return the chains of a register.

    Raises:
        NoOrderError: Within a chain, no order explains what is seen.
    """
    by_id = {each.id: each for each in operations}
    shown: defaultdict[str, list[Operation]] = defaultdict(list)
    following: dict[str, str] = {}
    for each in operations:
        writer = each.sees.get(register)
        if writer is None:
            continue
        if register not in each.sets:
            shown[writer].append(each)
        elif writer in following:
            raise NoOrderError({writer, following[writer], each.id}, "two writes each follow the same state at once")
        else:
            following[writer] = each.id
    writers = [INITIAL, *(each.id for each in operations if register in each.sets)]
    begun = set(writers) - set(following.values())
    chains = [_chain(writer, following, shown, by_id) for writer in writers if writer in begun]
    if sum(len(chain.writers) for chain in chains) < len(writers):
        within = {writer for chain in chains for writer in chain.writers}
        raise NoOrderError(set(writers) - within, "each of these writes follows another one of them")
    return chains


def _chain(
    writer: str,
    following: Mapping[str, str],
    shown: Mapping[str, Sequence[Operation]],
    by_id: Mapping[str, Operation],
) -> Chain:
    writers: list[str] = []
    clusters: list[tuple[Operation, ...]] = []
    first = -math.inf if writer == INITIAL else math.inf
    last, latest = -math.inf, INITIAL
    while True:
        own = [by_id[writer]] if writer != INITIAL else []
        if own and own[0].end < last:
            raise NoOrderError({writer, latest, *writers}, "it had ended before what precedes it began")
        if own and own[0].begin > last:
            last, latest = own[0].begin, writer
        for each in shown.get(writer, ()):
            if each.end < last:
                raise NoOrderError({each.id, writer, latest, *writers}, "its value is seen before it can be there")
        cluster = (*own, *shown.get(writer, ()))
        writers.append(writer)
        clusters.append(cluster)
        first = min([first, *(each.end for each in cluster)])
        ahead = max(cluster, key=attrgetter("begin"), default=None)
        if ahead is not None and ahead.begin > last:
            last, latest = ahead.begin, ahead.id
        if writer not in following:
            return Chain(tuple(writers), tuple(clusters), first, last)
        writer = following[writer]


def check_zones(chains: Iterable[Chain]) -> None:
    """Check that no two chains are each before the other.

    Raises:
        NoOrderError: Two are, with the operations that show it.
    """
    chains = list(chains)
    forward = sorted((each for each in chains if each.first < each.last), key=attrgetter("first"))
    for one, other in pairwise(forward):
        if other.first < one.last:
            raise _crossed(one, other)
    starts = [each.first for each in forward]
    for each in chains:
        if each.first >= each.last:
            before = bisect_left(starts, each.last) - 1
            if before >= 0 and each.first < forward[before].last:
                raise _crossed(forward[before], each)


def _crossed(one: Chain, other: Chain) -> NoOrderError:
    return NoOrderError(one.outermost() | other.outermost(), "each of two values is seen before the other and after it")
