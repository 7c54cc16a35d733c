"""What an ingest kind is: how it reads a request, and in what words it answers. Recording is the stub service's."""

from __future__ import annotations

from abc import abstractmethod
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, ClassVar

from bothends.contract.tables import IngestKind

if TYPE_CHECKING:
    from collections.abc import Sequence

    from bothends.contract import EventContract
    from bothends.contract.settings import IngestSettings
    from bothends.world.http import Received, Reply


@dataclass(frozen=True, slots=True)
class Item:
    """One event of a request.

    Attributes:
        sent: The event as it was sent; any JSON value.
        stored: The event as a consumer receives it; None when it is not stored.
        losses: What was changed without a word, each `(JSON pointer in `sent`, what)`.
        error: Why it is refused; empty when it is not.
        identity: What it is told apart by, as the kind knows it; empty when it has nothing of the sort.
        storable: Whether it is stored where the address is right.
    """

    sent: Any
    stored: dict[str, Any] | None = None
    losses: tuple[tuple[str, str], ...] = ()
    error: str = ""
    identity: str = ""
    storable: bool = True


@dataclass(frozen=True, slots=True)
class Reception:
    """What an ingest makes of one request, before anything is stored.

    Attributes:
        counts: Whether it is an attempt to deliver, and not a look at whether anyone is there.
        right_address: Whether method, path and key are ones that the world gave out.
        payload: The whole body; None when it can't be read.
        items: Its events, in order; none where it holds none.
        refusal: The answer where no event is stored at all; None: events are stored as far as they can be.
        error: Why the body is refused; empty when it is not.
    """

    counts: bool
    right_address: bool
    payload: Any
    items: tuple[Item, ...]
    refusal: Reply | None = None
    error: str = ""


@dataclass(frozen=True, slots=True)
class Occasion:
    """A request, and the numbers that were given to it.

    Attributes:
        received: The request.
        reception: What was made of it.
        seed: The run's seed.
        numbers: Those of its deliveries, in order.
    """

    received: Received
    reception: Reception
    seed: int
    numbers: tuple[int, ...] = field(default=())


class Ingest(IngestKind):
    """One ingest of the settings: the base of each kind of ingest.

    Args:
        name: Its name.
        settings: Its table.
        callbacks: The events that arrive at it.
        event_key: The key that it knows.

    Attributes:
        identifies: Whether what it gives events for an identity is sure, so that two are never one.
    """

    identifies: ClassVar[bool] = False

    def __init__(self, name: str, settings: IngestSettings, callbacks: Sequence[EventContract], event_key: str) -> None:
        self.name = name
        self.settings = settings
        self.callbacks = callbacks
        self.event_key = event_key

    @property
    def secrets(self) -> tuple[str, ...]:
        """What must never show in an answer or a report."""
        return ()

    @property
    def variables(self) -> dict[str, str]:
        """What a target's environment can be made of beside its base URL, by the end of the name."""
        return {}

    def check(self, event: EventContract) -> None:
        """Raise a `ContractError` where it can't serve the URL of a callback."""

    def may_be_of(self, event: EventContract, received: Received) -> bool:  # noqa: ARG002 -- for kinds with addresses
        """Return whether an event may have been sent to where a request came."""
        return True

    @abstractmethod
    def receive(self, received: Received) -> Reception:
        """Read a request; nothing is stored yet."""

    @abstractmethod
    def accept(self, occasion: Occasion) -> Reply:
        """Return the answer to a request whose events are stored as far as they can be."""

    @abstractmethod
    def pretend(self, occasion: Occasion) -> Reply:
        """Return the acknowledgement of a request of which nothing is stored."""

    def acknowledges(self, reception: Reception, status: int) -> bool:
        """Return whether an answer in its own words says that the events are stored."""
        return not reception.error and 200 <= status < 300  # noqa: PLR2004 -- RFC 9110 section 15.3
