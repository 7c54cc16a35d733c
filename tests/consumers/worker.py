"""The worker: what the team that consumes the event does with it, as far as the pact is concerned.

It reads less than the event holds. What it reads is what its pact pins.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping


class UnknownEventError(Exception):
    """An event of a name or a version that this worker does not know."""


@dataclass(frozen=True, slots=True)
class Note:
    """What the worker notes down of one event.

    Attributes:
        at: When the route was asked for, UTC.
        visitor: The user's name, else the email, else `someone`.
        email: Where to write to; None: nowhere.
        picture: The user's image; None: none.
        app: The app's name.
        live: Whether it happened in production.
        locale: The language to write in.
        features: The features that were on, in alphabetical order.
    """

    at: datetime
    visitor: str
    email: str | None
    picture: str | None
    app: str
    live: bool
    locale: str
    features: tuple[str, ...]


def note(event: Mapping[str, Any]) -> Note:
    """Return what is to be noted down of an event.

    Args:
        event: The event, as the ingest hands it on.

    Raises:
        UnknownEventError: Its name or its version is another.
        KeyError: Something that is read is missing.
        TypeError: Something that is read is of another type.
    """
    kind = (event["name"], event["v"])
    if kind != ("app/route.requested", "1"):
        raise UnknownEventError(f"{kind[0]} in version {kind[1]}")
    user, settings = event["user"], event["data"]["appSettings"]
    return Note(
        at=datetime.fromtimestamp(event["ts"] / 1000, UTC),
        visitor=user["name"] or user["email"] or "someone",
        email=user["email"],
        picture=user["image"],
        app=settings["appName"],
        live=settings["environment"] == "production",
        locale=settings["locale"],
        features=tuple(sorted(name for name, on in settings["features"].items() if on)),
    )
