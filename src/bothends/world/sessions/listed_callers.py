"""A few callers who take turns: those of a table, or two that are made."""

from __future__ import annotations

from abc import abstractmethod
from typing import TYPE_CHECKING, Any

from bothends.contract.tables import ForbiddenCaller
from bothends.world.sessions.base import Part, Session
from bothends.world.sessions.reading import Known

if TYPE_CHECKING:
    from collections.abc import Mapping

    from bothends.contract.tables import Table
    from bothends.world.sessions.base import Caller

IDENTITY: Mapping[str, Any] = {
    "description": "The caller's identity: the value that `x-from: session.user` stands for.",
    "type": "object",
    "minProperties": 1,
    "x-expected": "a table, such as {id = 7}",
}
"""Schema of the key `identity` of an entry."""
FORBIDDEN: Mapping[str, Any] = {
    "description": "Whether the caller is known and lacks permission: `true` for each operation with an answer "
    "`x-given: forbidden`, or a list of operation IDs.",
    "type": ["boolean", "array"],
    "items": {"type": "string", "minLength": 1},
    "minItems": 1,
    "x-expected": 'true, or operation IDs such as ["createOrder"]',
}
"""Schema of the key `forbidden` of an entry."""
_TWO: tuple[Mapping[str, Any], ...] = ({}, {})


class ListedCallers(Session):
    """Callers of whom there are a few; the number of the exchange says whose turn it is.

    Attributes:
        listed: What the table says of each, in its order.
        entries: The same of those who take turns: they have permission.
        places: Where they stand in the table, from 0.
        forbidden_places: Where those stand who lack permission.
    """

    def __init__(self, table: Table) -> None:
        super().__init__(table)
        self.listed: tuple[Mapping[str, Any], ...] = tuple(table.values.get("callers", _TWO))
        self.places = tuple(place for place, each in enumerate(self.listed) if not each.get("forbidden"))
        self.forbidden_places = tuple(place for place, each in enumerate(self.listed) if each.get("forbidden"))
        self.entries: tuple[Mapping[str, Any], ...] = tuple(self.listed[place] for place in self.places)
        if not self.entries:
            raise table.error("callers", "Each caller is forbidden.", expected="at least one caller with permission")

    @property
    def callers(self) -> int:
        """As many as there are entries."""
        return len(self.entries)

    @property
    def unidentified(self) -> tuple[int, ...]:
        """Those without `identity`."""
        return tuple(place + 1 for place in self.places if "identity" not in self.listed[place])

    @property
    def shape(self) -> tuple[Any, ...]:
        """How many there are, and how many wrong credentials."""
        forbidden = [each["forbidden"] for each in self.listed if each.get("forbidden")]
        return ("", self.strict, self.callers, self.wrong_credentials, *([forbidden] if forbidden else []))

    @property
    def forbidden(self) -> tuple[ForbiddenCaller, ...]:
        """Those with the key `forbidden`."""
        return tuple(ForbiddenCaller.of(self.listed[place]["forbidden"]) for place in self.forbidden_places)

    def forbidden_credential(self, number: int, caller: Caller, now: float) -> Part:  # noqa: ARG002 -- it does not change
        """Return what that caller shows."""
        return self.part(self.forbidden_places[number - 1])

    @abstractmethod
    def part(self, place: int) -> Part:
        """Return what the caller of an entry of the table, from 0, shows."""

    def credential(self, caller: Caller, now: float) -> Part:  # noqa: ARG002 -- it does not change
        """Return what the caller shows whose turn it is."""
        return self.part(self.place(caller))

    def identity(self, caller: Caller) -> dict[str, Any] | None:
        """Return the identity in the table."""
        identity = self.listed[self.place(caller)].get("identity")
        return None if identity is None else dict(identity)

    def known(self, place: int) -> Known:
        """Return who the caller of an entry of the table, from 0, is."""
        entry = self.listed[place]
        forbidden = ForbiddenCaller.of(entry["forbidden"]) if entry.get("forbidden") else None
        scheme = "" if self.scheme is None else self.scheme.name
        return Known(f"{scheme} {place + 1}", entry.get("identity"), forbidden)

    def place(self, caller: Caller) -> int:
        """Return which entry of the table is a caller's, from 0."""
        return self.places[caller.place % len(self.places)]
