"""`httpx` on a workbench: what its clients send is signed in, and seen at both ends.

The requests go out over httpx's own connections, in the thread in which the world lives. So one transport serves
`httpx.Client` in any thread, and `httpx.AsyncClient` in any event loop of asyncio.
"""

from __future__ import annotations

import asyncio
import itertools
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Protocol, TypeVar
from urllib.parse import urlsplit
from weakref import WeakKeyDictionary

import httpx

from bothends.engine.play import asked, case_of_no_operation, manual_case, operation_for
from bothends.engine.tie import own_path
from bothends.errors import ContractError
from bothends.records import Answer, Condition, Exchange, NoAnswer, Request
from bothends.workbench.background import waited_for
from bothends.workbench.by_hand import checked_user

if TYPE_CHECKING:
    from collections.abc import Mapping

    from bothends.contract import Contract, Operation
    from bothends.engine.play import Call
    from bothends.records import Credential
    from bothends.workbench.opened import Opened

    User = Mapping[str, Any] | None

T = TypeVar("T")

_SIGNED_OUT = Condition.of("no-session")
_OF_THE_TRANSPORT = ("verify", "cert", "http1", "http2", "limits", "socket_options")
_TAKEN = ("base_url", "mounts", "proxy", "transport", "uds")
EARLY = "the client's timeout was shorter than the target's time limit"
"""Why nothing is demanded of an exchange: its client had set itself a shorter timeout, or was cancelled."""
_KINDS: tuple[tuple[type[Exception], str], ...] = (
    (httpx.TimeoutException, "timeout"),
    (httpx.ConnectError, "refused"),
    (httpx.RemoteProtocolError, "not-http"),
    (httpx.NetworkError, "reset"),
)


class Bench(Protocol):
    """What a client needs of a workbench that is open."""

    @property
    def contract(self) -> Contract: ...  # noqa: D102 -- see `Workbench`
    @property
    def opened(self) -> Opened: ...  # noqa: D102
    @property
    def conditions(self) -> tuple[Condition, ...]: ...  # noqa: D102


_NO_EXCHANGE = 1 << 32
"""From here on, numbers are of callers and of no exchange: a token that is found in an event has at most 32 bits
(`records.find_tokens`), so the texts of such a caller name no exchange."""


@dataclass(frozen=True, slots=True)
class Caller:
    """Who sends what a client sends.

    Attributes:
        user: Who signs in; None: a user who was not there before.
        signed_out: Whether nobody signs in.
        number: The number by which all of a client's requests are signed in; None: each by its own.
    """

    user: User
    signed_out: bool
    number: int | None = None


class Clients:
    """The httpx clients of one workbench, and the exchanges of what they have sent."""

    def __init__(self, bench: Bench) -> None:
        """Take a workbench."""
        self._bench = bench
        self._calls: WeakKeyDictionary[httpx.Request, Call] = WeakKeyDictionary()
        self._open: list[httpx.AsyncHTTPTransport] = []
        self._closes = False
        self._callers = itertools.count(_NO_EXCHANGE)

    def caller(self, user: User = None, *, signed_out: bool = False, own_users: bool = False) -> Caller:
        """Return who sends what a new client sends; the arguments and errors are those of `Workbench.client`."""
        if user is not None and own_users:
            raise ContractError("as_user names one user, and own_users asks for many.", expected="one of the two")
        return Caller(checked_user(user), signed_out, None if own_users else next(self._callers))

    def client(self, caller: Caller, options: Mapping[str, Any]) -> httpx.Client:
        """Return a client of the target for a caller, made as `Workbench.client` says."""
        transport, rest = self._transport(caller, options)
        return httpx.Client(transport=transport, **rest)

    def async_client(self, caller: Caller, options: Mapping[str, Any]) -> httpx.AsyncClient:
        """Return the like for `await`; see `client`."""
        transport, rest = self._transport(caller, options)
        return httpx.AsyncClient(transport=transport, **rest)

    def exchange(self, of: httpx.Response | httpx.Request | httpx.RequestError) -> Exchange:
        """Return the exchange of a response, of its request, or of the error that came in its place.

        Raises:
            ValueError: It is of no request that a client of this workbench has sent to the target.
        """
        request = of if isinstance(of, httpx.Request) else of.request
        call = self._calls.get(request)
        if call is None or call.exchange is None:
            raise ValueError(
                f"no client of this workbench sent {request.method} {request.url} to its target: "
                "use bench.client() or bench.async_client()"
            )
        return call.exchange

    def remember(self, request: httpx.Request, call: Call) -> None:
        """Keep a call as long as its request is kept."""
        self._calls[request] = call

    def add(self, transport: httpx.AsyncHTTPTransport) -> None:
        """Close a transport before the target is stopped, should nobody have done so until then."""
        if not self._closes:
            self._bench.opened.at_close(self._close_all)
            self._closes = True
        self._open.append(transport)

    def keeps(self, transport: httpx.AsyncHTTPTransport) -> bool:
        """Whether the connections of a client may be open."""
        return transport in self._open

    async def close(self, transport: httpx.AsyncHTTPTransport) -> None:
        """Close the connections of a client; nothing when the workbench has done so."""
        if transport in self._open:
            await transport.aclose()
            self._open.remove(transport)

    async def _close_all(self) -> None:
        self._closes = False
        for transport in tuple(self._open):
            await self.close(transport)

    def _transport(self, caller: Caller, options: Mapping[str, Any]) -> tuple[Transport, dict[str, Any]]:
        taken = [name for name in options if name in _TAKEN]
        if taken:
            raise TypeError(f"{', '.join(taken)}: a client of a workbench always uses its target and its own transport")
        own = {name: value for name, value in options.items() if name in _OF_THE_TRANSPORT}
        transport = Transport(self, self._bench, caller, own)
        rest = {name: value for name, value in options.items() if name not in _OF_THE_TRANSPORT}
        headers = httpx.Headers({"Accept-Encoding": "identity"})
        headers.update(rest.pop("headers", None))
        limit = self._bench.contract.settings.time_limit_ms / 1000
        base = self._bench.opened.testbed.target.base_url
        return transport, {"trust_env": False, "timeout": limit, **rest, "base_url": base, "headers": headers}


