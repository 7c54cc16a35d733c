"""A few callers who take turns: those of a table, or two that are made."""

from __future__ import annotations

from abc import abstractmethod
from typing import TYPE_CHECKING, Any

from bothends.world.sessions.base import Part, Session

if TYPE_CHECKING:
    from collections.abc import Mapping

    from bothends.contract.toml_table import Table
    from bothends.world.sessions.base import Caller

IDENTITY: Mapping[str, Any] = {
    "description": "The caller's identity: the value that `x-from: session.user` stands for.",
    "type": "object",
    "minProperties": 1,
    "x-expected": "a table, such as {id = 7}",
}
"""Schema of the key `identity` of an entry."""
_TWO: tuple[Mapping[str, Any], ...] = ({}, {})


class ListedCallers(Session):
    """Callers of whom there are a few; the number of the exchange says whose turn it is.

    Attributes:
        entries: What the table says of each.
    """

    def __init__(self, table: Table) -> None:
        super().__init__(table)
        self.entries: tuple[Mapping[str, Any], ...] = tuple(table.values.get("callers", _TWO))

    @property
    def callers(self) -> int:
        """As many as there are entries."""
        return len(self.entries)

    @property
    def unidentified(self) -> tuple[int, ...]:
        """Those without `identity`."""
        return tuple(number for number, entry in enumerate(self.entries, 1) if "identity" not in entry)

    @property
    def shape(self) -> tuple[Any, ...]:
        """How many there are, and how many wrong credentials."""
        return ("", self.strict, self.callers, self.wrong_credentials)

    @abstractmethod
    def part(self, place: int) -> Part:
        """Return what a caller shows.

        Args:
            place: Which one, from 0.
        """

    def credential(self, caller: Caller, now: float) -> Part:  # noqa: ARG002 -- it does not change
        """Return what the caller shows whose turn it is."""
        return self.part(self.place(caller))

    def identity(self, caller: Caller) -> dict[str, Any] | None:
        """Return the identity in the table."""
        identity = self.entries[self.place(caller)].get("identity")
        return None if identity is None else dict(identity)

    def place(self, caller: Caller) -> int:
        """Return which entry is a caller's, from 0."""
        return caller.place % len(self.entries)
