"""What a session is: how the world plays one security scheme. Each kind is a file of its own, and one line in `opened`.

Whoever signs callers in asks this interface, and knows no kind.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping

    from bothends.contract.security import SecurityScheme
    from bothends.contract.settings import SessionSettings
    from bothends.world.sessions.kind import Cookies, Headers
    from bothends.world.sessions.states import SessionState


@dataclass(frozen=True, slots=True)
class Caller:
    """Who sends a request: one person, whatever credentials they show.

    Attributes:
        number: The exchange's number.
        user: The user that was made for the exchange: `name`, `email`, `image`.
        place: Which of a few callers it is, where the settings give them; from 0.
    """

    number: int
    user: Mapping[str, Any]
    place: int = 0


@dataclass(frozen=True, slots=True)
class Part:
    """What a caller shows for one scheme.

    Attributes:
        headers: Name and value pairs.
        cookies: Name and value pairs.
        query: Name and value pairs.
    """

    headers: Headers = ()
    cookies: Cookies = ()
    query: tuple[tuple[str, str], ...] = ()


class Session(ABC):
    """How one scheme is played.

    Attributes:
        settings: Its table.
    """

    def __init__(self, settings: SessionSettings) -> None:
        """Take a table of this kind."""
        self.settings = settings

    @abstractmethod
    def satisfies(self, scheme: SecurityScheme) -> bool:
        """Return whether it can play a scheme."""

    @abstractmethod
    def credential(self, caller: Caller, now: float) -> Part:
        """Return what a caller shows who is to be let in.

        Args:
            caller: Who it is.
            now: Seconds since the epoch.
        """

    @abstractmethod
    def identity(self, caller: Caller) -> dict[str, Any] | None:
        """Return what `session.user` means of a caller; None: nobody knows."""

    def in_state(self, state: SessionState, caller: Caller, now: float) -> tuple[Part, Mapping[str, Any]] | None:
        """Return what a caller shows whose session is in a state, and whose user it has; None: there is no such state.

        Args:
            state: A state of sessions.
            caller: Who it is.
            now: Seconds since the epoch.
        """
        del state, caller, now  # of callers that are given, there is nothing to be changed
        return None

    def wrong(self) -> tuple[Part, ...]:
        """Return what no right target takes, as the settings give it."""
        return ()

    def garbled(self, caller: Caller, now: float) -> Part:
        """Return what a caller shows with its values changed: of the same form, and right no longer."""
        return garbled_part(self.credential(caller, now))

    @abstractmethod
    def states(self) -> tuple[type[SessionState], ...]:
        """Return the states that its sessions can be put into, beyond being right, missing or wrong."""

    def secrets(self) -> tuple[str, ...]:
        """Return what the target keeps to itself: no answer, event, call or report may tell it."""
        return ()

    def caller_secrets(self) -> tuple[str, ...]:
        """Return what callers and the target know, and no report may tell."""
        return ()

    def variables(self) -> dict[str, str]:
        """Return what a target's environment can be made of, by name: `secret`."""
        return {}


def garbled_part(part: Part) -> Part:
    """Return what is shown with each of its values garbled."""
    return Part(*(tuple((name, garble(value)) for name, value in pairs) for pairs in _pairs(part)))


def garble(value: str) -> str:
    """Return a text of the same form and another content: the word before a space is kept, as in `Bearer …`.

    Letters are moved by one within their case, digits likewise, the first and the last left alone: a prefix that
    names the form, and padding, stay. What has no letters and digits to change gets one more.
    """
    word, space, rest = value.rpartition(" ")
    changed = rest[:1] + "".join(map(_next, rest[1:-1])) + rest[-1:] if rest else ""
    return f"{word}{space}{changed if changed != rest else f'{rest}x'}"


def secrets_of(part: Part) -> tuple[str, ...]:
    """Return the texts of a credential that tell it: each value, and what follows a scheme's word in it."""
    found: list[str] = []
    for name, value in (pair for pairs in _pairs(part) for pair in pairs):
        found += [value, value.rpartition(" ")[2]]
        if name.lower() == "cookie":
            found += [pair.partition("=")[2].strip() for pair in value.split(";")]
    return tuple(dict.fromkeys(filter(None, found)))


def _pairs(part: Part) -> tuple[tuple[tuple[str, str], ...], ...]:
    return part.headers, part.cookies, part.query


def _next(character: str) -> str:
    for first, last in ("az", "AZ", "09"):
        if first <= character <= last:
            return first if character == last else chr(ord(character) + 1)
    return character
