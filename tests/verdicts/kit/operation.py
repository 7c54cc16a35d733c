"""One operation of the contract: checks a request, and answers it."""

from __future__ import annotations

import asyncio
import json
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import TYPE_CHECKING, Any

from tests.verdicts.kit.bodies import MOST, RefusedError, Schema, check_parameters, check_type, read_json
from tests.verdicts.kit.events import LATE_SECONDS, Events, Parcel
from tests.verdicts.kit.sending import UpstreamError, call
from tests.verdicts.kit.values import filled

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Mapping, Sequence

    from tests.verdicts.kit.breaks import Break
    from tests.verdicts.kit.sign_in import SignIn
    from tests.verdicts.kit.values import Context

_OK = 200
_SUCCESSES = range(200, 300)


@dataclass(frozen=True, slots=True)
class Reply:
    """An answer.

    Attributes:
        status: The status.
        body: A JSON value; None: no body.
        headers: Beside those that follow from the body.
        later: What is sent when the answer is on its way.
    """

    status: int
    body: Any = None
    headers: Mapping[str, str] = field(default_factory=dict)
    later: Sequence[Parcel] = ()


def refusal(status: int, headers: Mapping[str, str] | None = None) -> Reply:
    """Return a refusal that says no more than its status does."""
    return Reply(status, {"error": HTTPStatus(status).phrase}, headers or {})


class Operation:
    """One operation."""

    def __init__(
        self, declared: Mapping[str, Any], described: Mapping[str, Any], sign_in: SignIn, broken: Break, seconds: float
    ) -> None:
        """Take what the contract declares, and what the description says the operation does.

        Args:
            declared: The Operation Object.
            described: `answer: {status, body?, headers?}`, and where it has them: `events`, `delivery` (`after`, the
                default: an answer comes when they have been acknowledged; `any`: they are sent in the background),
                `forgives` (of `after`: an event that is not taken is no reason to refuse),
                `lead_ms` (of `any`: how long they are under way before the answer), `known` (`{PARAMETER: [values]}`,
                others are 404, or what `missing` says), `upstreams` (`{NAME: {url, schema?}}`), `most_bytes`,
                `plus_json`, `infinite` (see `bodies`), `unfit` (the status for parameters that do not fit).
            sign_in: Who may ask.
            broken: What is broken.
            seconds: How long an upstream is waited for.
        """
        self._declared = declared
        self._described = described
        self._sign_in = sign_in
        self._broken = broken
        self._seconds = seconds
        body = declared.get("requestBody", {})
        schema = body.get("content", {}).get("application/json", {}).get("schema", True)
        self._takes_body = bool(body)
        self._needs_body = body.get("required") is True
        self._schema = Schema(schema)
        self.events = Events(described.get("events", ()), broken, seconds)
        self.most_bytes: int = described.get("most_bytes", MOST)

    async def answer(
        self, context: Context, headers: Sequence[tuple[str, str]], read: Callable[[int], Awaitable[bytes]]
    ) -> Reply:
        """Answer a request.

        Args:
            context: The request, without its body.
            headers: Its headers, names in lower case.
            read: Reads its body, up to a number of bytes.
        """
        try:
            await self._sign_in_caller(context, headers, read)
            self._find(context)
            self._check_parameters(context)
            await self._read_body(context, headers, read)
        except RefusedError as error:
            await self.events.send(self.events.parcels(context, refused=True))
            return self._refusal(error.status, error.headers)
        try:
            return await self._succeed(context)
        except UpstreamError as error:
            print(error, flush=True)  # noqa: T201 -- the target's own log
            return self._refusal(error.status, {})

    async def _sign_in_caller(
        self, context: Context, headers: Sequence[tuple[str, str]], read: Callable[[int], Awaitable[bytes]]
    ) -> None:
        try:
            context.caller = self._sign_in.caller(self._declared, context.headers, context.query)
        except RefusedError:
            if self._broken.is_about("before-sign-in"):
                await self._read_body(context, headers, read)
                context.answer = filled(self._described["answer"].get("body"), context)
                await self.events.send(self.events.parcels(context))
            raise

    def _refusal(self, status: int, headers: Mapping[str, str]) -> Reply:
        if self._broken.is_about("refusal", str(status)):
            return refusal(int(self._broken.arguments[1]), headers)
        return refusal(status, headers)

    def _find(self, context: Context) -> None:
        for name, known in self._described.get("known", {}).items():
            if context.path[name] not in known:
                self._refuse(self._described.get("missing", 404))

    def _check_parameters(self, context: Context) -> None:
        found = {"query": context.query, "header": context.headers, "path": context.path}
        try:
            check_parameters(self._declared.get("parameters", ()), found, refuse=self._described.get("unfit", 400))
        except RefusedError as error:
            self._refuse(error.status)

    async def _read_body(
        self, context: Context, headers: Sequence[tuple[str, str]], read: Callable[[int], Awaitable[bytes]]
    ) -> None:
        raw = await read(self.most_bytes)
        if not raw:
            if self._needs_body:
                self._refuse(400)
            return
        if not self._takes_body:
            return  # the contract does not mention one: it is of no use here
        try:
            check_type(headers, plus_json=self._described.get("plus_json", False))
        except RefusedError as error:
            self._refuse(error.status)
        context.body = read_json(raw, infinite=self._described.get("infinite", False))
        if not self._schema.admits(context.body):
            self._refuse(422)

    def _refuse(self, status: int) -> None:
        if not self._broken.is_about("takes", str(status)):
            raise RefusedError(status)

    async def _succeed(self, context: Context) -> Reply:
        for name, upstream in self._described.get("upstreams", {}).items():
            context.upstreams[name] = await self._ask(upstream, context)
        described = self._described["answer"]
        context.status = described["status"]
        context.answer = filled(described.get("body"), context)
        context.answer_headers = {
            name.lower(): str(value) for name, value in filled(described.get("headers", {}), context).items()
        }
        parcels = self.events.parcels(context)
        status, body = context.status, context.answer
        if self._broken.is_about("status"):
            status = int(self._broken.arguments[0])
        if self._broken.is_about("content"):
            body = {**(body if isinstance(body, dict) else {}), "broken": True}
        late = self._broken.is_about("late")
        if self._described.get("delivery", "after") == "after" and not late:
            try:
                await self.events.send(parcels)
            except UpstreamError:
                if not (self._broken.is_about("swallows") or self._described.get("forgives")):
                    raise
            return Reply(status, body, context.answer_headers)
        lead = self._described.get("lead_ms", 0) / 1000
        if lead and not late:
            self.events.send_later(parcels, 0)
            await asyncio.sleep(lead)
            return Reply(status, body, context.answer_headers)
        return Reply(status, body, context.answer_headers, later=parcels)

    @property
    def later_seconds(self) -> float:
        """How long after the answer events are sent."""
        return LATE_SECONDS if self._broken.is_about("late") else float(self._described.get("later_ms", 0)) / 1000

    async def _ask(self, upstream: Mapping[str, Any], context: Context) -> Any:
        url = str(context.value(upstream["url"]))
        status, raw = await call("GET", url, None, self._seconds)
        if status != _OK:
            raise UpstreamError(502, f"an upstream answers {status}")
        try:
            value = read_json(raw)
        except RefusedError:
            raise UpstreamError(502, "an upstream's answer is no JSON") from None
        if not Schema(upstream.get("schema", True)).admits(value):
            raise UpstreamError(502, "an upstream's answer is not what it should be")
        return json.loads(json.dumps(value))
