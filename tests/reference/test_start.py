"""The endpoint starts with what it needs, and not without."""

from __future__ import annotations

import os
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from tests.reference.endpoint import ROOT, Endpoint
from tests.waiting import LONGEST

if TYPE_CHECKING:
    from tests.reference.stub import Stub


@pytest.mark.parametrize("missing", ["SETTINGS_URL", "INNGEST_BASE_URL", "INNGEST_EVENT_KEY", "NEXTAUTH_SECRET"])
def test_what_is_missing_is_named(missing: str, environment: dict[str, str]) -> None:
    """An empty variable counts as missing, and nothing is served."""
    command = [sys.executable, "-m", "reference"]
    env = {**os.environ, **environment, missing: ""}
    done = subprocess.run(command, cwd=ROOT, env=env, capture_output=True, text=True, check=False, timeout=LONGEST)
    assert (1, f"reference: {missing} is not set\n") == (done.returncode, done.stderr)


def test_it_says_where_it_listens_and_ends_well(environment: dict[str, str], settings: Stub, ingest: Stub) -> None:
    """With port 0 the system chooses one, which is told; after SIGTERM the exit code is 0."""
    del settings, ingest
    with Endpoint(environment) as endpoint:
        assert 200 == endpoint.ask().status
        assert 0 == endpoint.stop()
