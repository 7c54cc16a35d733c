"""With `--reload` the endpoint follows edits of its contract while it runs."""

from __future__ import annotations

import os
import re
import select
import time
from typing import TYPE_CHECKING

import pytest

from tests.reference.endpoint import ROOT, Endpoint

if TYPE_CHECKING:
    from pathlib import Path

LONGEST_WAIT = 60.0


def next_port(endpoint: Endpoint) -> int:
    """Return the port of the next line that says where it listens."""
    assert endpoint.process.stdout is not None
    ready, _, _ = select.select([endpoint.process.stdout], [], [], LONGEST_WAIT)
    assert ready, endpoint.said()
    match = re.search(r":(\d+)$", endpoint.process.stdout.readline())
    assert match, endpoint.said()
    return int(match[1])


def until_said(endpoint: Endpoint, text: str) -> None:
    """Wait until it has written a text to its log."""
    deadline = time.monotonic() + LONGEST_WAIT
    while text not in endpoint.said():
        assert time.monotonic() < deadline, endpoint.said()
        time.sleep(0.05)


@pytest.mark.usefixtures("settings", "ingest")
def test_it_follows_an_edit_and_keeps_what_it_serves_at_a_wrong_one(
    environment: dict[str, str], tmp_path: Path
) -> None:
    """A wrong contract changes nothing, a right one is served at once, and SIGTERM ends both processes."""
    file = tmp_path / "openapi.yaml"
    right = (ROOT / "openapi.yaml").read_text()
    file.write_text(right)
    with Endpoint({**environment, "OPENAPI_FILE": str(file)}, ("-m", "reference", "--reload")) as endpoint:
        assert 200 == endpoint.ask().status
        file.write_text("paths: [")
        until_said(endpoint, "openapi.yaml is not followed: ParserError")
        assert 200 == endpoint.ask().status
        # As an editor does that writes a new file and renames it.
        new = tmp_path / "new.yaml"
        new.write_text(right.replace("'200':", "'202':", 1))
        os.replace(new, file)  # noqa: PTH105 -- what is tested
        endpoint.port = next_port(endpoint)
        assert 202 == endpoint.ask().status
        assert 0 == endpoint.stop()
        with pytest.raises(ConnectionRefusedError):
            endpoint.connect()
