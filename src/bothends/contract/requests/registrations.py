"""`x-registers` on an operation, as data: what it does to a registration, and where its requests name the address."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal

from bothends.contract.requests.needs import Step

if TYPE_CHECKING:
    from bothends.contract.messages import Expression
    from bothends.errors import Location

Does = Literal["makes", "changes", "ends"]


@dataclass(frozen=True, slots=True)
class Registers:
    """What an operation does to a registration for events.

    Attributes:
        does: What a success does.
        address: What reads the address that events go to; None: the request names none.
        events: The names of the webhooks that go there; empty: those of who made it.
        step: The values that its requests have, so that these events go there.
        ingest: The ingest at whose host the address is; empty: the request names none.
        leads: What the place of the id of the registration leads to; empty: nothing asks for it by an id.
        location: Where it stands.
    """

    does: Does
    address: Expression | None = None
    events: tuple[str, ...] = ()
    step: Step = field(default_factory=lambda: Step(""))
    ingest: str = ""
    leads: str = ""
    location: Location | None = field(default=None, compare=False)
