"""What a busy machine may have made is played again, and nobody is accused of it.

Three things may come of it that a target lacks a processor or a disk, or that bothends lacks a processor:

    it says that an upstream did not answer in time, though the world had (and what it has stored is there)
    it does not answer within the time limit
    an event comes long after the answer that was to wait for it

Each of them is late by some seconds. How long the machine kept the target, and bothends, waiting meanwhile is measured
(`machine.py`). Where that does not account for the delay, it is an error, at any load. Where it does, the exchange is
excused, and its batch is played again: first those of its cases that were late, then all of them, one at a time. Then
hardly anything but its own request keeps the target busy, so a target that is late of its own is late without having
waited. A case that is in time once is cleared; where it never is, nothing is proven.
"""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, replace
from http import HTTPStatus
from typing import TYPE_CHECKING

from bothends.engine.testbed import SHARE, TOO_BUSY
from bothends.laws import SLACK, attempts
from bothends.records import Answer, NoAnswer, NotProven, Weight, some_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from bothends.contract import Contract, Operation
    from bothends.engine.play import Batch, Played
    from bothends.engine.testbed import Measurements
    from bothends.engine.tie import Attributed
    from bothends.launch import Target
    from bothends.records import Delivery, Exchange


TRIES = 3
"""How often a scenario, or an interaction of a pact, is played at most."""

BATCHES = 24
"""How many batches of a run are played again, at most. What comes after that is not proven."""

SECONDS = 60.0
"""How long that may take in all."""

SINGLY = 8
"""Cases that are played again one at a time, at most."""

REPEATED = 24
"""How many requests are made then, at most: each of those cases as often as fits."""

REPEATED_SECONDS = 6.0
"""How long they should take."""

_WHOLE = 0.9
"""Part of a target's timeout that counts as all of it: its clock began a little later."""

_LEAST_PATIENCE = 0.1
"""How long a target waits for an upstream where nobody has said it, at least, seconds: who answers sooner did not."""

_LEAST = 0.001


@dataclass(frozen=True, slots=True)
class Delay:
    """By how much something was late, and when.

    Attributes:
        seconds: What has to be accounted for.
        began: From when on the machine may have been the reason; by the clock, seconds.
        ended: Until when.
    """

    seconds: float
    began: float
    ended: float


@dataclass(frozen=True, slots=True)
class Late:
    """What was late when a batch was played, and is excused: cases, by their labels, each once.

    Attributes:
        now: Those of the batch itself.
        always: Those of them of which no exchange was in time.
        before: Those of earlier batches, for which something came only now.
    """

    now: dict[str, None]
    always: dict[str, None]
    before: dict[str, None]


class Excuses:
    """Tells which exchanges a busy machine excuses."""

    def __init__(self, contract: Contract, machine: Measurements) -> None:
        """Take what tells it."""
        self._operation_of: Callable[[str], Operation] = contract.operation
        known = contract.settings.knows_timeout
        self._upstream_timeout = contract.settings.world.upstream_timeout_ms / 1000 if known else None
        self._time_limit = contract.settings.judged_time_limit_ms / 1000
        self._machine = machine

    def take(self, exchange: Exchange) -> Exchange | None:
        """Return an exchange as it is right where the machine is to blame; None where it is not, or nothing is late."""
        operation = self._operation_of(exchange.case.operation)
        for delay, excused in (
            (said_time_ran_out(exchange, operation, self._upstream_timeout), _may_say_so),
            (answered_late(exchange, self._time_limit), _may_be_late),
            (sent_late(exchange, operation, self._time_limit), _may_be_late),
            *((late, _may_be_late) for late in attempted_late(exchange, operation, self._time_limit)),
        ):
            if delay is not None and self.accounts_for(delay):
                return excused(exchange, operation)
        return None

    def among(self, played: Played) -> tuple[Played, Late]:
        """Return what was played with those exchanges excused that the machine kept waiting, and which they are."""
        known = played.attributed
        exchanges = [(e, self.take(e)) for e in known.exchanges]
        late, before = self.late_among(known)
        attributed = replace(known, exchanges=tuple(excused or exchange for exchange, excused in exchanges), late=late)
        in_time = {exchange.case.label for exchange, excused in exchanges if excused is None}
        now = dict.fromkeys(exchange.case.label for exchange, excused in exchanges if excused is not None)
        always = {label: None for label in now if label not in in_time}
        return replace(played, attributed=attributed), Late(now, always, before)

    def late_among(self, attributed: Attributed) -> tuple[tuple[Exchange, ...], dict[str, None]]:
        """Return exchanges of earlier batches, with those excused that were kept waiting, and the cases of these."""
        late = [(exchange, self.take(exchange)) for exchange in attributed.late]
        labels = dict.fromkeys(exchange.case.label for exchange, excused in late if excused is not None)
        return tuple(excused or exchange for exchange, excused in late), labels

    def accounts_for(self, delay: Delay) -> bool:
        """Whether the machine kept the target, or bothends, waiting for long enough to be the reason of a delay."""
        return self._machine.waits(delay.began, delay.ended).total >= SHARE * delay.seconds


