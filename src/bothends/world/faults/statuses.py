"""Faults of an answer's status and headers."""

from __future__ import annotations

import json
from dataclasses import replace
from http import HTTPStatus
from typing import TYPE_CHECKING

from bothends.errors import ContractError
from bothends.records import KEPT_COOKIE
from bothends.world.faults.base import Fault, a_status, an_error_status, fault, fault_of, whole_number
from bothends.world.http import Reply

if TYPE_CHECKING:
    from collections.abc import Mapping

    from bothends.world.faults.base import FaultContext


# A target may take these for "cannot be reached at present" as well as for a wrong answer.
_UNAVAILABLE = {HTTPStatus.TOO_MANY_REQUESTS, HTTPStatus.SERVICE_UNAVAILABLE}
_FIRST_ERROR = 400
_LAST_ERROR = 599


def error_reply(status: int, here: str) -> Reply:
    """Return an error answer as JSON, in the form that the event API uses: `error` and `status`.

    As real ones do, it tells more than its caller's callers should know: the upstream's own address.
    """
    reasons = {known.value: known.phrase for known in HTTPStatus}
    trace = f'Traceback (most recent call last):\n  File "/srv/app/main.py", line 7, in answer\n{here}'
    body = json.dumps({"error": reasons.get(status, "Unknown"), "status": status, "detail": trace}).encode()
    return Reply(status, (("content-type", "application/json"),), body)


@fault("answers-status")
class AnswersStatus(Fault):
    """A complete, well-formed error answer. The event is not stored."""

    pattern = "the {upstream} answers {status}"
    about = "an error answer, 400 to 599, with a JSON body"
    family = "upstream-wrong"

    def __init__(self, upstream: str, parameters: Mapping[str, str]) -> None:
        """Read the status.

        Raises:
            ContractError: The status is no error status.
        """
        super().__init__(upstream, parameters)
        self._status = int(parameters["status"])
        if not _FIRST_ERROR <= self._status <= _LAST_ERROR:
            raise ContractError(
                f"No such fault: `the {upstream} answers {self._status}`", expected="a status from 400 to 599"
            )
        if self._status in _UNAVAILABLE:
            self.family = "upstream-*"

    async def play(self, context: FaultContext) -> None:
        """Answer with the status."""
        context.respond(error_reply(self._status, context.here))


fault_of(
    "answers-nothing",
    "the {upstream} answers {status} with no body",
    "a complete answer of any status, with an empty body",
    "A complete answer that says nothing. The event is not stored.",
    family="upstream-wrong",
    in_words=True,
    reads={"status": a_status},
    plays=lambda context, status: context.respond(Reply(status, (("content-type", "application/json"),))),
)


_PAGE = b"<!doctype html><html><head><title>Sign in</title></head><body><h1>Sign in</h1></body></html>"
_NOT_NOW = (429, 502, 503, 504)


@fault("answers-page")
class AnswersPage(Fault):
    """A complete answer, which is HTML. The event is not stored."""

    pattern = "the {upstream} answers {status} with a web page"
    about = "a complete answer of any status, in HTML"
    family = "upstream-wrong"
    in_words = True

    def __init__(self, upstream: str, parameters: Mapping[str, str]) -> None:
        """Read the status: one that ends an exchange."""
        super().__init__(upstream, parameters)
        self._status = a_status(parameters["status"])
        if self._status in _NOT_NOW:
            self.family = "upstream-*"

    async def play(self, context: FaultContext) -> None:
        """Answer with the page."""
        context.respond(Reply(self._status, (("content-type", "text/html; charset=utf-8"),), _PAGE))


_STATUSES = (301, 302, 303, 307, 308)


@fault("redirects")
class Redirects(Fault):
    """A redirect to an address that nobody vouches for, which must not be followed. The event is not stored.

    OWASP ASVS 5.0, 15.3.2: calls to upstreams do not follow redirects unless that is intended.
    """

    pattern = "the {upstream} redirects with {status}"
    about = "a redirect, 301, 302, 303, 307 or 308, to another port of the world"
    family = "upstream-wrong"

    def __init__(self, upstream: str, parameters: Mapping[str, str]) -> None:
        """Read the status.

        Raises:
            ContractError: It is not that of a redirect.
        """
        super().__init__(upstream, parameters)
        self._status = int(parameters["status"])
        if self._status not in _STATUSES:
            raise ContractError(
                f"No such fault: `the {upstream} redirects with {self._status}`",
                expected=" or ".join(map(str, _STATUSES)),
            )

    async def play(self, context: FaultContext) -> None:
        """Redirect."""
        headers = (("location", context.redirect()), ("content-type", "text/plain"))
        context.respond(Reply(self._status, headers, b"moved\n"))


_LONGEST = 1_000_000


def _ask_to_wait(context: FaultContext, status: int, seconds: int) -> None:
    reply = error_reply(status, context.here)
    context.asked_to_wait = seconds
    context.respond(replace(reply, headers=(*reply.headers, ("retry-after", str(seconds)))))


async def _set_cookie(context: FaultContext) -> None:
    reply = context.reply()
    named = replace(reply, headers=(*reply.headers, ("set-cookie", f"{KEPT_COOKIE}=1; Path=/; HttpOnly")))
    await context.respond_in([named.head(close=not context.connection.keep_alive) + named.body])


fault_of(
    "answers-and-asks-to-wait",
    "the {upstream} answers {status} and asks to wait {seconds} s",
    "an error answer, 400 to 599, with Retry-After",
    "RFC 9110, section 10.2.3. The event is not stored.",
    family="upstream-*",
    reads={"status": an_error_status, "seconds": lambda text: whole_number(text, _LONGEST, "seconds")},
    plays=_ask_to_wait,
)
fault_of(
    "sets-cookie",
    "the {upstream} sets a cookie",
    "the right answer with a cookie; not a fault",
    "What is set for one caller (`Set-Cookie`, RFC 6265) may be sent along for the next.",
    tried="upstream-odd/sets-a-cookie",
    family="",
    plays=_set_cookie,
)
