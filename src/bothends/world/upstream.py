"""An upstream: answers one method and path with a different, valid JSON value each time."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qsl

from bothends.records import CANARY, UpstreamCall, mint
from bothends.world.elsewhere import exchange_of, post_of
from bothends.world.http import Reply
from bothends.world.service import StubService

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping

    from bothends.contract.settings import UpstreamSettings
    from bothends.world.answers import Answers
    from bothends.world.http import Received
    from bothends.world.service import Armed, Outcome, Place, RequestHandler

    CallTeller = Callable[[Received], int | None]
    """Returns the number of the exchange that a call is of; None: it does not tell."""


_JSON = (("content-type", "application/json"),)
_NOT_FOUND = Reply(404, _JSON, b'{"error":"Not Found","status":404}')
_NOT_ALLOWED = b'{"error":"Method Not Allowed","status":405}'


_GAP = re.compile(r"\{(call|world\.[A-Za-z_][A-Za-z0-9_.-]*|request\.(?:query|header)\.[^{}]+)\}")


def gaps_of(texts: Iterable[str]) -> Iterator[str]:
    """Yield the names in the braces of `values` of an upstream: `call`, `world.hooks`, `request.query.of`."""
    for text in texts:
        yield from _GAP.findall(text)


def _said(place: str, received: Received) -> str | None:
    """Return what a call has at a place, such as `request.query.of`; None: nothing, or several things."""
    _, part, name = place.split(".", 2)
    if part == "query":
        found = [value for key, value in parse_qsl(received.query, keep_blank_values=True) if key == name]
    else:
        found = [value for key, value in received.headers if key == name.lower()]
    return found[0] if len(found) == 1 else None


class Upstream(StubService):
    """Plays one `[world.upstreams.<name>]`.

    Args:
        settings: Its table.
        answers: Makes the values that it gives.
        place: Where it stands.
        values: The texts in its answers, by JSON pointer: those of its table, and what callbacks ask for.
        addresses: Returns where a service of the world is, by the name of its variable.

    Attributes:
        teller: Tells which exchange a call is of; None: nobody asks.
    """

    def __init__(
        self,
        settings: UpstreamSettings,
        answers: Answers,
        place: Place,
        values: Mapping[str, str] | None = None,
        addresses: Callable[[str], str] = str,
    ) -> None:
        super().__init__(settings.name, place)
        self.settings = settings
        self.answers = answers
        self._values = {} if values is None else values
        self._addresses = addresses
        self.teller: CallTeller | None = None

    @property
    def url(self) -> str:
        """The full URL that the target calls."""
        return f"{self.listener.url}{self.settings.path}"

    def handler(self, received: Received) -> UpstreamHandler:
        """Number the call."""
        return UpstreamHandler(self, received, self.place.recorder.next("call"))

    def values_for(self, received: Received, number: int) -> dict[str, str]:
        """Return the texts in the answer to a call, by JSON pointer; without those of what the call does not say."""
        found: dict[str, str] = {}
        for pointer, text in self._values.items():
            gaps: dict[str, str | None] = {
                gap: mint(self.place.seed, "s", number)
                if gap == "call"
                else _said(gap, received)
                if gap.startswith("request.")
                else self._addresses(gap)
                for gap in gaps_of([text])
            }
            if None not in gaps.values():
                found[pointer] = _GAP.sub(lambda match, gaps=gaps: gaps[match[1]] or "", text)  # type: ignore[misc]
        return found

    def about(self, received: Received) -> tuple[tuple[str, str | None], ...]:
        """Return whom a call is about: JSON pointers into an identity, each with what has to be there."""
        return tuple(
            ("/" + source.partition(".")[2].replace(".", "/"), _said(place, received))
            for place, source in self.settings.about.items()
        )

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
        values = self._upstream.values_for(received, self._number)
        self._value, text = self._upstream.answers.make(self._number, values)
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
                about=self._upstream.about(self._received),
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
