"""What went over the wire in a run, as its events tell it: requests to the target, and what it sent to the world.

Each message is told once, though events tell of an exchange again when something has come late for it. What no event
tells is not here: requests of setup, and calls that belong to no request.
"""

from __future__ import annotations

import re
from collections import deque
from dataclasses import dataclass
from typing import TYPE_CHECKING
from urllib.parse import quote, urlsplit

from bothends.contract.requests import ids_named
from bothends.engine import Aside, ExchangeJudged, FindingFound, FindingSettled

if TYPE_CHECKING:
    from collections.abc import Hashable, Iterable, Iterator

    from bothends.engine import Event
    from bothends.records import Breach, Delivery, Exchange, UpstreamCall
    from bothends.reports.sanitize import Redactor

_REMEMBERED = 1 << 16
"""Messages that are remembered as told: what comes late for an exchange comes within far fewer."""


@dataclass(frozen=True, slots=True)
class Asked:
    """A request to the target, and what was answered.

    Attributes:
        exchange: The exchange.
        breaches: The laws that it broke, as far as they are known.
    """

    exchange: Exchange
    breaches: tuple[Breach, ...] = ()


@dataclass(frozen=True, slots=True)
class Delivered:
    """A request of the target to an ingest; its first event stands for all of them.

    Attributes:
        delivery: What arrived.
        exchange: The exchange that it is tied to; None: it belongs to no request.
    """

    delivery: Delivery
    exchange: Exchange | None


@dataclass(frozen=True, slots=True)
class Called:
    """A request of the target to an upstream.

    Attributes:
        call: What arrived.
        exchange: The exchange that it is of; of several that it may be of, the one that was judged first.
    """

    call: UpstreamCall
    exchange: Exchange

    @property
    def certain(self) -> bool:
        """Whether it is known to be of that exchange."""
        return self.call.exchange is not None


Message = Asked | Delivered | Called


class Traffic:
    """Takes the events of a run, and yields each message once. It remembers a bounded number of them."""

    def __init__(self) -> None:
        self._told: set[Hashable] = set()
        self._order: deque[Hashable] = deque()

    def of(self, event: Event) -> Iterator[Message]:
        """Yield the messages that an event tells of, and that none before it did."""
        match event:
            case ExchangeJudged():
                yield from self._all(event.exchange, event.breaches)
            case FindingFound() | FindingSettled():
                breach = event.finding.breach
                if breach.exchange is not None:
                    yield from self._all(breach.exchange, (breach,))
            case Aside():
                for exchange in event.exchanges:
                    yield from self._all(exchange, ())
                for delivery in event.deliveries:
                    if self._is_new(delivery.ingest, delivery.post, delivery.received):
                        yield Delivered(delivery, None)

    def _all(self, exchange: Exchange, breaches: tuple[Breach, ...]) -> Iterator[Message]:
        if self._is_new("exchange", exchange.number, exchange.began):
            yield Asked(exchange, breaches)
        for call in exchange.calls:
            if self._is_new(call.upstream, call.number, call.began):
                yield Called(call, exchange)
        for delivery in exchange.posts:
            if self._is_new(delivery.ingest, delivery.post, delivery.received):
                yield Delivered(delivery, exchange)
        for one in exchange.repeats:
            yield from self._all(one, ())

    def _is_new(self, *key: Hashable) -> bool:
        """Whether a message was not told yet; its time tells it from those of other worlds, which count anew."""
        if key in self._told:
            return False
        if len(self._order) == _REMEMBERED:
            self._told.discard(self._order.popleft())
        self._told.add(key)
        self._order.append(key)
        return True


# Addresses of messages.

# What a URL has as it stands: all else is written in percent (RFC 3986, sections 2.2 and 2.3).
_SAFE = "/?:@!$&'()*+,;=-._~%"
_NO_PERCENT = re.compile(r"%(?![0-9A-Fa-f]{2})")
_AUTHORITY = re.compile(r"[\w.-]+(?::\d{1,5})?|\[[0-9A-Fa-f:.]+\](?::\d{1,5})?", re.ASCII)


def url_asked(exchange: Exchange, base_url: str, redactor: Redactor) -> str:
    """Return the address of a request to the target, whose base URL is given."""
    place = urlsplit(base_url)
    return _url(f"{place.scheme}://{place.netloc}", redactor.text(ids_named(exchange.sent.target)))


def url_arrived(headers: Iterable[tuple[str, str]], target: str, redactor: Redactor) -> str:
    """Return the address of a request that arrived at the world: its `Host` names the origin."""
    host = dict(headers).get("host", "")
    return _url(f"http://{host}" if _AUTHORITY.fullmatch(host) else "http://world.invalid", redactor.text(target))


def _url(origin: str, target: str) -> str:
    """Return a URL that readers can read, whatever stands in it: what may not is written in percent."""
    path = _NO_PERCENT.sub("%25", target if target.startswith("/") else f"/{target}")
    return f"{origin}{quote(path, safe=_SAFE, errors='backslashreplace')}"
