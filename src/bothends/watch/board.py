"""What the screen of a watched run shows, as data; rounds write it, and screens read it."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from bothends.reports import Tone

if TYPE_CHECKING:
    from collections.abc import Sequence

    from bothends.watch.standing import Standing


@dataclass(slots=True)
class PartLine:
    """One part of a round.

    Attributes:
        name: What is run: `failed last`, `touched`, `all`.
        what: More about it, or how far it has come.
        verdict: Its end, in words; empty: it is under way.
        seconds: From the beginning of the part to its end, seconds.
        tone: What its verdict says of the contract.
    """

    name: str
    what: str = ""
    verdict: str = ""
    seconds: float = 0.0
    tone: Tone = Tone.PLAIN


@dataclass(slots=True)
class Board:
    """All that is on the screen. Texts that come from a target or a file are escaped when they are shown.

    Attributes:
        title: What is watched: the settings, and where the target comes from.
        round: Counts the rounds, from 1.
        changed: What began the round, in words.
        parts: The parts of the round, in order.
        standing: The findings that stand.
        fixed: The findings that stood when the round began and do not any more.
        problem: What keeps the round from going on, such as a wrong contract, line by line.
        notes: What a person may wonder about.
        waiting: Whether the round is over, and the next change is waited for.
    """

    title: str
    round: int = 0
    changed: str = ""
    parts: list[PartLine] = field(default_factory=list)
    standing: Sequence[Standing] = ()
    fixed: Sequence[Standing] = ()
    problem: Sequence[str] = ()
    notes: Sequence[str] = ()
    waiting: bool = False

    def begin(self, changed: str) -> None:
        """Begin a round; what stands goes on standing."""
        self.round += 1
        self.changed = changed
        self.parts = []
        self.fixed = ()
        self.problem = ()
        self.waiting = False
