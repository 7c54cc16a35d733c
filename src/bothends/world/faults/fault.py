"""What a fault is: a state of one upstream, played anew for each request."""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import TYPE_CHECKING, ClassVar

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from bothends.world.wire import Connection, Received, Reply

INGEST = "ingest"


class Turn:
    """One request at one upstream, as a fault gets it.

    Args:
        received: The request.
        connection: The connection that it came over.
        honest: Makes the answer that would be given without a fault, with its effects: the ingest stores.
        identities: What the request's events are deduplicated by; empty when nothing tells repetitions apart.

    Attributes:
        status: HTTP status that the fault answered; None when it answered none.
        whole: Whether that answer was written whole while the target still listened.
        right: Whether that answer was the honest one.
        played: Whether the fault did its harm; False when it let the request pass.
    """

    def __init__(
        self,
        received: Received,
        connection: Connection,
        honest: Callable[[], Reply],
        identities: tuple[str, ...] = (),
    ) -> None:
        self.received = received
        self.connection = connection
        self.identities = identities
        self.status: int | None = None
        self.whole = False
        self.right = False
        self.played = True
        self._make = honest
        self._made: Reply | None = None

    def honest(self) -> Reply:
        """Return the answer that would be given without a fault; its effects take place at the first call."""
        if self._made is None:
            self._made = self._make()
        return self._made

    def reply(self, reply: Reply) -> None:
        """Answer, and be done with the request."""
        self.status = reply.status
        self.right = reply is self._made
        self.whole = self.connection.reply(reply)

    def let_pass(self) -> None:
        """Answer as if there were no fault."""
        self.played = False
        self.reply(self.honest())


class Fault(ABC):
    """A fault of one upstream. A new object is made whenever the world is put into its state.

    A subclass is one file in this package and one line in its `table.py`.

    Args:
        upstream: Name of the upstream, or `ingest`.
        parameters: The sentence's other parameters.

    Attributes:
        pattern: The sentence.
        about: What it does on the wire, for `bothends states`.
        family: What it brings about: `upstream-unreachable`, `upstream-timeout`, `upstream-wrong`, or
            `upstream-*` where it is neither clearly the one nor the other.
        recovers: Whether the target may as well come through: 2xx with one event, or the family's answer with none.
        refuses: Whether connections are refused, so that no request is ever read.
        may_store: Whether the ingest may store the event all the same: it is in doubt.
    """

    pattern: ClassVar[str]
    about: ClassVar[str]
    family: str
    recovers: ClassVar[bool] = False
    refuses: ClassVar[bool] = False
    may_store: ClassVar[bool] = False

    def __init__(self, upstream: str, parameters: Mapping[str, str]) -> None:
        self.upstream = upstream
        self.parameters = parameters

    @abstractmethod
    async def play(self, turn: Turn) -> None:
        """Do the harm. To return without having answered is to hang until the target gives up."""
