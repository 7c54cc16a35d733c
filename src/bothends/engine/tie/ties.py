"""What a batch of deliveries is tied to, as it comes to be: it may be taken back."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

    from bothends.records import Delivery


@dataclass(frozen=True, slots=True)
class Ties:
    """Deliveries that were tied so far: to exchanges of this batch, and of earlier ones, each by its number.

    Attributes:
        senders: Which exchange has sent an event of an identity.
    """

    owned: dict[int, list[Delivery]]
    late: dict[int, list[Delivery]] = field(default_factory=dict)
    senders: dict[str, int] = field(default_factory=dict)

    def give(self, delivery: Delivery, number: int) -> None:
        """Tie a delivery to an exchange."""
        held = self.owned.get(number)
        (self.late.setdefault(number, []) if held is None else held).append(delivery)
        self.senders.setdefault(delivery.identity, number)

    def take_back(self, send: Iterable[Delivery], number: int) -> None:
        """Untie all attempts of an event from an exchange."""
        held = self.owned.get(number, self.late.get(number, []))
        held[:] = [one for one in held if one not in send]
        if not self.late.get(number, held):
            self.late.pop(number, None)