class Transport(httpx.BaseTransport, httpx.AsyncBaseTransport):
    """Sends requests to the target as calls that the observer sees; others, after a redirect say, go as they are."""

    def __init__(self, clients: Clients, bench: Bench, caller: Caller, options: Mapping[str, Any]) -> None:
        """Take who sends, and what `httpx.AsyncHTTPTransport` takes."""
        self._clients = clients
        self._bench = bench
        self._caller = caller
        self._base = bench.opened.testbed.target.base_url
        self._inner = httpx.AsyncHTTPTransport(**options)
        clients.add(self._inner)

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        """Send a request and wait for its response."""
        request.read()
        return waited_for(self._bench.opened.submit(self._answered(request, self._bench.conditions)))

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        """Send a request and wait for its response."""
        await request.aread()
        return await asyncio.wrap_future(self._bench.opened.submit(self._answered(request, self._bench.conditions)))

    def close(self) -> None:
        """Close the connections."""
        if self._clients.keeps(self._inner):
            waited_for(self._bench.opened.submit(self._clients.close(self._inner)))

    async def aclose(self) -> None:
        """Close the connections."""
        if self._clients.keeps(self._inner):
            await asyncio.wrap_future(self._bench.opened.submit(self._clients.close(self._inner)))

    async def _answered(self, request: httpx.Request, given: tuple[Condition, ...]) -> httpx.Response:
        if not self._is_of_the_target(request.url):
            return _whole(*await self._raw(_copy(request)))
        if self._caller.signed_out:
            given = (*given, _SIGNED_OUT)
        call, signed, exchange = self._begun(request, given)
        limit = self._bench.contract.settings.judged_time_limit_ms / 1000
        clock = self._bench.opened.testbed.clock
        try:
            response, body = await self._raw(signed)
        except httpx.RequestError as error:
            early = isinstance(error, httpx.TimeoutException) and clock.now() - call.began < limit
            missed = _with(exchange, NoAnswer(_kind(error), str(error)), EARLY if early else "")
            await self._bench.opened.observer.end(call, missed)
            raise
        except BaseException:
            gone = _with(exchange, NoAnswer("closed", "the client disconnected"), EARLY)
            self._bench.opened.observer.abandon(call, gone)
            raise
        most = self._bench.contract.settings.target.answer_limit_bytes
        answer = Answer(response.status_code, _pairs(response), body[:most], len(body), response.reason_phrase)
        await self._bench.opened.observer.end(call, _with(exchange, answer), behind=limit)
        return _whole(response, body)

    def _begun(self, request: httpx.Request, given: tuple[Condition, ...]) -> tuple[Call, httpx.Request, Exchange]:
        """Sign a request in, and begin its call; return that, the request as sent, and the exchange so far."""
        bench = self._bench
        plain = self._plain(request)
        operation = operation_for(bench.contract, plain.method, plain.target)
        wanted = asked(plain)
        if operation is None:
            case = case_of_no_operation(wanted, given)
        else:
            case = manual_case(operation, wanted, given, bench.opened.testbed.upstreams)
        number = bench.opened.exchange_runner.sender.next_number()
        security = None if operation is None else operation.security
        by = number if self._caller.number is None else self._caller.number
        credential = bench.opened.testbed.world.sign_in(by, given, self._caller.user, security)
        sent = credential.applied(bench.opened.exchange_runner.sender.request(number, replace(case, request=plain)))
        signed = self._signed(request, sent, credential)
        apart = self._apart(operation, credential)
        call = bench.opened.observer.begin(number=number, apart=apart, given=case.of_the_world)
        self._clients.remember(request, call)
        exchange = Exchange(
            number=number,
            case=case,
            session=credential.session,
            sent=self._plain(signed, whole=True),
            answer=NoAnswer("closed"),
            began=call.began,
            ended=call.began,
            credential=credential,
        )
        return call, signed, exchange

    def _apart(self, operation: Operation | None, credential: Credential) -> bool:
        """Whether all events of an operation name the request that they are of."""
        if operation is None:
            return True
        own = credential.caller == 0 and credential.session is not None and self._caller.number is None
        marked = own and operation.security.mints_identities
        contract = self._bench.contract
        return all(
            own_path(contract, operation, event) or (marked and "session" in event.walk.kinds)
            for event in operation.events
        )

    def _is_of_the_target(self, url: httpx.URL) -> bool:
        base = httpx.URL(self._bench.opened.testbed.target.base_url)
        if self._base != self._bench.opened.testbed.target.base_url and _origin(url) == _origin(httpx.URL(self._base)):
            raise RuntimeError(f"the target was started again, and listens at {base} now: make a new client")
        return _origin(url) == _origin(base) and f"{url.path}/".startswith(f"{base.path.rstrip('/')}/")

    def _plain(self, request: httpx.Request, *, whole: bool = False) -> Request:
        """Return a request as ours; its target without the path of the base URL, unless it is told whole."""
        target = request.url.raw_path.decode("ascii")
        prefix = "" if whole else urlsplit(self._base).path.rstrip("/")
        headers = tuple((name.decode("latin-1"), value.decode("latin-1")) for name, value in request.headers.raw)
        framing = "transfer-encoding" in request.headers or "content-length" in request.headers
        return Request(request.method, target[len(prefix) :] or "/", headers, request.content if framing else None)

    def _signed(self, request: httpx.Request, sent: Request, credential: Credential) -> httpx.Request:
        """Return a request as it is sent, with what its caller shows."""
        body = sent.body or b""
        headers = [pair for pair in sent.headers if pair[0].lower() != "cookie"]
        if len(body) != len(request.content):
            headers = [(n, str(len(body)) if n.lower() == "content-length" else v) for n, v in headers]
        cookies = [value for name, value in sent.headers if name.lower() == "cookie"]
        shown = dict(credential.cookies)
        own = [pair.strip() for value in cookies for pair in value.split(";")]
        pairs = [pair for pair in own if pair.partition("=")[0] not in shown]
        pairs += [f"{name}={value}" for name, value in shown.items()]
        if pairs:
            headers.append(("Cookie", "; ".join(pairs)))
        prefix = urlsplit(self._base).path.rstrip("/")
        url = request.url.copy_with(raw_path=(prefix + sent.target).encode())
        encoded = [(name.encode("latin-1"), value.encode("latin-1")) for name, value in headers]
        stream = httpx.ByteStream(body)
        signed = httpx.Request(request.method, url, headers=encoded, stream=stream, extensions=request.extensions)
        signed.read()
        return signed

    async def _raw(self, request: httpx.Request) -> tuple[httpx.Response, bytes]:
        response = await self._inner.handle_async_request(request)
        try:
            return response, b"".join([part async for part in response.aiter_raw()])
        finally:
            await response.aclose()


def _whole(response: httpx.Response, body: bytes) -> httpx.Response:
    """Return a response whose body is there."""
    extensions = {name: value for name, value in response.extensions.items() if name != "network_stream"}
    return httpx.Response(
        response.status_code, headers=response.headers, stream=httpx.ByteStream(body), extensions=extensions
    )


def _copy(request: httpx.Request) -> httpx.Request:
    return httpx.Request(
        request.method,
        request.url,
        headers=request.headers,
        stream=httpx.ByteStream(request.content),
        extensions=request.extensions,
    )


def _kind(error: httpx.RequestError) -> str:
    if isinstance(error, httpx.RemoteProtocolError) and "disconnected" in str(error):
        return "closed"
    return next((kind for sort, kind in _KINDS if isinstance(error, sort)), "closed")


def _origin(url: httpx.URL) -> tuple[str, str, int | None]:
    return url.scheme, url.host, url.port


def _pairs(response: httpx.Response) -> tuple[tuple[str, str], ...]:
    return tuple((n.decode("latin-1").lower(), v.decode("latin-1")) for n, v in response.headers.raw)


def _with(exchange: Exchange, answer: Answer | NoAnswer, excuse: str = "") -> Exchange:
    return replace(exchange, answer=answer, excuse=excuse)
