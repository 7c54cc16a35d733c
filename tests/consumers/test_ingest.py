"""The route's pact with the ingest: the reference's own client, and what it makes of each answer."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

import pytest
from pact import match

from reference.contract import Contract, DeclaredError
from reference.upstreams import Upstreams
from tests.consumers.folder import ROOT

if TYPE_CHECKING:
    from pact import Pact
    from pact.interaction import HttpInteraction

ADA: dict[str, str | None] = {
    "name": "Ada Lovelace",
    "email": "ada@example.com",
    "image": "https://img.example.com/ada.png",
}
STAGING = {"appName": "Example", "environment": "staging", "locale": "en", "features": {"beta": True}}
NOW = 1_732_406_400_000
TIMEOUT = 10.0

EVENT: dict[str, Any] = {
    "id": match.uuid("0f8b6c1e-7d2a-4c55-9a43-5d0d1c3b7a90", format="lowercase"),
    "name": "app/route.requested",
    "v": "1",
    "ts": match.int(NOW),
    "user": ADA,
    "data": {
        "appSettings": {
            "appName": match.str("Example"),
            "environment": match.regex("staging", regex="^(development|staging|production)$"),
            "locale": match.str("en"),
            "features": match.each_value_matches({"beta": True}, rules=match.type(True)),  # noqa: FBT003 -- the example
        }
    },
}
_STRING_OR_NULL = {"combine": "OR", "matchers": [{"match": "type"}, {"match": "null"}]}
# What a matcher beside its example can't say: one of two types, and keys that are not known in advance.
RULES: dict[str, Any] = {
    "body": {
        **{f"$.user.{claim}": _STRING_OR_NULL for claim in ADA},
        # Settings are passed on, those too that this contract does not name.
        "$.data.appSettings": {"matchers": [{"match": "eachKey", "rules": [{"match": "regex", "regex": "^.*$"}]}]},
    }
}
# The client takes any media type and any order of the two members, and so does this.
ACKNOWLEDGED = '{"ids":["01JDE5WQ1Z9S3W6QK5V8N2M4RT"],"status":200}'
_IDS = r'"ids"\s*:\s*\["[^"]+"\]'
_STATUS = r'"status"\s*:\s*200'
_ACKNOWLEDGEMENT = rf"^\s*\{{\s*({_IDS}\s*,\s*{_STATUS}|{_STATUS}\s*,\s*{_IDS})\s*\}}\s*$"


def sending(pact: Pact, description: str, status: int) -> HttpInteraction:
    """Add the request that carries the event, and the status of what the ingest answers to it."""
    interaction = pact.upon_receiving(description)
    if status >= 400:
        interaction.given("the {upstream} answers {status}", upstream="ingest", status=status)
    return (
        interaction.with_request("POST", match.regex("/e/an-event-key", regex="^/e/[^/]+$"))
        .with_body(EVENT, "application/json")
        .with_matching_rules(RULES, part="Request")
        .will_respond_with(status)
    )


def send(pact: Pact, user: dict[str, str | None] = ADA, settings: dict[str, Any] = STAGING) -> None:
    """Send an event with the reference's client to the ingest that the pact describes."""
    contract = Contract(ROOT / "openapi.yaml")
    event = contract.event({"clock.ms": NOW, "session.user": user, "upstream.settings": settings})

    async def sent(base_url: str) -> None:
        upstreams = Upstreams(contract, "", base_url, "an-event-key", TIMEOUT)
        await upstreams.open()
        async with upstreams.client:
            await upstreams.send(event)

    with pact.serve("127.0.0.1") as ingest:
        asyncio.run(sent(str(ingest.url)))


@pytest.mark.parametrize(
    ("user", "settings"),
    [
        (ADA, STAGING),
        (dict.fromkeys(ADA), STAGING),
        (ADA, STAGING | {"features": {}, "theme": {"dark": None}}),
    ],
    ids=["usual", "null-claims", "unknown-settings"],
)
def test_event_is_acknowledged(route_ingest: Pact, user: dict[str, str | None], settings: dict[str, Any]) -> None:
    """The ingest stores the event, and says so in JSON that it calls text."""
    (
        sending(route_ingest, "an event", 200)
        .with_body(ACKNOWLEDGED, "text/plain; charset=utf-8")
        .with_matching_rules({"body": {"$": {"matchers": [{"match": "regex", "regex": _ACKNOWLEDGEMENT}]}}})
    )
    send(route_ingest, user, settings)


@pytest.mark.parametrize(
    ("description", "status"),
    [
        ("an event that the ingest can't read", 400),
        ("an event with a key that the ingest does not know", 401),
        ("an event while the ingest fails", 500),
    ],
)
def test_event_is_not_acknowledged(route_ingest: Pact, description: str, status: int) -> None:
    """Whatever the body says, the client tells by the status that the event was not taken."""
    sending(route_ingest, description, status)
    with pytest.raises(DeclaredError, match=f"^status {status}$") as raised:
        send(route_ingest)
    assert "upstream-wrong" == raised.value.family
