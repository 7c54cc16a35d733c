"""What may be left over from the request before on a connection accuses nobody of the one that it came for.

A target that has not read all of a request, and keeps its connection, takes the rest for the next one: it tells that it
can't read that, while a client that has sent a request meanwhile waits for an answer to this. So what breaks a law
there is set aside, and its case is played again alone, on a connection of its own. What is broken then is a finding of
that case. Else both requests are sent once more in their order, on one connection: if it shows again, and does not
where each has a connection of its own, that is a finding of the first of them; if not, it is not proven.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, NamedTuple

from bothends.engine.judge import TRIES
from bothends.engine.play import Scope
from bothends.laws import left_over, outcome
from bothends.records import NotProven

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from bothends.engine.judge import Judged
    from bothends.engine.play import Batch
    from bothends.records import Breach, Case

_MOST = 64
"""Cases that are played again, at most; of more, nothing is proven."""
_MOST_NAMED = 3


class _Doubt(NamedTuple):
    """An exchange that was set aside.

    Attributes:
        former: The case whose request went before on its connection.
        case: Its own.
        came: What came for it, in words.
        batch: What plays its case.
    """

    former: Case
    case: Case
    came: str
    batch: Batch

    def played(self, *cases: Case) -> Batch:
        """Return the batch that plays cases on one new connection, one after the other."""
        return replace(self.batch, cases=cases, concurrency=1, own_connection=True, scope=Scope.SERVICE)


@dataclass(slots=True)
class Leftovers:
    """Remembers what was set aside, and says what is to be played for it.

    Attributes:
        file: Takes what has shown that a request spoils its connection, with what shows it.
    """

    file: Callable[[Breach, Batch], None]
    _doubts: dict[tuple[str, str], _Doubt] = field(default_factory=dict)
    _waiting: list[_Doubt] = field(default_factory=list)
    _tries: Iterator[Batch] | None = None
    _step: Batch | None = None
    _judged: list[Judged] = field(default_factory=list)
    _known: set[tuple[str, str]] = field(default_factory=set)
    _spoiling: set[str] = field(default_factory=set)
    _more: int = 0

    def note(self, judged: Judged, batch: Batch) -> None:
        """Take note of an exchange that was judged, or set aside."""
        if batch is self._step:
            self._judged.append(judged)
            return
        exchange, case = judged.exchange, judged.exchange.planned
        key = (case.operation, case.label)
        if not judged.left_over or exchange.former is None or key in self._known:
            return
        if not batch.cases or len(self._known) >= _MOST:
            self._more += 1  # what came when all was over is of no batch that can be played
            return
        self._known.add(key)
        self._doubts[key] = doubt = _Doubt(exchange.former, case, outcome(exchange.answer), batch)
        self._waiting.append(doubt)

    def next(self) -> Batch | None:
        """Return what is to be played next; None: nothing is."""
        while self._tries is not None or self._waiting:
            self._tries = self._tries or self._tried(self._waiting.pop(0))
            self._step = next(self._tries, None)
            self._judged.clear()
            if self._step is not None:
                return self._step
            self._tries = None
        return None

    def _tried(self, doubt: _Doubt) -> Iterator[Batch]:
        """Yield what is played for a doubt, one after the other, as far as it takes to decide it."""
        former, case = doubt.former, doubt.case
        key = (case.operation, case.label)
        yield doubt.played(case)
        if self._is_broken:
            del self._doubts[key]  # it shows alone: that is a finding
            return
        if former.operation in self._spoiling:
            del self._doubts[key]  # why is known
            return
        if former.behaviour or former.again or case.again:
            return  # it is not sent on one connection
        for _ in range(TRIES):
            yield doubt.played(former, case)
            if len(self._judged) > 1 and self._judged[-1].left_over:
                break
        else:
            return
        first, second = self._judged[0].exchange, self._judged[-1].exchange
        yield doubt.played(former)
        yield doubt.played(case)
        if not self._is_broken:
            self._spoiling.add(former.operation)
            self.file(left_over(first, second), replace(doubt.batch, cases=(former, case), concurrency=1))
        del self._doubts[key]

    @property
    def _is_broken(self) -> bool:
        return any(one.breaches for one in self._judged)

    def not_proven(self) -> list[NotProven]:
        """Return what was not decided."""
        if not self._doubts and not self._more:
            return []
        doubts = list(self._doubts.values())
        count = len(doubts) + self._more
        named = [f"{one.case.label} got {one.came} after {one.former.label}" for one in doubts[:_MOST_NAMED]]
        told = f": {'; '.join(named)}{'; …' if count > len(named) else ''}" if named else ""
        requests = f"{count:,} requests" if count > 1 else "a request"
        why = (
            f"What came for {requests} may be left over from the request before on the same connection{told}. On a "
            "connection of its own it did not show, nor each time that the two were sent once more in their order. "
            "Check whether the target reads the whole of what it refuses, or closes the connection"
        )
        return [NotProven("what follows on a connection", why)]
