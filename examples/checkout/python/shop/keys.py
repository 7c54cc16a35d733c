"""Idempotency keys: what comes again with its key is not executed again."""

from __future__ import annotations

import hashlib
from collections import OrderedDict
from dataclasses import dataclass
from typing import TYPE_CHECKING

from starlette.exceptions import HTTPException

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from starlette.requests import Request
    from starlette.responses import Response

MOST_KEYS = 100_000


@dataclass
class Known:
    """A request that came with a key.

    Attributes:
        digest: Of its body.
        answer: The answer; None while it is under way.
    """

    digest: bytes
    answer: Response | None = None


class Keys:
    """Requests by their keys. A key is of its platform, its operation and its path: elsewhere it is another key."""

    def __init__(self) -> None:
        self._known: OrderedDict[tuple[str, str, str, str], Known] = OrderedDict()

    async def once(
        self, request: Request, platform: str, raw: bytes, work: Callable[[], Awaitable[Response]]
    ) -> Response:
        """Return the answer to a request: that of the first one with its key, where there was one."""
        key = request.headers.get("idempotency-key")
        if key is None:
            return await work()
        scope = (platform, request.method, request.url.path, key)
        digest = hashlib.sha256(raw).digest()
        known = self._known.get(scope)
        if known is not None:
            return _answer_again(known, digest)
        self._known[scope] = known = Known(digest)
        try:
            known.answer = await work()
        finally:
            # What was refused may be tried again under the same key.
            if known.answer is None:
                del self._known[scope]
        while len(self._known) > MOST_KEYS:
            self._known.popitem(last=False)
        return known.answer


def _answer_again(known: Known, digest: bytes) -> Response:
    if known.digest != digest:
        raise HTTPException(422)
    if known.answer is None:
        raise HTTPException(409)
    return known.answer
