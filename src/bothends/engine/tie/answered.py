"""Where upstreams have said that events go: `{upstream.profiles#/webhook}` in the key of a callback.

Each delivery is looked at beside many exchanges, so the addresses are found by their paths.
"""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING, NamedTuple
from urllib.parse import unquote, urlsplit

from bothends.contract.messages import Moment
from bothends.records import Request, find_tokens

if TYPE_CHECKING:
    from bothends.contract import EventContract
    from bothends.records import Delivery, Exchange, UpstreamCall

_NO_REQUEST = Request("GET", "/")
_ENDS = {"", "/", "?"}


class Address(NamedTuple):
    """Where an ingest is.

    Attributes:
        base_url: Its base URL.
        event_key: The key that it knows; empty: it knows none.
        stands_for: What begins the URLs that it stands for; empty: nothing.
    """

    base_url: str
    event_key: str
    stands_for: str = ""

    def reached(self, url: str) -> str:
        """Return where a URL is reached, if it is one that the ingest stands for; else the same."""
        begins = self.stands_for and url.startswith(self.stands_for) and url[len(self.stands_for) :][:1] in _ENDS
        return self.base_url.rstrip("/") + url.removeprefix(self.stands_for) if begins else url


class AnsweredAddresses:
    """Knows which calls were answered which address of an ingest."""

    def __init__(self, calls: dict[int, UpstreamCall], seed: int) -> None:
        self._calls = calls  # those of late, the latest last; a run adds to them
        self._seed = seed  # by which tokens prove themselves
        self._known: dict[tuple[str, str], _Known] = {}

    def has(self, event: EventContract, delivery: Delivery, exchange: Exchange, address: Address) -> bool:
        """Return whether a delivery came to where an upstream has said in an exchange; what is forgotten may be.

        Args:
            event: The event, whose URL an upstream's answer says.
            delivery: The delivery.
            exchange: The exchange.
            address: Where the event's ingest is.
        """
        if self._is_forgotten(delivery):
            return True
        known = self._known.setdefault((event.url.text, event.ingest), _Known())
        known.take(self._calls, event, address)
        found = known.by_path.get(unquote(delivery.path), ())
        return any(
            number in self._calls
            and (not query or query == unquote(delivery.query))
            and self._calls[number].is_of(exchange, delivery.received)
            for number, query in found
        )

    def _is_forgotten(self, delivery: Delivery) -> bool:
        tokens = [token.number for token in find_tokens(self._seed, unquote(delivery.target)) if token.kind == "s"]
        return bool(tokens and self._calls) and max(tokens) < next(iter(self._calls))


class _Known:
    """The addresses of one callback so far."""

    def __init__(self) -> None:
        self.by_path: dict[str, list[tuple[int, str]]] = {}
        self._taken: set[int] = set()

    def take(self, calls: dict[int, UpstreamCall], event: EventContract, address: Address) -> None:
        """Take what is new; begin again where most of it is forgotten."""
        if len(self._taken) > 2 * len(calls):
            self.by_path, self._taken = {}, set()
        for number in reversed(calls):
            if number in self._taken:
                break
            self._taken.add(number)
            self._add(calls[number], event, address)

    def _add(self, call: UpstreamCall, event: EventContract, address: Address) -> None:
        told = event.url.told
        if told is None or call.upstream != told.upstream:
            return
        # The key has no other expression: nothing else of the exchange is asked for.
        moment = Moment("", _NO_REQUEST, upstreams={call.upstream: call.value})
        url = event.url.url(moment, address.base_url, address.event_key)
        with contextlib.suppress(ValueError):  # what is no URL is nowhere
            wanted, own = urlsplit(address.reached(url or "")), urlsplit(address.base_url)
            if wanted.netloc.lower() == own.netloc.lower():
                self.by_path.setdefault(unquote(wanted.path or "/"), []).append((call.number, unquote(wanted.query)))
