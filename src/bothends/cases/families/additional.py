"""Members that a body should not have: what a caller may hope to smuggle into the event, or past the session."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from bothends.cases.families import bodies
from bothends.cases.families.samples import property_names

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from bothends.contract.model import Operation

_SOMEBODY = {"id": "user-2", "name": "Mallory", "email": "mallory@example.com", "image": None}

# OWASP API3:2023, mass assignment; API1:2023, another's identity.
_MEMBERS: Mapping[str, Any] = {
    "unexpected": "x",
    "name": "other/event",
    "ts": 0,
    "id": "1",
    "v": "2",
    "user": _SOMEBODY,
    "userId": "user-2",
    "email": "mallory@example.com",
    "role": "admin",
    "meta": {},
    "__proto__": {"admin": True},
    "success": "false",
    "status": 500,
}


def with_more(operation: Operation) -> Iterator[tuple[str, Any]]:
    """Yield a right body with one member more, by the member's name.

    The names are those that such bodies have everywhere, and all that the operation's events have at
    their top: a target that copies the one into the other would pass them on.
    """
    base = next((value for _, value in bodies.admitted_values(operation)), None)
    if not isinstance(base, dict):
        return
    of_events = (name for event in operation.events for name in property_names(event.body.raw))
    for name in dict.fromkeys((*_MEMBERS, *of_events)):
        if name not in base:
            yield name, {**base, name: _MEMBERS.get(name, "x")}
