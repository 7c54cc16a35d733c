"""Sends what an operation causes, as its description and the break say."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from tests.verdicts.kit.bodies import RefusedError, Schema, read_json
from tests.verdicts.kit.sending import UpstreamError, call, written
from tests.verdicts.kit.values import MISSING, changed, filled, filled_text

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from tests.verdicts.kit.breaks import Break
    from tests.verdicts.kit.values import Context

LATE_SECONDS = 0.4
_UNDECLARED = {"name": "undeclared.event", "data": {}}
_SUCCESSES = range(200, 300)


@dataclass(frozen=True, slots=True)
class Parcel:
    """One event that is to be sent.

    Attributes:
        method: The HTTP method.
        url: Where it goes.
        body: What it is; None: nothing.
        acknowledgement: What the answer of an ingest that has taken it is like.
    """

    method: str
    url: str
    body: bytes | None
    acknowledgement: Schema | None = None

    def is_acknowledged(self, status: int, answer: bytes) -> bool:
        """Whether an answer says that the event has been taken."""
        if status not in _SUCCESSES:
            return False
        if self.acknowledgement is None:
            return True
        try:
            return self.acknowledgement.admits(read_json(answer))
        except RefusedError:
            return False


class Events:
    """The events of one operation."""

    def __init__(self, described: Sequence[Mapping[str, Any]], broken: Break, seconds: float) -> None:
        """Take the description.

        Args:
            described: Each `{callback, url, body?, method?, if?: [expression, value], acknowledgement?: JSON Schema}`.
            broken: What is broken.
            seconds: How long an ingest is waited for.
        """
        self._described = described
        self._broken = broken
        self._seconds = seconds
        self._first: dict[tuple[str, str], Any] = {}
        self._tasks: set[asyncio.Task[None]] = set()

    def parcels(self, context: Context, *, refused: bool = False) -> list[Parcel]:
        """Return what an exchange causes.

        Args:
            context: The exchange.
            refused: Whether the request is refused, and so causes nothing, unless that is what is broken.
        """
        return list(self._parcels(context, refused=refused))

    def _parcels(self, context: Context, *, refused: bool) -> Iterator[Parcel]:
        for event in self._described:
            name = event["callback"]
            if refused and not self._broken.is_about("for-refused", name):
                continue
            if not self._owed(event, context) or self._broken.is_about("never", name):
                continue
            url = filled_text(event["url"], context)
            if not isinstance(url, str):
                continue  # the request says no address: nothing is owed
            if self._broken.is_about("to-the-first", name):
                url = self._first.setdefault((name, "url"), url)
            if self._broken.is_about("elsewhere", name):
                url += "/elsewhere"
            method = event.get("method", "POST")
            if self._broken.is_about("by", name):
                method = self._broken.arguments[1]
            taken = Schema(event["acknowledgement"]) if "acknowledgement" in event else None
            yield Parcel(method, url, self._body(event, context), taken)
            if self._broken.is_about("twice", name):
                # Another event, not another attempt: its own identity differs where there is one.
                yield Parcel(method, url, self._body(event, context), taken)
        if self._broken.is_about("undeclared") and not refused:
            name = next(iter(self._broken.arguments), "")
            event = next((each for each in self._described if each["callback"] == name), {"url": "{$env.INGEST}/extra"})
            yield Parcel("POST", str(filled_text(event["url"], context)), written(_UNDECLARED))

    def _owed(self, event: Mapping[str, Any], context: Context) -> bool:
        if "if" not in event or self._broken.is_about("always", event["callback"]):
            return True
        expression, value = event["if"]
        return bool(context.value(expression) == value)

    def _body(self, event: Mapping[str, Any], context: Context) -> bytes | None:
        name = event["callback"]
        if self._broken.is_about("swapped", name):
            other = self._broken.arguments[1]
            event = next(each for each in self._described if each["callback"] == other)
        if "body" not in event:
            return None
        body = filled(event["body"], context)
        if body is MISSING:
            return None
        if self._broken.is_about("of-the-first", name):
            body = self._first.setdefault((name, "body"), body)
        for broken in ("wrong", "without"):
            if self._broken.is_about(broken, name):
                body = changed(body, self._broken.arguments[1], leave_out=broken == "without")
        return written(body)

    async def send(self, parcels: Sequence[Parcel]) -> None:
        """Return when all have been acknowledged.

        Raises:
            UpstreamError: One was not; those that follow are not sent.
        """
        for parcel in parcels:
            status, answer = await call(parcel.method, parcel.url, parcel.body, self._seconds)
            if not parcel.is_acknowledged(status, answer):
                raise UpstreamError(502, f"the ingest answers {status}, which acknowledges nothing")

    def send_later(self, parcels: Sequence[Parcel], seconds: float) -> None:
        """Send them in the background, each once."""
        task = asyncio.create_task(self._later(parcels, seconds))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _later(self, parcels: Sequence[Parcel], seconds: float) -> None:
        await asyncio.sleep(seconds)
        for parcel in parcels:
            try:
                await call(parcel.method, parcel.url, parcel.body, self._seconds)
            except UpstreamError as error:
                print(f"an event was not taken: {error}", flush=True)  # noqa: T201 -- the target's own log

    async def at_rest(self) -> None:
        """Return when nothing is under way in the background."""
        while self._tasks:
            await asyncio.wait(self._tasks)
