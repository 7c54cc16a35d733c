"""Registers that are not always written together: orders that follow from each other, until one is a circle.

Zones decide each register. Whether one order explains all of them at once is another question (for sets of registers it
is NP-complete). This draws what must be before what:

- an operation that ended before another one began;
- a write, before what shows its value; and that, before the next write of the register (in Adya's terms: a dependency,
  an anti-dependency);
- of two chains of one register, one is wholly before the other: if something leads from the start of one to the end of
  the other, it is that one.

The last rule is used until it finds no more (saturation). A circle is then a proof that there is no order; that there
is none is no proof of one, and a search goes on from there with what was found.

Time is a row of points, each before the next, so that "ended before it began" costs two edges for each operation.
"""

from __future__ import annotations

from bisect import bisect_right
from collections import defaultdict
from itertools import pairwise
from typing import TYPE_CHECKING

from bothends.histories.judged import INITIAL
from bothends.histories.zones import NoOrderError

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from bothends.histories.problem import Operation
    from bothends.histories.zones import Chain

MOST_PAIRS = 40
"""How many overlapping chains there may be for each operation; beyond, nothing is drawn."""


class TooManyError(Exception):
    """So much overlaps that the drawing would be too large."""


class Drawing:
    """What must be before what.

    A node is the number of an operation, of the end of a chain's cluster, or of a point in time, in this order.
    """

    def __init__(self, operations: Sequence[Operation], chains: Mapping[str, Sequence[Chain]]) -> None:
        """Draw what is certain.

        Raises:
            TooManyError: Too much overlaps.
        """
        self.operations = operations
        self._number = {each.id: number for number, each in enumerate(operations)}
        self._next: list[list[int]] = [[] for _ in operations]
        self._limit = MOST_PAIRS * max(1, len(operations))
        self._open: dict[int, list[tuple[int, int, int]]] = defaultdict(list)
        self._bound: dict[int, float] = {}
        for of_register in chains.values():
            self._draw_chains(of_register)
        self._first_point = len(self._next)
        self._draw_time()

    def _node(self) -> int:
        self._next.append([])
        return len(self._next) - 1

    def _draw_time(self) -> None:
        points = sorted({each.begin for each in self.operations})
        self._points = points
        nodes = [self._node() for _ in points]
        for one, other in pairwise(nodes):
            self._next[one].append(other)
        for number, each in enumerate(self.operations):
            self._next[nodes[bisect_right(points, each.begin) - 1]].append(number)
            after = bisect_right(points, each.end)
            if after < len(points):
                self._next[number].append(nodes[after])

    def _draw_chains(self, chains: Sequence[Chain]) -> None:
        """Draw the chains of one register, and which is before which where that is certain; note the other pairs."""
        drawn: list[tuple[Chain, int | None, int, tuple[float, float]]] = []
        for chain in chains:
            end = -1
            for writer, cluster in zip(chain.writers, chain.clusters, strict=True):
                if end >= 0:
                    self._next[end].append(self._number[writer])
                end = self._node()
                for each in cluster:
                    self._next[self._number[each.id]].append(end)
                    if writer not in {each.id, INITIAL}:
                        self._next[self._number[writer]].append(self._number[each.id])
            start = self._number.get(chain.writers[0])
            drawn.append((chain, start, end, chain.extent))
        drawn.sort(key=lambda each: each[3][0])
        under_way: list[tuple[Chain, int | None, int, tuple[float, float]]] = []
        for other in drawn:
            under_way = [each for each in under_way if each[3][1] >= other[3][0]]
            for one in under_way:
                self._draw_pair(one, other)
            under_way.append(other)

    def _draw_pair(
        self,
        one: tuple[Chain, int | None, int, tuple[float, float]],
        other: tuple[Chain, int | None, int, tuple[float, float]],
    ) -> None:
        self._limit -= 1
        if self._limit < 0:
            raise TooManyError
        (a, a_start, a_end, a_extent), (b, b_start, b_end, b_extent) = one, other
        if a_start is None or a.first < b.last:
            if b_start is None:
                raise NoOrderError(a.outermost() | b.outermost(), "what was there before the history is seen after it")
            self._next[a_end].append(b_start)
        elif b_start is None or b.first < a.last:
            self._next[b_end].append(a_start)
        else:
            self._open[a_start].append((a_end, b_start, b_end))
            self._open[b_start].append((b_end, a_start, a_end))
            for start, extent in ((a_start, b_extent), (b_start, a_extent)):
                self._bound[start] = max(self._bound.get(start, extent[1]), extent[1])

    def saturate(self) -> None:
        """Draw all that follows.

        Raises:
            NoOrderError: There is a circle, with the operations on it.
        """
        self._check_circles()
        grown = True
        while grown:
            grown = False
            for start in list(self._open):
                grown |= self._decide(start)
            if grown:
                self._check_circles()

    def _decide(self, start: int) -> bool:
        """Draw which of the pairs that begin with a chain are certain; return whether one is."""
        pairs = self._open[start]
        reached = self._reached(start, self._bound[start])
        certain = [pair for pair in pairs if pair[2] in reached]
        for end, other_start, _ in certain:
            self._next[end].append(other_start)
            self._open[other_start] = [pair for pair in self._open[other_start] if pair[2] != end]
            if not self._open[other_start]:
                del self._open[other_start]
        rest = [pair for pair in pairs if pair[2] not in reached]
        if rest:
            self._open[start] = rest
        else:
            self._open.pop(start, None)
        return bool(certain)

    def _reached(self, start: int, bound: float) -> set[int]:
        """Return the nodes that a path leads to, but for those later than all that is asked for."""
        reached, pending = {start}, [start]
        count = len(self.operations)
        while pending:
            for node in self._next[pending.pop()]:
                if node in reached:
                    continue
                if node >= self._first_point and self._points[node - self._first_point] > bound:
                    continue
                if node < count and self.operations[node].begin > bound:
                    continue
                reached.add(node)
                pending.append(node)
        return reached

    def _check_circles(self) -> None:
        waiting = [0] * len(self._next)
        for successors in self._next:
            for node in successors:
                waiting[node] += 1
        free = [node for node, count in enumerate(waiting) if not count]
        left = len(self._next)
        while free:
            left -= 1
            for node in self._next[free.pop()]:
                waiting[node] -= 1
                if not waiting[node]:
                    free.append(node)
        if left:
            raise NoOrderError(self._circle(waiting), "what must be before what is a circle")

    def _circle(self, waiting: list[int]) -> Iterator[str]:
        """Yield the operations on one circle: each node that is left has one before it that is left."""
        before: dict[int, int] = {}
        for node, successors in enumerate(self._next):
            if waiting[node]:
                before.update((each, node) for each in successors if waiting[each])
        node, seen = next(iter(before)), set[int]()
        while node not in seen:
            seen.add(node)
            node = before[node]
        first = node
        while True:
            if node < len(self.operations):
                yield self.operations[node].id
            node = before[node]
            if node == first:
                return

    def before(self) -> list[list[int]]:
        """Return, for each operation, those that were drawn as before it because of a register."""
        ends: dict[int, list[int]] = defaultdict(list)
        for number in range(len(self.operations)):
            for node in self._next[number]:
                if len(self.operations) <= node < self._first_point:
                    ends[node].append(number)
        earlier: list[list[int]] = [[] for _ in self.operations]
        for end, those in ends.items():
            for number in self._next[end]:
                earlier[number].extend(each for each in those if each != number)
        return earlier
