"""What the service knows: the catalogue, carts, checkouts and orders. All of it is in memory.

No function here waits for anything, so what one of them looks at and changes is one step to all other requests.
"""

from __future__ import annotations

import secrets
import time
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, Generic, TypeVar

from starlette.exceptions import HTTPException

CATALOGUE: dict[str, dict[str, Any]] = {
    "lamp": {"sku": "lamp", "title": "A lamp", "price": 1999},
    "chair": {"sku": "chair", "title": "A chair for four legs", "price": 7500},
    "desk": {"sku": "desk", "title": "A desk", "price": 24990},
}
MOST_LINES = 1000


@dataclass
class Cart:
    """A cart of a platform.

    Attributes:
        platform: Whose it is.
        note: What the buyer says; None: nothing.
        lines: What is in it, by the ids of the lines.
        checkout: The last checkout that was made of it.
        id: Its name.
    """

    platform: str
    note: str | None
    lines: dict[str, dict[str, Any]] = field(default_factory=dict)
    checkout: Checkout | None = None
    id: str = field(default_factory=lambda: f"cart_{secrets.token_hex(10)}")

    def add(self, sku: str, quantity: int) -> None:
        """Add a line."""
        product = CATALOGUE.get(sku)
        if product is None:
            raise HTTPException(422)
        if len(self.lines) >= MOST_LINES:
            raise HTTPException(422)
        line = {"id": f"line_{secrets.token_hex(6)}", "sku": sku, "quantity": quantity, "price": product["price"]}
        self.lines[line["id"]] = line

    def shown(self) -> dict[str, Any]:
        """Return what its platform sees."""
        lines = list(self.lines.values())
        note = {} if self.note is None else {"note": self.note}
        return {"id": self.id, **note, "lines": lines, "total": total(lines)}


@dataclass
class Checkout:
    """A checkout: what was in a cart, on its way to become an order.

    Attributes:
        cart: The cart.
        name: What the platform calls itself.
        email: Whom to write to; None: nobody.
        expires: When it can no longer be completed, seconds since the epoch.
        lines: What was in the cart when it was made.
        destination: Where to send it; None: not known yet.
        order: What it has become; None: nothing yet.
        cancelled: Whether it was cancelled.
        id: Its name.
    """

    cart: Cart
    name: str
    email: str | None
    expires: float
    lines: list[dict[str, Any]]
    destination: dict[str, Any] | None = None
    order: Order | None = None
    cancelled: bool = False
    id: str = field(default_factory=lambda: f"chk_{secrets.token_hex(10)}")

    @property
    def platform(self) -> str:
        """Whose it is."""
        return self.cart.platform

    @property
    def status(self) -> str:
        """`incomplete`, `ready`, `completed`, `cancelled` or `expired`."""
        if self.order is not None:
            return "completed"
        if self.cancelled:
            return "cancelled"
        if time.time() >= self.expires:
            return "expired"
        return "incomplete" if self.destination is None else "ready"

    def check_open(self) -> None:
        """Refuse what can no longer be changed."""
        if self.status not in {"incomplete", "ready"}:
            raise HTTPException(409)

    def check_ready(self) -> None:
        """Refuse what can not be completed now."""
        self.check_open()
        if self.status != "ready":
            raise HTTPException(409)

    def shown(self) -> dict[str, Any]:
        """Return what its platform sees."""
        more = {
            "email": self.email,
            "destination": self.destination,
            "orderId": None if self.order is None else self.order.id,
        }
        return {
            "id": self.id,
            "cartId": self.cart.id,
            "status": self.status,
            "platform": self.name,
            "lines": self.lines,
            "total": total(self.lines),
            "expiresAt": datetime.fromtimestamp(self.expires, UTC).isoformat(),
            **{name: value for name, value in more.items() if value is not None},
        }


@dataclass
class Order:
    """An order: a checkout that was completed.

    Attributes:
        platform: Whose it is.
        checkout: What it was.
        reference: What the buyer's payment is called.
        id: Its name.
    """

    platform: str
    checkout: Checkout
    reference: str
    id: str = field(default_factory=lambda: f"ord_{secrets.token_hex(10)}")

    def shown(self) -> dict[str, Any]:
        """Return what its platform sees."""
        return {
            "id": self.id,
            "checkoutId": self.checkout.id,
            "reference": self.reference,
            "lines": self.checkout.lines,
            "total": total(self.checkout.lines),
        }


One = TypeVar("One", Cart, Checkout, Order)


class Kept(Generic[One]):
    """The objects of one kind of all platforms. Each platform sees its own alone."""

    def __init__(self) -> None:
        self._by_id: dict[str, One] = {}

    def add(self, one: One) -> None:
        """Keep an object."""
        self._by_id[one.id] = one

    def get(self, platform: str, number: str) -> One:
        """Return an object of a platform."""
        found = self._by_id.get(number)
        if found is None or found.platform != platform:
            raise HTTPException(404)
        return found

    def remove(self, one: One) -> None:
        """Forget an object."""
        self._by_id.pop(one.id, None)


def new_checkout(cart: Cart, name: str, email: str | None, seconds: float) -> Checkout:
    """Return a checkout of what is in a cart now. A cart has one at a time."""
    check_free(cart)
    lines = [dict(line) for line in cart.lines.values()]
    cart.checkout = Checkout(cart, name, email, time.time() + seconds, lines)
    return cart.checkout


def check_free(cart: Cart) -> None:
    """Refuse a cart with nothing in it, and one that has a checkout already."""
    if not cart.lines or (cart.checkout is not None and cart.checkout.status not in {"cancelled", "expired"}):
        raise HTTPException(409)


def total(lines: list[dict[str, Any]]) -> int:
    """Return what lines cost together, cents."""
    return sum(line["quantity"] * line["price"] for line in lines)
