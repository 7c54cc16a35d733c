"""What all breaches of one law by one cause have in common: by it, laws say what explains what."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from bothends.laws.law import Law
    from bothends.laws.situation import Area
    from bothends.records import Cause


class Evidence(Protocol):
    """What shows that a law is broken by a cause."""

    @property
    def law(self) -> Law:
        """The law."""

    @property
    def cause(self) -> Cause:
        """By what it is broken."""

    @property
    def families(self) -> set[str]:
        """Families of the cases that showed it."""

    @property
    def exchanges(self) -> int:
        """How many exchanges broke the law by this cause."""

    @property
    def outcomes(self) -> set[str]:
        """How they were answered."""

    @property
    def area(self) -> Area:
        """What they were about."""

    @property
    def unwell(self) -> tuple[str, ...]:
        """The parts of the world that were not well, when they were the same each time."""

    @property
    def right(self) -> bool:
        """Whether nothing but a success was right for one of the requests."""

    @property
    def taken(self) -> bool:
        """Whether each was answered 2xx where no success was right."""

    @property
    def let_in(self) -> bool:
        """Whether a caller was taken for one who is signed in."""
