"""An upstream: answers one method and path with a different, valid JSON value each time."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from bothends.records import CANARY, UpstreamCall
from bothends.world.elsewhere import exchange_of, post_of
from bothends.world.http import Reply
from bothends.world.service import StubService

if TYPE_CHECKING:
    from collections.abc import Callable

    from bothends.contract.settings import UpstreamSettings
    from bothends.world.answers import Answers
    from bothends.world.http import Received
    from bothends.world.service import Armed, Outcome, Place, RequestHandler

    CallTeller = Callable[[Received], int | None]
    """Returns the number of the exchange that a call is of; None: it does not tell."""


_JSON = (("content-type", "application/json"),)
_NOT_FOUND = Reply(404, _JSON, b'{"error":"Not Found","status":404}')
_NOT_ALLOWED = b'{"error":"Method Not Allowed","status":405}'


class Upstream(StubService):
    """Plays one `[world.upstreams.<name>]`.

    Args:
        settings: Its table.
        answers: Makes the values that it gives.
        place: Where it stands.

    Attributes:
        teller: Tells which exchange a call is of; None: nobody asks.
    """

    def __init__(self, settings: UpstreamSettings, answers: Answers, place: Place) -> None:
        super().__init__(settings.name, place)
        self.settings = settings
        self.answers = answers
        self.teller: CallTeller | None = None

    @property
    def url(self) -> str:
        """The full URL that the target calls."""
        return f"{self.listener.url}{self.settings.path}"

    def handler(self, received: Received) -> UpstreamHandler:
        """Number the call."""
        return UpstreamHandler(self, received, self.place.recorder.next("call"))

    def armed_for(self, handler: RequestHandler) -> Armed | None:
        """Return the fault that is for the exchange that a call is of."""
        owner = handler.owner if isinstance(handler, UpstreamHandler) else None
        return None if owner is None else self.armed.get(owner)


class UpstreamHandler:
    """One call to an upstream."""

    identities: tuple[str, ...] = ()
    post = 0

    def __init__(self, upstream: Upstream, received: Received, number: int) -> None:
        self._upstream = upstream
        self._received = received
        self._number = number
        self._value: Any = None
        self.owner = None if upstream.teller is None else upstream.teller(received)

    def reply(self) -> Reply:
        """Make an answer of this call's own; 404 and 405 elsewhere."""
        received, settings = self._received, self._upstream.settings
        if received.problem:
            return Reply(received.status, _JSON, b"{}")
        if received.path != settings.path:
            return _NOT_FOUND
        if received.method != settings.method:
            return Reply(405, (*_JSON, ("allow", settings.method)), _NOT_ALLOWED)
        self._value, text = self._upstream.answers.make(self._number)
        return Reply(200, _JSON, text)

    def override(self, reply: Reply) -> None:
        """Take the answer's body for the value that was given; none where it is no JSON."""
        try:
            self._value = json.loads(reply.body)
        except ValueError:
            self._value = None

    def fake_success(self) -> Reply:
        """Return the honest answer: an upstream does nothing but answer."""
        return self.reply()

    def settle(self, outcome: Outcome) -> None:
        """Record the call."""
        self._upstream.place.recorder.called(
            UpstreamCall(
                upstream=self._upstream.name,
                number=self._number,
                began=self._received.at,
                ended=outcome.at,
                status=outcome.status,
                value=self._value if outcome.right else None,
                fault=outcome.fault,
                request_line=self._received.line,
                headers=self._received.headers,
                answered=outcome.whole,
                idle_beside=self._received.idle_beside,
                exchange=self.owner,
            )
        )


# The canary: an address that only a redirect leads to. A request to it should not have been sent.

_NOT_FOUND_CANARY = Reply(404, (("content-type", "application/json"),), b'{"error":"Not Found","status":404}')


class Canary(StubService):
    """Answers 404 to everything, and keeps a record of it.

    Args:
        place: Where it stands.
    """

    def __init__(self, place: Place) -> None:
        super().__init__(CANARY, place)

    def handler(self, received: Received) -> CanaryHandler:
        """Number the call."""
        return CanaryHandler(self, received, self.place.recorder.next("call"))


class CanaryHandler:
    """One call to the canary."""

    identities: tuple[str, ...] = ()
    post = 0

    def __init__(self, canary: Canary, received: Received, number: int) -> None:
        self._canary = canary
        self._received = received
        self._number = number

    def reply(self) -> Reply:
        """Return 404."""
        return _NOT_FOUND_CANARY

    def fake_success(self) -> Reply:
        """Return 404."""
        return _NOT_FOUND_CANARY

    def override(self, reply: Reply) -> None:
        """Nothing: the canary promises nothing."""

    def settle(self, outcome: Outcome) -> None:
        """Record the call."""
        self._canary.place.recorder.called(
            UpstreamCall(
                upstream=CANARY,
                number=self._number,
                began=self._received.at,
                ended=outcome.at,
                status=outcome.status,
                value=None,
                fault=outcome.fault,
                request_line=self._received.line,
                headers=self._received.headers,
                answered=outcome.whole,
                exchange=exchange_of(self._received.line),
                post=post_of(self._received.line),
            )
        )
