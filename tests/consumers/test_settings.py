"""The route's pact with the settings upstream: the reference's own client, and what it makes of each answer."""

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

TIMEOUT = 10.0


def get(pact: Pact) -> Any:
    """Read the settings with the reference's client from the upstream that the pact describes."""

    async def got(base_url: str) -> Any:
        upstreams = Upstreams(Contract(ROOT / "openapi.yaml"), f"{base_url}/settings", "", "", TIMEOUT)
        await upstreams.open()
        async with upstreams.client:
            return await upstreams.settings()

    with pact.serve("127.0.0.1") as settings:
        return asyncio.run(got(str(settings.url)))


def test_settings_are_taken_as_they_are(route_settings: Pact) -> None:
    """The client checks the four settings that the contract names, and gives back all that there is."""
    settings = {
        "appName": match.str("Example"),
        "environment": match.regex("staging", regex="^(development|staging|production)$"),
        "locale": match.str("en"),
        "features": match.each_value_matches({"beta": True, "dark": False}, rules=match.type(True)),  # noqa: FBT003 -- the example
    }
    (
        route_settings.upon_receiving("a request for the settings")
        .with_request("GET", "/settings")
        .will_respond_with(200)
        .with_body(settings, "application/json")
    )
    expected = {
        "appName": "Example",
        "environment": "staging",
        "locale": "en",
        "features": {"beta": True, "dark": False},
    }
    assert expected == get(route_settings)


@pytest.mark.parametrize(
    ("description", "status"),
    [
        ("a request for settings that are not there", 404),
        ("a request for the settings while the upstream fails", 500),
    ],
)
def test_there_are_no_settings(route_settings: Pact, description: str, status: int) -> None:
    """Whatever the body says, the client takes no other status than 200 for settings."""
    (
        route_settings.upon_receiving(description)
        .given("the {upstream} answers {status}", upstream="settings", status=status)
        .with_request("GET", "/settings")
        .will_respond_with(status)
    )
    with pytest.raises(DeclaredError, match=f"^status {status}$") as raised:
        get(route_settings)
    assert raised.value.family == "upstream-wrong"