def said_time_ran_out(exchange: Exchange, operation: Operation, upstream_timeout: float | None) -> Delay | None:
    """Return the delay of a target that says that an upstream was late, where none was, or where it knows better.

    Args:
        exchange: What was witnessed.
        operation: The operation that it is about.
        upstream_timeout: How long the target waits for an upstream, seconds; None: nobody has said, so it may be any
            time, and all that it took was waited.
    """
    answer = exchange.answer
    took = exchange.ended - exchange.began
    patience = max(took, _LEAST_PATIENCE) if upstream_timeout is None else upstream_timeout
    if not isinstance(answer, Answer) or answer.status not in _time_ran_out(operation):
        return None
    expect = exchange.case.expect
    right = expect.allows(answer.status) and not expect.any_answer
    if right and not _has_sent_all(exchange):
        return None  # what it waited for was late indeed
    if (expect.refused and not expect.any_answer) or took < _WHOLE * patience:
        return None  # it gave up before its time, which no machine makes it do, or on what it had to refuse
    # What the world itself took is no delay: a slow upstream leaves less to spare.
    world = max((took for took in _took(exchange)), default=0.0)
    left = max(_WHOLE * patience - world, (1 - _WHOLE) * patience)
    return Delay(left, exchange.began, exchange.ended)


def _time_ran_out(operation: Operation) -> frozenset[int]:
    """Return the statuses that say so: where the contract names none, 504, and each server error that it declares."""
    declared = (status for status in operation.error_statuses if status >= HTTPStatus.INTERNAL_SERVER_ERROR)
    return operation.statuses_of("upstream-timeout") or frozenset((HTTPStatus.GATEWAY_TIMEOUT.value, *declared))


def answered_late(exchange: Exchange, limit: float) -> Delay | None:
    """Return the delay of an answer that came after the time limit, or not at all within it.

    Args:
        exchange: What was witnessed.
        limit: The time limit, seconds.
    """
    took = exchange.ended - exchange.began
    if isinstance(exchange.answer, NoAnswer):
        # A client with a behaviour of its own may leave before: then it has not waited for an answer.
        absent = exchange.answer.kind == "timeout" and (not exchange.case.behaviour or took >= limit)
        return Delay(took, exchange.began, exchange.ended) if absent else None
    return Delay((took - limit) / SHARE, exchange.began, exchange.ended) if took > limit else None


def sent_late(exchange: Exchange, operation: Operation, limit: float) -> Delay | None:
    """Return how late an event came that its answer waits for: after that, or after `limit` seconds without one."""
    answered = isinstance(exchange.answer, Answer)
    latest = exchange.ended if answered else max(exchange.ended, exchange.began + limit)
    awaited = {event.name for event in operation.events if event.delivery.answer == "after"}
    known = {event.name for event in operation.events}
    times = (d.received for d in exchange.declared if d.callback in awaited or (awaited and d.callback not in known))
    received = max(times, default=latest)
    return Delay(received - latest, latest, received) if received - latest > SLACK else None


def attempted_late(exchange: Exchange, operation: Operation, limit: float) -> Iterator[Delay]:
    """Yield the delays of attempts that came later than promised, or not at all; an answer has `limit` seconds."""
    for seconds, began, ended in attempts.overdue(exchange, operation, limit):
        if seconds > SLACK:
            yield Delay(seconds, began, ended)


def _has_sent_all(exchange: Exchange) -> bool:
    """Return whether the ingests have acknowledged an event of each callback of which one came."""
    heard = {d.callback for d in exchange.deliveries if d.stored and d.acknowledged}
    return bool(heard) and heard == {d.callback for d in exchange.deliveries}


def _took(exchange: Exchange) -> Iterator[float]:
    yield from (call.ended - call.began for call in exchange.calls)
    yield from (delivery.settled - delivery.received for delivery in exchange.deliveries)


def _may_say_so(exchange: Exchange, operation: Operation) -> Exchange:
    """Return an exchange of which it is right as well to say that time ran out.

    What the ingest acknowledged is in doubt then: the target may have had no time to take notice of that either.
    """
    expect = exchange.case.expect
    statuses = expect.statuses | _time_ran_out(operation) if expect.statuses else expect.statuses
    excusing = replace(expect, statuses=statuses, server_error=True, promise="")
    in_doubt: tuple[Delivery, ...] = tuple(replace(d, acknowledged=False) for d in exchange.deliveries)
    case = replace(exchange.case, expect=excusing, origin=None)
    return replace(exchange, case=case, deliveries=in_doubt, excuse=TOO_BUSY)


def _may_be_late(exchange: Exchange, _operation: Operation) -> Exchange:
    return replace(exchange, excuse=TOO_BUSY)


