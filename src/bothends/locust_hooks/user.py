"""A user of Locust's whose requests have callers of their own, and are judged at both ends."""

from __future__ import annotations

import base64
import time
from typing import TYPE_CHECKING, Any, ClassVar

import gevent
from locust import HttpUser, constant, task
from requests.cookies import RequestsCookieJar
from requests.exceptions import ConnectionError as NotConnected
from requests.exceptions import RequestException, Timeout
from urllib3.exceptions import HTTPError, NewConnectionError, ReadTimeoutError

from bothends.locust_hooks.worker import Worker, worker_of

if TYPE_CHECKING:
    from locust.clients import ResponseContextManager

_GUARD_SECONDS = 1.0
"""How much longer than its time limit an answer is waited for that comes in drips."""
_REFUSALS = range(400, 500)


class _NoCookies(RequestsCookieJar):
    """Keeps no cookies: what comes with one caller's answer is nothing to send with another's request."""

    def set_cookie(self, *_: Any, **__: Any) -> None:
        return


# `FastHttpUser` is quicker, and sends a request again where a kept connection has ended: no request is sent twice here.
class ContractUser(HttpUser):  # type: ignore[misc] # half of Locust has types, so none is used
    """Sends what a contract has, each request once, and as a caller of its own.

    Attributes:
        config: The settings file; `--bothends-config` overrides it.
        families: Which cases are sent: names of families, `*` for all that need nothing of the world.
    """

    abstract = True
    host = "http://target.invalid"  # where the target is, the hub says
    wait_time = constant(0)
    config: ClassVar[str] = "bothends.toml"
    families: ClassVar[tuple[str, ...]] = ("success",)

    def on_start(self) -> None:
        """Begin without a connection."""
        self.client.cookies = _NoCookies()
        self.client.headers.clear()
        self.client.headers["Accept"] = "*/*"
        self.client.headers["User-Agent"] = "bothends-locust"
        self._reused = False

    @task  # type: ignore[untyped-decorator] # likewise
    def exchange(self) -> None:
        """Send the next request, and hand its answer back."""
        worker = worker_of(self.environment)
        request = worker.next()
        if request is None:
            gevent.sleep(0.2)  # the soak is over, and Locust is about to stop
            return
        answered = False
        try:
            message = self._sent(request, worker)
            worker.answer(message)
            answered = True
        finally:
            if not answered:  # Locust has stopped this user, or something failed: what came of it, nobody knows
                worker.abandon(request["number"])

    def _sent(self, request: dict[str, Any], worker: Worker) -> dict[str, Any]:
        """Send a request once; return what came of it."""
        body = None if request["body"] is None else base64.b64decode(request["body"])
        reused, self._reused = self._reused, False
        message: dict[str, Any] = {"is": "answer", "number": request["number"], "none": "", "detail": ""}
        message["reused"] = reused
        message["began"] = began = time.monotonic()
        try:
            with (
                gevent.Timeout(worker.time_limit + _GUARD_SECONDS),
                self.client.request(
                    request["method"],
                    worker.target + request["target"],
                    name=request["name"],
                    catch_response=True,
                    data=body or None,
                    headers=dict(request["headers"]),
                    timeout=worker.time_limit,
                    allow_redirects=False,
                    stream=True,
                ) as response,
            ):
                message |= self._read(response, worker.answer_limit)
                message["ended"] = time.monotonic()
                response.request_meta["response_time"] = (message["ended"] - began) * 1000
                response.request_meta["response_length"] = message.get("size", 0)
                if message["none"] and not response.error:
                    response.failure(message["none"])
                elif request["refused"] and response.status_code in _REFUSALS:
                    response.success()
        except gevent.Timeout as error:
            message |= {"none": "timeout", "ended": time.monotonic()}
            self.environment.events.request.fire(
                request_type=request["method"],
                name=request["name"],
                response_time=(message["ended"] - began) * 1000,
                response_length=0,
                exception=error,
                context={},
            )
        message["lag"] = worker.lag(began)
        return message

    def _read(self, response: ResponseContextManager, limit: int) -> dict[str, Any]:
        """Read the whole answer, or as much as is judged; return it as a message."""
        if response.error is not None:
            return {"none": _kind(response.error), "detail": type(response.error).__name__}
        try:
            body = response.raw.read(limit, decode_content=False)
            more = response.raw.read(1) if len(body) == limit else b""
        except (HTTPError, OSError) as error:
            response.close()
            return {"none": "timeout" if isinstance(error, ReadTimeoutError) else "closed", "detail": str(error)}
        finally:
            response._content = b""  # noqa: SLF001 -- it is read: nobody else is to read it again
        if more:
            response.close()
        headers = [[name, value] for name, value in response.raw.headers.items()]
        closes = any(n.lower() == "connection" and "close" in v.lower() for n, v in headers)
        self._reused = not (more or closes)
        return {
            "status": response.status_code,
            "reason": response.reason or "",
            "headers": headers,
            "body": base64.b64encode(body).decode(),
            "size": len(body) + len(more),
        }


def _kind(error: RequestException) -> str:
    """Return why there is no answer, in the words of an exchange."""
    if isinstance(error, Timeout):
        return "timeout"
    if not isinstance(error, NotConnected):
        return "not-http"
    causes: list[BaseException] = []
    pending: list[Any] = [error]
    while pending:
        each = pending.pop()
        if isinstance(each, BaseException) and each not in causes:
            causes.append(each)
            pending += [*each.args, each.__cause__, each.__context__, getattr(each, "reason", None)]
    if any(isinstance(each, NewConnectionError | ConnectionRefusedError) for each in causes):
        return "refused"
    if any(
        isinstance(each, ConnectionResetError | BrokenPipeError) and type(each).__module__ == "builtins"
        for each in causes
    ):
        return "reset"
    return "closed"
