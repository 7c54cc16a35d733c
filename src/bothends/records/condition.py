"""A condition: one state of a part of the world, or of the caller's session, as data."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Self


@dataclass(frozen=True, slots=True)
class Condition:
    """A state that holds while a request is made. It is put into words only where a person reads it.

    Attributes:
        name: What it is, as it is registered: `answers-status`.
        subject: The part of the world that it is a state of: `settings`; empty: the caller's session.
        parameters: The name and text of each parameter, in order of the names.
    """

    name: str
    subject: str = ""
    parameters: tuple[tuple[str, str], ...] = ()

    @classmethod
    def of(cls, name: str, subject: str = "", /, **parameters: object) -> Self:
        """Return the condition of a name, whatever the order of its parameters.

        Args:
            name: As it is registered.
            subject: The part of the world; empty: the session, or a part that is still to be said.
            parameters: Each as its text, or what has that text.
        """
        return cls(name, subject, tuple(sorted((key, str(value)) for key, value in parameters.items())))

    def at(self, subject: str) -> Self:
        """Return the same condition of another part of the world."""
        return replace(self, subject=subject)

    @property
    def texts(self) -> dict[str, str]:
        """The parameters by name."""
        return dict(self.parameters)
