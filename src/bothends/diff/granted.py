"""Answers to questions that lead back to themselves: what is asked again meanwhile is taken for granted."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from bothends.diff.gaps import TOO_LARGE

if TYPE_CHECKING:
    from collections.abc import Callable

    from bothends.diff.gaps import Gap

Question = tuple[frozenset[int], int]
"""What is known of a value, and the schema that it is held against."""


class Answers:
    """The answers so far: for each question the gaps, of which none are granted while it is being answered."""

    def __init__(self) -> None:
        self._known: dict[Question, tuple[Gap, ...]] = {}
        # What is being answered, in order; what was taken for granted on the way; and what hangs on that.
        self._open: dict[Question, int] = {}
        self._lowest: list[float] = []
        self._hanging: dict[Question, tuple[float, tuple[Gap, ...]]] = {}

    @property
    def depth(self) -> int:
        """How many questions are being answered."""
        return len(self._open)

    def known(self, question: Question) -> tuple[Gap, ...] | None:
        """Return the answer that there is, or that is granted; None: there is none."""
        if question in self._known:
            return self._known[question]
        if question in self._hanging:
            self._grant(self._hanging[question][0])
            return self._hanging[question][1]
        if question in self._open:
            self._grant(self._open[question])
            return ()
        return None

    def keep(self, question: Question, answer: tuple[Gap, ...]) -> tuple[Gap, ...]:
        """Keep an answer that hangs on nothing, and return it."""
        self._known[question] = answer
        return answer

    def make(self, question: Question, answered: Callable[[], tuple[Gap, ...]]) -> tuple[Gap, ...]:
        """Return the answer to a question that is not being answered yet."""
        depth = self._open[question] = len(self._open)
        self._lowest.append(math.inf)
        found = answered()
        del self._open[question]
        self._settle(question, depth, self._lowest.pop(), found)
        return found

    def _grant(self, depth: float) -> None:
        """Note that what is being answered takes for granted what is open at a depth."""
        self._lowest[-1] = min(self._lowest[-1], depth)

    def _settle(self, question: Question, depth: int, lowest: float, found: tuple[Gap, ...]) -> None:
        """Keep an answer, and those that took it for granted as long as it has no gap."""
        inner = [each for each, (low, _) in self._hanging.items() if low >= depth]
        large = any(TOO_LARGE in gap.detail for gap in found)
        for each in inner:
            _, answer = self._hanging.pop(each)
            if not found and lowest < depth:
                self._hanging[each] = (lowest, answer)
            elif not found:
                self._known[each] = answer
        if lowest < depth:
            self._grant(lowest)
            if not large:
                self._hanging[question] = (lowest, found)
        elif not large:
            self._known[question] = found
