"""What the service knows: orders, and the answers to requests with an idempotency key. All of it is in memory."""

from __future__ import annotations

import hashlib
import secrets
from collections import OrderedDict
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from starlette.exceptions import HTTPException

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from starlette.requests import Request
    from starlette.responses import Response

SAMPLES = {"ord_sample": "placed", "ord_shipped": "shipped"}
MOST_KEYS = 100_000


@dataclass
class Order:
    """An order.

    Attributes:
        account: Whose it is.
        content: What was ordered.
        total: What it costs.
        id: Its name.
        status: `placed`, `shipped` or `cancelled`.
    """

    account: str
    content: dict[str, Any]
    total: float
    id: str = field(default_factory=lambda: f"ord_{secrets.token_hex(10)}")
    status: str = "placed"


class Orders:
    """The orders of all accounts. Each account begins with two samples."""

    def __init__(self) -> None:
        self._orders: dict[tuple[str, str], Order] = {}

    def add(self, order: Order) -> None:
        """Keep an order."""
        self._orders[order.account, order.id] = order

    def cancel(self, account: str, number: str) -> None:
        """Cancel an order of an account."""
        if number in SAMPLES:
            self._orders.setdefault((account, number), Order(account, {}, 0, number, SAMPLES[number]))
        order = self._orders.get((account, number))
        if order is None:
            raise HTTPException(404)
        if order.status != "placed":
            raise HTTPException(409)
        order.status = "cancelled"


@dataclass
class Known:
    """A request that came with a key.

    Attributes:
        digest: Of what was asked.
        answer: The answer; None while it is under way.
    """

    digest: bytes
    answer: Response | None = None


class Keys:
    """Requests by their idempotency keys."""

    def __init__(self) -> None:
        self._known: OrderedDict[tuple[str, str], Known] = OrderedDict()

    async def once(self, request: Request, account: str, work: Callable[[], Awaitable[Response]]) -> Response:
        """Return the answer to a request; what has the key of an earlier one of its caller is not executed again."""
        key = request.headers.get("idempotency-key")
        if key is None:
            return await work()
        digest = hashlib.sha256(f"{request.url.path}\n".encode() + request.state.raw).digest()
        known = self._known.get((account, key))
        if known is not None:
            return _answer_again(known, digest)
        self._known[account, key] = known = Known(digest)
        try:
            known.answer = await work()
        finally:
            # What has failed may be tried again under the same key.
            if known.answer is None:
                del self._known[account, key]
        while len(self._known) > MOST_KEYS:
            self._known.popitem(last=False)
        return known.answer


def _answer_again(known: Known, digest: bytes) -> Response:
    if known.digest != digest:
        raise HTTPException(422)
    if known.answer is None:
        raise HTTPException(409)
    return known.answer
