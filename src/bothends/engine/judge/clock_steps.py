"""What a step of the system's clock explains is played again after it: by itself, it accuses nobody.

A target says what time it is by the system's clock: in its events, in what it signs, in what it refuses as too old.
Where that clock is set while a request is under way, nobody can say which time was right. Such an exchange that breaks
a law is set aside, and its case is played again when the clock is right; what is broken then is a finding.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from bothends.engine.judge.retries import TRIES
from bothends.records import NotProven, count_of, were

if TYPE_CHECKING:
    from bothends.clock import Clock
    from bothends.engine.judge.judge import Judged
    from bothends.engine.play import Batch

_MOST = 64
"""Cases that wait to be played again, at most; of more, nothing is proven."""
_MOST_NAMED = 3


@dataclass(slots=True)
class _Waiting:
    """A case that was set aside.

    Attributes:
        batch: What plays it.
        tries: How often it was played again so far.
    """

    batch: Batch
    tries: int = 0


@dataclass(slots=True)
class ClockSteps:
    """Remembers what was set aside, and says what is to be played again.

    Attributes:
        clock: The run's.
    """

    clock: Clock
    _waiting: dict[tuple[str, str], _Waiting] = field(default_factory=dict)
    _again: int = 0
    _more: int = 0

    @property
    def open(self) -> bool:
        """Whether there is something to be played again."""
        return any(one.tries < TRIES for one in self._waiting.values())

    def note(self, judged: Judged, batch: Batch) -> None:
        """Take note of an exchange that was judged, or set aside: a case that is judged at last is decided."""
        case = judged.exchange.case
        key = (case.operation, case.label)
        if not judged.set_aside:
            self._waiting.pop(key, None)
        elif not batch.cases or (key not in self._waiting and len(self._waiting) >= _MOST):
            self._more += 1  # what came when all was over is of no batch that can be played
        else:
            self._waiting.setdefault(key, _Waiting(replace(batch, cases=(case,), concurrency=1)))

    def next(self) -> Batch | None:
        """Return what is to be played next; None: nothing is."""
        for waiting in self._waiting.values():
            if waiting.tries < TRIES:
                waiting.tries += 1
                self._again += 1
                return waiting.batch
        return None

    def not_proven(self) -> list[NotProven]:
        """Return what was not decided, as the clock was set each time."""
        if not self._waiting and not self._more:
            return []
        names = [label for _, label in self._waiting]
        count = len(names) + self._more
        named = f" ({', '.join(names[:_MOST_NAMED])}{', …' if len(names) > _MOST_NAMED else ''})" if names else ""
        why = (
            f"The clock of this machine was set while {count_of(count, 'exchange')} {were(count)} under way{named}: "
            "what they broke may follow from that, and it was not seen without."
        )
        return [NotProven("the clock", why)]

    def notes(self) -> tuple[str, ...]:
        """Return, for a person, that the clock was set."""
        steps = self.clock.steps
        if not steps:
            return ()
        by = ", ".join(f"{step.by:+.1f} s" for step in steps[:_MOST_NAMED])
        more = ", …" if len(steps) > _MOST_NAMED else ""
        again = f"; {count_of(self._again, 'case')} {were(self._again)} played again after it" if self._again else ""
        return (f"the clock of this machine was set during the run ({by}{more}){again}",)
