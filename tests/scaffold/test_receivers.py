"""`bothends init` on a service whose events go to all who have registered: what it asks, and what it leaves alone."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import httpx

from tests.in_process import bothends
from tests.ports import ports
from tests.scaffold.running import running
from tests.scaffold.tickets import NAMES, SPEC
from tests.yaml_files import read_yaml

if TYPE_CHECKING:
    from pathlib import Path


def test_webhooks_of_one_schema_are_told_apart_and_nobody_is_registered(tmp_path: Path) -> None:
    """An event's own word names its webhook; objects are made for who needs them; the receivers stay as they are."""
    (tmp_path / "openapi.json").write_text(json.dumps(SPEC, indent=2))
    (ingest,) = ports(1)
    with running("tests/scaffold/tickets.py", str(ingest)) as url:
        tables = f'[target]\nurl = "{url}"\n[world.ingests.desk]\nkind = "webhook"\nport = {ingest}\n'
        (tmp_path / "bothends.toml").write_text(f'spec = "openapi.json"\n{tables}receives = {json.dumps(NAMES)}\n')
        done = bothends(tmp_path, "init", "--seed", "1")
        assert 0 == httpx.get(f"{url}/hooks").json()
    assert 0 == done.returncode, done.stderr
    assert ["register was not asked: it seems to register where events go"] == [
        line.partition(",")[0] for line in done.stdout.splitlines() if "was not asked" in line
    ]
    assert (
        "add to bothends.toml, in the table of the ingest desk: "
        'signature = {kind = "standard-webhooks", secret = "{env.WEBHOOK_SECRET}"}\n'
    ) in done.stdout
    said = [(each["target"], each["update"]) for each in read_yaml(tmp_path / "bothends.overlay.yaml")["actions"]]
    sends = {target: update["x-sends"] for target, update in said if "x-sends" in update}
    assert {
        "$.paths['/tickets'].post": ["ticket.opened"],
        "$.paths['/tickets/{id}'].delete": ["ticket.closed"],
    } == sends
    constants = {
        target.partition(".post")[0]: update["properties"]["type"]["const"]
        for target, update in said
        if "type" in update.get("properties", {})
    }
    assert {f"$.webhooks['{name}']": name for name in NAMES} == constants
    opened = "$.components.schemas.Event.properties.ticket.properties.opened"
    assert [{"x-from": "answer.body#/opened"}] == [update for target, update in said if target == opened], (
        "what is deleted was made right before, and its time is not that of the request"
    )
