"""The laws of registrations: an event at each address that holds, and none of later requests at one that has ended."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest

from bothends.records import NO_CASE, CameAside, Registered, Registering
from tests.laws import kept

if TYPE_CHECKING:
    from bothends.records import Exchange

BEGAN = kept.began(3)
OTHERS = kept.exchange(1)
"""What was sent while the registration held."""


def came(number: int, after: float = 0.05) -> CameAside:
    """Return the event of an exchange, as it came some time after the third one began."""
    return CameAside(BEGAN + after, "POST", kept.event(number))


def exchange(*registered: Registered, **own: Any) -> Exchange:
    """Return the third exchange with registrations that were made before it."""
    found = kept.exchange(3, registered=registered)
    (event,) = kept.operation().events
    registering = Registering((event.callback,), (NO_CASE,), **own)
    return replace(found, case=replace(found.case, registering=registering))


def registered(
    *events: CameAside, ended: str = "", sent: tuple[Exchange, ...] = (), held_up: bool = False
) -> Registered:
    """Return a registration and what came to its address."""
    return Registered("http://a/0-r-x", "POST /listeners (exchange 1)", ended, events, held_up, sent)


@pytest.mark.parametrize(
    ("came_there", "held_up", "found"),
    [
        ((came(3),), False, []),
        ((came(1),), False, []),
        ((), False, ["none at an address that  registered"]),
        ((came(1, -1.0),), False, ["none at an address that  registered"]),
        ((), True, ["none while another receiver hangs"]),
    ],
)
def test_an_address_that_holds(came_there: tuple[CameAside, ...], held_up: bool, found: list[str]) -> None:  # noqa: FBT001 -- a column of the table
    """Whatever comes there since the request began may be its event; what came before is of others."""
    judged = exchange(registered(*came_there, held_up=held_up))
    assert found == kept.causes("event-at-each-address", judged)


@pytest.mark.parametrize(
    ("came_there", "found"),
    [
        ((came(1, -1.0),), []),
        ((), None),
        ((came(1, -1.0), came(1)), []),
        ((came(1, -1.0), came(3)), ["after "]),
        ((came(1),), None),
        ((came(2),), None),
    ],
)
def test_an_address_after_its_end(came_there: tuple[CameAside, ...], found: list[str] | None) -> None:
    """Only what is certainly of the later request accuses: others may be attempts at what was sent before the end."""
    judged = exchange(registered(*came_there, ended="DELETE /listeners/1", sent=(OTHERS,)), then=NO_CASE, ends=True)
    assert found == kept.causes("no-event-after-the-end", judged)


def test_who_has_no_registration_is_not_judged() -> None:
    """Without one, there is no address to look at."""
    assert [None, None] == [
        kept.causes(law, kept.exchange()) for law in ("event-at-each-address", "no-event-after-the-end")
    ]
