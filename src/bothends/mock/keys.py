"""Requests of one caller with the same key and body are one (`x-idempotency`)."""

from __future__ import annotations

import asyncio
from collections import OrderedDict
from dataclasses import dataclass
from hashlib import sha256
from http import HTTPStatus
from typing import TYPE_CHECKING

from bothends.records import REFUSALS

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from bothends.contract.terms import Idempotency
    from bothends.mock.exchange import Exchange
    from bothends.world import Reply

_MOST = 10_000
_Key = tuple[str, str, str, str]


@dataclass(slots=True)
class _Entry:
    content: bytes
    answer: asyncio.Future[Reply | None]


class Keys:
    """Remembers the answers of requests with a key."""

    def __init__(self) -> None:
        self._entries: OrderedDict[_Key, _Entry] = OrderedDict()

    def clear(self) -> None:
        """Forget all that is answered."""
        for key in [key for key, entry in self._entries.items() if entry.answer.done()]:
            del self._entries[key]

    async def once(
        self, exchange: Exchange, answer: Callable[[], Awaitable[Reply]], refuse: Callable[[int], Reply]
    ) -> Reply:
        """Return the answer of a request: the first one's, where it is a repetition.

        Args:
            exchange: The request.
            answer: Answers it, if it is the first.
            refuse: Answers with a status that the contract promises for a key in use.
        """
        terms = exchange.operation.idempotency
        value = None if terms is None else exchange.message.header(terms.header.lower())
        if terms is None or not value:
            return await answer()
        path = exchange.message.target.partition("?")[0] if "path" in terms.scope else ""
        key = exchange.operation.id, exchange.verdict.subject, value, path
        content = _content(exchange)
        while (known := self._entries.get(key)) is not None:
            if known.content != content and terms.conflict is not None:
                return refuse(terms.conflict)
            if known.content != content:
                return await answer()
            if not known.answer.done() and terms.in_flight is not None:
                return refuse(terms.in_flight)
            # The first one's answer is everybody's; where it came to nothing, the next one is the first.
            given = await asyncio.shield(known.answer)
            if given is not None:
                return given
        return await self._first(key, content, answer, terms)

    async def _first(
        self, key: _Key, content: bytes, answer: Callable[[], Awaitable[Reply]], terms: Idempotency
    ) -> Reply:
        entry = self._entries[key] = _Entry(content, asyncio.get_running_loop().create_future())
        kept: Reply | None = None
        try:
            reply = await answer()
            kept = None if _is_free_after(reply, terms) else reply
        finally:
            if kept is None:
                self._entries.pop(key, None)
            entry.answer.set_result(kept)
            while len(self._entries) > _MOST:
                self._entries.popitem(last=False)
        return reply


def _is_free_after(reply: Reply, terms: Idempotency) -> bool:
    """Return whether a key is free again after an answer."""
    if reply.status >= HTTPStatus.INTERNAL_SERVER_ERROR:
        return not terms.errors
    return reply.status >= HTTPStatus.BAD_REQUEST and REFUSALS in terms.frees


def _content(exchange: Exchange) -> bytes:
    message = exchange.message
    return sha256(f"{message.target}\0".encode() + (message.body or b"")).digest()
