"""`bothends verify --url`: the target runs already, and the world listens where it was told."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from bothends.contract import load
from tests.ports import ports
from tests.reference.endpoint import EVENT_KEY, SECRET, Endpoint

if TYPE_CHECKING:
    from tests.cli.conftest import Project


def test_generated_cases_are_drawn_though_the_target_is_ready_at_once(project: Project) -> None:
    """Nothing is waited for, so the first case is drawn while what draws it is being loaded."""
    settings, ingest = ports(2)
    project.replace("bothends.toml", 'path = "/settings"\n', f'path = "/settings"\nport = {settings}\n')
    project.replace("bothends.toml", 'kind = "inngest"\n', f'port = {ingest}\nevent_key = "{EVENT_KEY}"\n')
    project.replace("bothends.toml", 'kind = "next-auth-v4"\n', f'kind = "next-auth-v4"\nsecret = "{SECRET}"\n')
    assert (settings, ingest) == _ports(project)
    environment = {
        "SETTINGS_URL": f"http://127.0.0.1:{settings}/settings",
        "INNGEST_BASE_URL": f"http://127.0.0.1:{ingest}",
        "INNGEST_EVENT_KEY": EVENT_KEY,
        "NEXTAUTH_SECRET": SECRET,
        "UPSTREAM_TIMEOUT_MS": "1000",
    }
    with Endpoint(environment) as endpoint:
        url = f"http://127.0.0.1:{endpoint.port}"
        told = project.call("verify", "--url", url, "--only", "fuzz-*", "--max-examples", "10", "--seed", "7")
    assert (0, "") == (told.code, told.err), told.out
    assert re.search(r"^11 exchanges in .*: PROVEN$", told.out, re.MULTILINE)


def _ports(project: Project) -> tuple[int | None, int | None]:
    world = load(project.folder / "bothends.toml").settings.world
    return world.upstreams["settings"].port, world.ingests["ingest"].port
