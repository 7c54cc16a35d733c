"""A bystander: signs in what another client sends, sees what the target does to the world, and judges it.

The client is not ours, so there are no waves: a call begins, and ends. What arrived meanwhile is tied to it by its
caller, and with one call at a time by its time. With several at a time the caller alone ties.
"""

from __future__ import annotations

import asyncio
import threading
from collections import OrderedDict
from dataclasses import replace
from typing import TYPE_CHECKING
from urllib.parse import parse_qsl

from bothends.engine.attribution import Attributed, Attribution
from bothends.engine.by_hand import case_by_hand
from bothends.engine.outstanding import Outstanding
from bothends.engine.player import SETTLE_SECONDS
from bothends.records import Answer, Condition, Exchange, find_tokens

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from bothends.contract import Operation
    from bothends.records import Breach, Case, Credential, Delivery, NoAnswer, Request, UpstreamCall
    from bothends.workbench import Workbench

SIGNED_OUT = Condition.of("no-session")
_REMEMBERED = 4096
"""Sessions that are remembered: a client may make many cases before it sends the first."""
_LOOK_SECONDS = 0.05
_SERVER_ERROR = 500  # RFC 9110 section 15.6


class Bystander:
    """Sees both ends of calls that another client makes, from any of its threads."""

    def __init__(self, bench: Workbench) -> None:
        """Take a workbench that is open; nothing else may send with it."""
        self._bench = bench
        self._attribution = Attribution(bench.seed, bench.contract.operations)
        self._numbers = 0
        self._callers: OrderedDict[str, tuple[int, Credential]] = OrderedDict()
        self._open: dict[str, tuple[int, float]] = {}
        self._calling: dict[int, str] = {}
        self._kept: list[Delivery] = []
        self._lock = threading.Lock()
        self._late: list[Breach] = []
        limit = bench.contract.settings.judged_time_limit_ms / 1000
        self._outstanding: Outstanding[None] = Outstanding(bench.player.grounds, limit)

    def sign_in(self, operation: Operation | None = None) -> Credential:
        """Return what a user shows who was not there before, or the next of the settings' callers.

        Args:
            operation: What is to be called; None: one of which nothing is known.
        """
        with self._lock:
            self._numbers += 1
            number = self._numbers
            security = None if operation is None else operation.security
            credential = self._bench.stage.world.sign_in(number, security=security)
            for _, value in (*credential.cookies, *credential.headers, *credential.query):
                self._callers[value] = (number, credential)
            while len(self._callers) > _REMEMBERED:
                self._callers.popitem(last=False)
        return credential

    def begin(self, call: str, shown: Iterable[str]) -> None:
        """Take note that a call is about to be made.

        Args:
            call: Names it.
            shown: The values of what may be its caller's credential: cookies, headers, query parameters.

        Raises:
            HarnessError: The world failed.
        """
        with self._lock:
            caller = next((self._callers[value] for value in shown if value in self._callers), None)
            one_of_few = caller is not None and caller[1].caller > 0
            if caller is None or one_of_few:
                self._numbers += 1
            number = self._numbers if caller is None or one_of_few else caller[0]
            # A thread makes one call at a time: one that it has left open never came to be.
            self._open.pop(self._calling.get(threading.get_ident(), ""), None)
            self._calling[threading.get_ident()] = call
            # What has come since the last call is of one before, or of a request that no call was made for.
            self._bench.run(self._between())
            self._open[call] = (number, self._bench.stage.clock.now())

    def end(
        self, call: str, operation: Operation, request: Request, sent: Request, answer: Answer | NoAnswer
    ) -> list[Breach]:
        """Take note that a call is over; return the laws that it has broken.

        Args:
            call: As it was named when it began.
            operation: What it is a request of.
            request: What was asked, without what every client adds.
            sent: The request as sent, cookies included.
            answer: What came back.

        Raises:
            HarnessError: The world failed.
        """
        with self._lock:
            if call not in self._open:
                return []
            number, began = self._open.pop(call)
            values = _shown(sent)
            credential = next((self._callers[value][1] for value in values if value in self._callers), None)
            exchange = Exchange(
                number=number,
                case=self._case(operation, request, credential),
                session=None if credential is None else credential.session,
                sent=sent,
                answer=answer,
                began=began,
                ended=began,
                credential=credential,
            )
            return self._bench.run(self._ended(exchange))

    def settle(self) -> list[Breach]:
        """Wait for what may still come, and return the laws that what came late has broken.

        Raises:
            HarnessError: The world failed.
        """
        with self._lock:
            self._bench.run(asyncio.sleep(SETTLE_SECONDS))
            self._bench.run(self._between())
            self._bench.run(self._wait_for_outstanding())
            late, self._late = self._late, []
            return late

    def _case(self, operation: Operation, request: Request, credential: Credential | None) -> Case:
        # A cookie that is none of ours may be right all the same: nothing is said of whose event it must be.
        sessions = bool(operation.security.played) or self._bench.contract.settings.world.session is not None
        given = (SIGNED_OUT,) if sessions and credential is None else ()
        return case_by_hand(operation, request, given, self._bench.stage.upstreams)

    async def _ended(self, exchange: Exchange) -> list[Breach]:
        world = self._bench.stage.world
        # Told in the world's own thread: what the answer came after, the world has taken note of by now.
        exchange = replace(exchange, ended=self._bench.stage.clock.now())
        await world.quiet(SETTLE_SECONDS)
        deliveries, calls = world.take()
        if exchange.succeeded and not any(d.acknowledged for d in deliveries):
            await asyncio.sleep(SETTLE_SECONDS)
            more, more_calls = world.take()
            deliveries, calls = deliveries + more, calls + more_calls
        return self._judged(self._tied([exchange], deliveries, calls))

    async def _between(self) -> None:
        deliveries, calls = self._bench.stage.world.take()
        # An event without a user is of a request that was sent beside the calls, perhaps: it accuses nobody.
        marked = [d for d in deliveries if self._users(d)]
        self._judged(self._tied([], marked, calls))

    async def _wait_for_outstanding(self) -> None:
        """Wait for events that are owed and that no answer waits for; what does not come is lost."""
        clock = self._bench.stage.clock
        while self._outstanding and clock.now() < self._outstanding.until:
            await asyncio.sleep(_LOOK_SECONDS)
            await self._between()
        exchanges, _ = self._outstanding.rest(clock.now(), ())
        for judged in self._bench.judge.wave(Attributed(exchanges), self._attribution.calls):
            self._late.extend(judged.breaches)

    def _tied(
        self, exchanges: Sequence[Exchange], deliveries: Sequence[Delivery], calls: Sequence[UpstreamCall]
    ) -> Attributed:
        """Tie what has come to a call, and keep what is of calls that are not over."""
        waiting = {number for number, _ in self._open.values()}
        arrived = [*self._kept, *deliveries]
        self._kept = [d for d in arrived if waiting.intersection(self._users(d))]
        own = {exchange.number for exchange in exchanges}
        ready = [d for d in arrived if d not in self._kept and (self._users(d) or (own and not waiting))]
        return self._attribution.tie(exchanges, ready, calls)

    def _judged(self, attributed: Attributed) -> list[Breach]:
        """Judge what is tied: return what is broken now, and keep what came late."""
        breaches: list[Breach] = []
        attributed, held = self._outstanding.take(attributed, None)
        for judged in self._bench.judge.wave(attributed, self._attribution.calls):
            if judged.exchange.number in held:
                self._late.extend(judged.breaches)
            elif not judged.late:
                breaches.extend(judged.breaches)
            elif not _may_be_asked_again(judged.exchange):
                self._late.extend(judged.breaches)
        self._late.extend(self._bench.judge.phantoms(attributed))
        return breaches

    def _users(self, delivery: Delivery) -> set[int]:
        subject = delivery.event if delivery.event is not None else delivery.payload
        return {token.number for token in find_tokens(self._bench.seed, subject) if token.kind == "u"}


def _shown(sent: Request) -> list[str]:
    """Return all values of a request that may be of its caller's credential."""
    values = [value for _, value in parse_qsl(sent.target.partition("?")[2])]
    for name, value in sent.headers:
        values += [pair.partition("=")[2].strip() for pair in value.split(";")] if name.lower() == "cookie" else [value]
    return values


def _may_be_asked_again(exchange: Exchange) -> bool:
    """Whether a check of the client's may have sent the like of it once more, as the same caller, after a 5xx."""
    return isinstance(exchange.answer, Answer) and exchange.answer.status >= _SERVER_ERROR
