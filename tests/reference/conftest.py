"""An endpoint with its two upstreams, for each module of tests."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.reference.endpoint import ACKNOWLEDGED, EVENT_KEY, SECRET, SETTINGS, Endpoint
from tests.reference.stub import Stub, answers

if TYPE_CHECKING:
    from collections.abc import Iterator


@pytest.fixture(scope="session")
def settings_stub() -> Iterator[Stub]:
    """The settings upstream, one for all tests."""
    with Stub(answers(200, SETTINGS, "Content-Type: application/json")) as stub:
        yield stub


@pytest.fixture(scope="session")
def ingest_stub() -> Iterator[Stub]:
    """The ingest, one for all tests."""
    with Stub(answers(200, ACKNOWLEDGED, "Content-Type: text/plain; charset=utf-8")) as stub:
        yield stub


@pytest.fixture
def settings(settings_stub: Stub) -> Stub:
    """The settings upstream, as new."""
    settings_stub.forget()
    return settings_stub


@pytest.fixture
def ingest(ingest_stub: Stub) -> Stub:
    """The ingest, as new."""
    ingest_stub.forget()
    return ingest_stub


@pytest.fixture(scope="session")
def environment(settings_stub: Stub, ingest_stub: Stub) -> dict[str, str]:
    """The environment variables that lead the endpoint to its upstreams."""
    return {
        "SETTINGS_URL": f"{settings_stub.url}/settings",
        "INNGEST_BASE_URL": ingest_stub.url,
        "INNGEST_EVENT_KEY": EVENT_KEY,
        "NEXTAUTH_SECRET": SECRET,
    }


@pytest.fixture(scope="session")
def running(environment: dict[str, str]) -> Iterator[Endpoint]:
    """The endpoint, one for all tests; it ends in good order and logs no traceback."""
    with Endpoint(environment) as endpoint:
        yield endpoint
        assert endpoint.stop() == 0
        assert "Traceback" not in endpoint.said()


@pytest.fixture
def endpoint(running: Endpoint, settings: Stub, ingest: Stub) -> Endpoint:
    """The endpoint, with its upstreams as new."""
    del settings, ingest
    return running
