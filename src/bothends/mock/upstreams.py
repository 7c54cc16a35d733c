"""Calls the upstreams of the settings, as the target that the mock stands for would."""

from __future__ import annotations

import asyncio
import logging
from http import HTTPStatus
from typing import TYPE_CHECKING, Any

from bothends.contract.terms import UPSTREAM_TIMEOUT, UPSTREAM_UNREACHABLE, UPSTREAM_WRONG
from bothends.mock.destinations import NotSentError, UnreachableError
from bothends.mock.requests import read_json
from bothends.mock.sending import BrokenError
from bothends.records import MISSING

if TYPE_CHECKING:
    from bothends.contract import Contract, Operation
    from bothends.mock.learning import Surroundings
    from bothends.mock.sending import Outgoing
    from bothends.records import Answer

_LOG = logging.getLogger("bothends.mock")
_HEADERS = (("Accept", "application/json"), ("Accept-Encoding", "identity"))
_SAFE = frozenset({"GET", "HEAD"})


class UpstreamError(Exception):
    """An upstream, or an ingest, failed.

    Attributes:
        family: What leads to the answer.
        name: Which one failed.
    """

    def __init__(self, family: str, name: str, reason: str) -> None:
        super().__init__(reason)
        self.family = family
        self.name = name


class Upstreams:
    """Calls what an operation needs.

    Args:
        contract: The contract.
        surroundings: Knows where the upstreams are.
        client: Sends the calls.
    """

    def __init__(self, contract: Contract, surroundings: Surroundings, client: Outgoing) -> None:
        self._contract = contract
        self._surroundings = surroundings
        self._client = client
        self._needed: dict[str, tuple[str, ...]] = {}
        self._named = {name for operation in contract.operations for name in _named(operation)}

    def needed(self, operation: Operation) -> tuple[str, ...]:
        """Return the names of the upstreams that an operation calls: those that it names, and those that none names."""
        known = self._needed.get(operation.id)
        if known is None:
            named = _named(operation)
            fails = any(
                operation.statuses_of(family) for family in (UPSTREAM_WRONG, UPSTREAM_UNREACHABLE, UPSTREAM_TIMEOUT)
            )
            every = self._contract.settings.world.upstreams
            known = tuple(name for name in every if name in named or (fails and name not in self._named))
            self._needed[operation.id] = known
        return known

    async def values(self, operation: Operation) -> dict[str, Any]:
        """Return the answers of the upstreams that an operation needs, and whose address is known.

        Raises:
            UpstreamError: One failed.
        """
        found: dict[str, Any] = {}
        for name in self.needed(operation):
            url = self._surroundings.get(f"world.{name}")
            if url:
                found[name] = await self._value(name, url)
        return found

    @property
    def seconds(self) -> float:
        """How long a call may take, attempts and all."""
        text = self._surroundings.get("world.upstream_timeout_ms")
        return (
            int(text) / 1000
            if text.isdigit() and int(text)
            else self._contract.settings.world.upstream_timeout_ms / 1000
        )

    async def _value(self, name: str, url: str) -> Any:
        try:
            async with asyncio.timeout(self.seconds):
                answer = await self._asked(self._contract.settings.world.upstreams[name].method, url)
        except TimeoutError as error:
            raise UpstreamError(UPSTREAM_TIMEOUT, name, "no answer in time") from error
        except NotSentError as error:
            _LOG.warning("the upstream %s was not asked: %s", name, error)
            raise UpstreamError(UPSTREAM_UNREACHABLE, name, f"it was not asked: {error}") from error
        except UnreachableError as error:
            raise UpstreamError(UPSTREAM_UNREACHABLE, name, "it can't be reached") from error
        except BrokenError as error:
            raise UpstreamError(UPSTREAM_WRONG, name, "the connection broke") from error
        if answer.status != HTTPStatus.OK:
            raise UpstreamError(UPSTREAM_WRONG, name, f"status {answer.status}")
        value = read_json(answer.body)
        if value is MISSING or not self._contract.answers[name].is_valid(value):
            raise UpstreamError(UPSTREAM_WRONG, name, "not what its schema asks for")
        return value

    async def _asked(self, method: str, url: str) -> Answer:
        body = None if method in _SAFE else b""
        try:
            return await self._client.request(method, url, _HEADERS, body, new=False)
        except BrokenError as error:
            # It was closed while it lay idle. What is safe to repeat is repeated (RFC 9110, section 9.2.2).
            if not error.stale or method not in _SAFE:
                raise
        return await self._client.request(method, url, _HEADERS, body, new=True)


def _named(operation: Operation) -> set[str]:
    """Return the names of the upstreams that an operation's values come from, or whose failure it answers."""
    walks = [event.walk for event in operation.events]
    walks += [walk for answer in operation.answers for walk in answer.walks.values()]
    found = {source.name for walk in walks for source in walk.sources if source.kind == "upstream"}
    found |= {event.url.told.upstream for event in operation.events if event.url.told is not None}
    rules = [rule for answer in operation.answers for rule in answer.family_rules]
    return found | {rule.upstream for rule in rules if rule.upstream is not None}
