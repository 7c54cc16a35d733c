"""Requests that got an error of the server, perhaps as a value in them was taken, are sent once more with another one.

Such an error accuses the target, whatever the reason: a value that is taken is to be refused. But it shows only after a
request that took the value, and what the case is about was not looked at. So what it breaks waits until its case is
sent with another value. Where that succeeds, the value was the reason: that is one finding of the operation,
whatever its cases are about, and both requests show it. Else it is what it would be if no value were taken.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from bothends.cases import with_others
from bothends.engine.judge import Earlier, instance_of
from bothends.engine.play import SENT_ANEW, Batch
from bothends.laws import STATUS_LAWS, outcome, value_taken
from bothends.records import Answer

if TYPE_CHECKING:
    from bothends.contract import Contract
    from bothends.engine.judge import Judge, Judged
    from bothends.engine.run.filing import Filing
    from bothends.records import Breach, Case, Exchange, Request

MOST = 128
"""Requests of one operation that are sent once more, at most: an error in each family has that many cases."""


@dataclass(frozen=True, slots=True)
class _Doubt:
    """An exchange whose breaches wait.

    Attributes:
        exchange: It.
        breaches: What it breaks.
        earlier: What had succeeded with the same values.
        again: Its request with another value; None: it is not sent once more.
        batch: What plays its case.
        before: What was played before.
    """

    exchange: Exchange
    breaches: tuple[Breach, ...]
    earlier: Earlier
    again: Request | None
    batch: Batch
    before: tuple[Batch, ...]


class FailedForValues:
    """Holds what such requests break, and what is sent once more for them."""

    def __init__(self, contract: Contract, judge: Judge, filing: Filing) -> None:
        """Hold nothing; `judge` knows which values are taken."""
        self._operations = {operation.id: operation for operation in contract.operations}
        self._judge = judge
        self._filing = filing
        self._doubts: dict[tuple[str, str], _Doubt] = {}
        self._seen: dict[str, set[str]] = {name: set() for name in self._operations}
        self._waiting: list[Case] = []
        self._known: dict[str, str] = {}

    def take(self, judged: Judged, batch: Batch, before: tuple[Batch, ...]) -> bool:
        """Take an exchange that was judged; return whether what it breaks is filed here, now or later.

        Args:
            judged: What was judged.
            batch: What plays its case.
            before: What was played before.

        Raises:
            MachineError: A replay file can't be written.
        """
        exchange, case = judged.exchange, judged.exchange.planned
        self._settle(exchange)
        if not any(one.law in STATUS_LAWS for one in judged.breaches) or _is_more(exchange) or batch.given:
            return False
        earlier = self._earlier(exchange)
        if earlier is None:
            return False
        again = self._with_another(exchange, earlier)
        doubt = _Doubt(exchange, judged.breaches, earlier, again, batch, before)
        key = (case.operation, case.label)
        if case.operation in self._known:
            self._file(doubt)
        elif again is not None:
            self._doubts[key] = doubt
        elif key not in self._doubts and any(operation == case.operation for operation, _ in self._doubts):
            self._doubts[key] = doubt  # what comes of the others tells its reason
        else:
            return False
        return True

    def _earlier(self, exchange: Exchange) -> Earlier | None:
        """Return what had succeeded with values of an exchange before; None: nothing that is known.

        A target on which a finding of such a value is replayed may have the value from another run.
        """
        earlier, replayed = self._judge.before_an_error(exchange), self._filing.findings.replayed
        case = exchange.planned
        if earlier is not None or not replayed or not isinstance(exchange.answer, Answer):
            return earlier
        its_own = instance_of(value_taken(exchange, (), case, ""), case)
        return Earlier((), case) if its_own.id == replayed else None

    def _with_another(self, exchange: Exchange, earlier: Earlier) -> Request | None:
        """Return the request with another value that is sent once more for an exchange; None: none is."""
        case = exchange.planned
        seen = self._seen[case.operation]
        # What is written byte for byte has its texts in these, too: it would be the same request.
        if case.request.raw is not None or case.label in seen or len(seen) == MOST:
            return None
        seen.add(case.label)
        again = with_others(self._operations[case.operation], case.request, earlier.places, exchange.number + SENT_ANEW)
        if again is not None:
            self._waiting.append(replace(case, request=again))
        return again

    def next(self) -> Batch | None:
        """Return what is to be played now; None: nothing."""
        cases, self._waiting = tuple(self._waiting), []
        return Batch((), cases, concurrency=1) if cases else None

    def let_go(self) -> None:
        """File what waits: nothing comes any more that tells its reason."""
        doubts, self._doubts = self._doubts, {}
        for doubt in doubts.values():
            self._file(doubt)

    def _settle(self, exchange: Exchange) -> None:
        """Take an exchange; where it is a request with another value, file what waits for it."""
        case, answer = exchange.planned, exchange.answer
        doubt = self._doubts.get((case.operation, case.label))
        if doubt is None or doubt.again != case.request:
            return
        del self._doubts[case.operation, case.label]
        # A refusal may be of the other values: only a success shows that the case itself is no reason for an error.
        if exchange.succeeded and isinstance(answer, Answer):
            self._known.setdefault(case.operation, outcome(answer))
            self._file(doubt)
        elif self._judge.before_an_error(exchange) is not None:
            self._doubts[case.operation, case.label] = replace(doubt, again=None)  # the other value was taken, too
        else:
            self._filing.add(doubt.breaches, doubt.batch, before=doubt.before)

    def _file(self, doubt: _Doubt) -> None:
        """File what an exchange breaks: by a value that is taken, where that is known of its operation."""
        exchange, case = doubt.exchange, doubt.exchange.planned
        with_another = self._known.get(case.operation)
        if with_another is None:
            self._filing.add(doubt.breaches, doubt.batch, before=doubt.before)
            return
        found = value_taken(exchange, doubt.earlier.places, doubt.earlier.case, with_another)
        first = Batch((), (doubt.earlier.case,), concurrency=1)
        both = Batch((), (case,), concurrency=1, prelude=(first,))
        self._filing.add([found], both, before=doubt.before)
        others = [one for one in doubt.breaches if one.law not in STATUS_LAWS]
        self._filing.add(others, doubt.batch, before=doubt.before)


def _is_more(exchange: Exchange) -> bool:
    """Whether an exchange is more than one request that is sent as its case has it."""
    case = exchange.case
    return bool(case.again or exchange.again or case.following or case.repeat > 1)