class Retries:
    """Excuses what a busy machine may have made, and says what is to be played again for it.

    Attributes:
        excuses: Tells what a busy machine excuses.
        unknown: Exchanges that were late each time, and never without the machine as a reason: for each the case.
    """

    def __init__(self, excuses: Excuses) -> None:
        """Start with all the chances that there are."""
        self.excuses = excuses
        self._batches = BATCHES
        self._left = SECONDS
        self._open: list[Batch] | None = None  # what is still to be played for the batch that is tried; None: none is
        self._late: dict[str, None] = {}  # cases of it that were late each time so far, by their labels
        self.unknown: dict[str, int] = {}

    @property
    def trying(self) -> bool:
        """Whether a batch is played again, and not all of its tries are over."""
        return self._open is not None

    def take(self, played: Played) -> Played:
        """Take what was played; return it, with those exchanges excused that the machine kept waiting."""
        excused, late = self.excuses.among(played)
        self._note(played, late)
        self.give_up(late.before)
        return excused

    def take_later(self, attributed: Attributed) -> Attributed:
        """Take what came when its batch was over; return it, with those exchanges excused that were kept waiting."""
        late, labels = self.excuses.late_among(attributed)
        self.give_up(labels)  # not played again: what else was of their batch is not known any more
        return replace(attributed, late=late)

    def next(self) -> Batch | None:
        """Return what is to be played before anything else, and handed to `take`; None: nothing is."""
        if self._open is None:
            return None
        if self._open and self._late:
            return self._open.pop(0)
        self.give_up(self._late)
        self._open = None
        return None

    def _note(self, played: Played, late: Late) -> None:
        labels = late.now
        if self._open is None:
            if labels and (not self._batches or self._left <= 0):
                self.give_up(labels)
            elif labels:
                self._batches -= 1
                self._open, self._late = list(_again(played, labels)), labels
            return
        self._left -= played.ended - played.began
        self._late = {label: None for label in self._late if label in late.always}

    def give_up(self, labels: Iterable[str]) -> None:
        """Note cases of which it stays unknown whether they are in time."""
        for label in labels:
            self.unknown[label] = self.unknown.get(label, 0) + 1

    def not_proven(self) -> list[NotProven]:
        """Return what this machine was too busy to decide."""
        return [too_busy(self.unknown)] if self.unknown else []


def too_busy(labels: Iterable[str]) -> NotProven:
    """Return that it is unknown whether some cases are in time on a machine with less to do."""
    names = list(labels)
    return NotProven(
        "time",
        f"{some_of(names)}: late in each try; in each, the target had to wait for a processor or a disk of this busy "
        "machine for about as long.",
        weight=Weight.RUN,
    )


def _again(played: Played, labels: dict[str, None]) -> Iterator[Batch]:
    """Yield what is played again of a batch: those of its cases that were late, then all, one at a time.

    Those that were late several times over, where that takes no time: what is wrong in one of ten requests shows again.
    """
    batch = played.batch
    if batch.together or batch.prelude:
        yield batch  # what comes before, or beside it, is a part of the case
        yield batch
        return
    late = tuple(case for case in batch.cases if case.label in labels)[:SINGLY]
    each = max(e.ended - e.began for e in played.attributed.exchanges)
    often = max(1, min(REPEATED // len(late), int(REPEATED_SECONDS / max(each, _LEAST) / len(late))))
    yield replace(batch, cases=late * often, concurrency=1)
    yield replace(batch, concurrency=1)


# The moment between the end of a target's connections and the end of its process.
#
# The system closes what a process had open before it tells that the process has ended. On a busy machine the two are
# some milliseconds apart: who looks in between sees a target that runs, and that left a request unanswered.

EACH = 0.25
"""Seconds that are waited at most after a batch."""

IN_ALL = 1.0
"""Seconds that are waited at most in a run: a target may leave each request unanswered, and live."""

_PAUSE = 0.005
_CUT_OFF = {"closed", "reset", "refused"}


class ExitGrace:
    """Waits for the end of a target that seems to be about to end."""

    def __init__(self) -> None:
        """Start with all the time that there is."""
        self.left = IN_ALL

    async def over(self, played: Played, target: Target) -> None:
        """Wait for a moment where a good client was cut off, until the target has ended."""
        if not any(
            _cut_off(exchange.answer) and not exchange.case.behaviour for exchange in played.attributed.exchanges
        ):
            return
        loop = asyncio.get_running_loop()
        began = loop.time()
        until = began + min(EACH, self.left)
        while target.died() is None and loop.time() < until:  # noqa: ASYNC110 -- a process's end is no event
            await asyncio.sleep(_PAUSE)
        self.left -= loop.time() - began


def _cut_off(answer: object) -> bool:
    return isinstance(answer, NoAnswer) and answer.kind in _CUT_OFF
