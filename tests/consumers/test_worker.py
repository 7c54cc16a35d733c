"""The worker's pact with the route: what it reads of the event."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import pytest
from pact import match

from tests.consumers.worker import Note, UnknownEventError, note

if TYPE_CHECKING:
    from pact import Pact

ADA = {"name": "Ada Lovelace", "email": "ada@example.com", "image": "https://img.example.com/ada.png"}
EMAIL = "nobody@example.com"
NOBODY = {"name": None, "email": EMAIL, "image": None}
SETTINGS = {
    "appName": match.str("Example"),
    # The worker compares it with one of these, so that it may be no other.
    "environment": match.regex("production", regex="^(development|staging|production)$"),
    "locale": match.str("en"),
    # Any features, on or off: the worker knows none by name.
    "features": match.each_value_matches({"beta": True, "dark": False}, rules=match.type(True)),  # noqa: FBT003 -- the example
}
EVENT: dict[str, Any] = {
    # The worker switches on these two: they are constants.
    "name": "app/route.requested",
    "v": "1",
    "ts": match.int(1_732_406_400_000),
    "data": {"appSettings": SETTINGS},
}
NOTED = Note(
    at=datetime(2024, 11, 24, tzinfo=UTC),
    visitor="Ada Lovelace",
    email="ada@example.com",
    picture="https://img.example.com/ada.png",
    app="Example",
    live=True,
    locale="en",
    features=("beta",),
)


def handled(pact: Pact) -> list[Note]:
    """Return what the worker notes down of the pact's messages."""
    notes = []
    pact.verify(lambda body, _metadata: notes.append(note(json.loads(body or b""))), "Async")
    return notes


def test_worker_notes_down_who_asked(worker_route: Pact) -> None:
    """Of the event of a user who has a name, an email and an image, it reads all three."""
    (
        worker_route.upon_receiving("an event of a user", "Async")
        .given("signed in as {user}", user=ADA)
        .with_body(EVENT | {"user": {key: match.str(value) for key, value in ADA.items()}}, "application/json")
    )
    assert [NOTED] == handled(worker_route)


def test_worker_copes_with_claims_that_are_null(worker_route: Pact) -> None:
    """Of a user without a name it takes the email; no image is null, not absent and not empty."""
    (
        worker_route.upon_receiving("an event of a user with null claims", "Async")
        .given("signed in as {user}", user=NOBODY)
        .with_body(EVENT | {"user": NOBODY | {"email": match.str(EMAIL)}}, "application/json")
    )
    noted = handled(worker_route)[0]
    assert (EMAIL, EMAIL, None) == (noted.visitor, noted.email, noted.picture)


@pytest.mark.parametrize("change", [{"name": "app/route.left"}, {"v": "2"}])
def test_worker_refuses_events_that_it_does_not_know(change: dict[str, str]) -> None:
    """Name and version decide, which is why the pact has them as constants."""
    with pytest.raises(UnknownEventError):
        note({"name": "app/route.requested", "v": "1"} | change)
