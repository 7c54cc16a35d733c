"""A bystander: signs in what Schemathesis sends, and judges what `engine/observer.py` has tied to it."""

from __future__ import annotations

import asyncio
import threading
from collections import OrderedDict
from typing import TYPE_CHECKING
from urllib.parse import parse_qsl

from bothends.engine.attribution import Attributed
from bothends.engine.by_hand import case_by_hand
from bothends.engine.observer import Observer
from bothends.engine.outstanding import Outstanding
from bothends.engine.player import SETTLE_SECONDS
from bothends.records import Answer, Condition, Exchange

if TYPE_CHECKING:
    from collections.abc import Iterable

    from bothends.contract import Operation
    from bothends.engine.observer import Call
    from bothends.records import Breach, Case, Credential, NoAnswer, Request
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
        self._observer = Observer(bench.stage, bench.player, strangers=True)
        self._callers: OrderedDict[str, tuple[int, Credential]] = OrderedDict()
        self._open: dict[str, Call] = {}
        self._calling: dict[int, str] = {}
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
            number = self._bench.player.next_number()
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
            own = caller is not None and caller[1].caller == 0
            # A thread makes one call at a time: one that it has left open never came to be.
            before = self._open.pop(self._calling.get(threading.get_ident(), ""), None)
            self._calling[threading.get_ident()] = call
            self._open[call] = self._bench.run(self._begun(before, caller[0] if caller is not None and own else None))

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
            begun = self._open.pop(call)
            values = _shown(sent)
            credential = next((self._callers[value][1] for value in values if value in self._callers), None)
            exchange = Exchange(
                number=begun.number,
                case=self._case(operation, request, credential),
                session=None if credential is None else credential.session,
                sent=sent,
                answer=answer,
                began=begun.began,
                ended=begun.began,
                credential=credential,
            )
            return self._bench.run(self._ended(begun, exchange))

    def settle(self) -> list[Breach]:
        """Wait for what may still come, and return the laws that what came late has broken.

        Raises:
            HarnessError: The world failed.
        """
        with self._lock:
            self._bench.run(asyncio.sleep(SETTLE_SECONDS))
            self._bench.run(self._wait_for_outstanding())
            late, self._late = self._late, []
            return late

    def _case(self, operation: Operation, request: Request, credential: Credential | None) -> Case:
        # A cookie that is none of ours may be right all the same: nothing is said of whose event it must be.
        sessions = bool(operation.security.played) or self._bench.contract.settings.world.session is not None
        given = (SIGNED_OUT,) if sessions and credential is None else ()
        return case_by_hand(operation, request, given, self._bench.stage.upstreams)

    async def _begun(self, before: Call | None, number: int | None) -> Call:
        if before is not None:
            self._observer.forget(before)
        call = self._observer.begin(number=number)
        self._came_late()
        return call

    async def _ended(self, call: Call, exchange: Exchange) -> list[Breach]:
        attributed = await self._observer.end(call, exchange)
        self._came_late()
        return self._judged(attributed)

    def _came_late(self) -> None:
        for attributed in self._observer.taken():
            self._judged(attributed)

    async def _wait_for_outstanding(self) -> None:
        """Wait for events that are owed and that no answer waits for; what does not come is lost."""
        clock = self._bench.stage.clock
        self._look()
        while self._outstanding and clock.now() < self._outstanding.until:
            await asyncio.sleep(_LOOK_SECONDS)
            self._look()
        exchanges, _ = self._outstanding.rest(clock.now(), ())
        for judged in self._bench.judge.wave(Attributed(exchanges), self._bench.player.calls):
            self._late.extend(judged.breaches)

    def _look(self) -> None:
        self._observer.look()
        self._came_late()

    def _judged(self, attributed: Attributed) -> list[Breach]:
        """Judge what is tied: return what is broken now, and keep what came late."""
        breaches: list[Breach] = []
        attributed, held = self._outstanding.take(attributed, None)
        for judged in self._bench.judge.wave(attributed, self._bench.player.calls):
            if judged.exchange.number in held:
                self._late.extend(judged.breaches)
            elif not judged.late:
                breaches.extend(judged.breaches)
            elif not _may_be_asked_again(judged.exchange):
                self._late.extend(judged.breaches)
        self._late.extend(self._bench.judge.phantoms(attributed))
        return breaches


def _shown(sent: Request) -> list[str]:
    """Return all values of a request that may be of its caller's credential."""
    values = [value for _, value in parse_qsl(sent.target.partition("?")[2])]
    for name, value in sent.headers:
        values += [pair.partition("=")[2].strip() for pair in value.split(";")] if name.lower() == "cookie" else [value]
    return values


def _may_be_asked_again(exchange: Exchange) -> bool:
    """Whether a check of the client's may have sent the like of it once more, as the same caller, after a 5xx."""
    return isinstance(exchange.answer, Answer) and exchange.answer.status >= _SERVER_ERROR
