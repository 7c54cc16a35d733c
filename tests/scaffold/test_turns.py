"""`bothends init` on a service that takes objects away from their paths, and sends all its events to one address."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING

from tests.in_process import bothends
from tests.ports import ports
from tests.scaffold.cards import SPEC
from tests.scaffold.running import running
from tests.yaml_files import read_yaml

if TYPE_CHECKING:
    from pathlib import Path


def test_changes_come_before_what_is_done_to_an_object_and_their_events_are_none_of_a_creation(tmp_path: Path) -> None:
    """A card that was archived can't be changed; a creation has a word of its own, and a change may have several."""
    (tmp_path / "openapi.json").write_text(json.dumps(SPEC))
    (ingest,) = ports(1)
    with running("-m", "tests.scaffold.cards", str(ingest)) as url:
        tables = f'[target]\nurl = "{url}"\n[world.ingests.hooks]\nkind = "webhook"\nport = {ingest}\n'
        (tmp_path / "bothends.toml").write_text(f'spec = "openapi.json"\n{tables}')
        done = bothends(tmp_path, "init", "--seed", "1")
    assert 0 == done.returncode, done.stderr
    assert [
        "objects, 1 of 1: change, archive",
        "1 of 3: POST /cards",
        "2 of 3: PATCH /cards/{id}",
        "3 of 3: POST /cards/{id}/archive",
    ] == done.stderr.splitlines()
    assert "was not asked" not in done.stdout
    text = (tmp_path / "bothends.overlay.yaml").read_text("utf-8")
    assert "# archive, in" not in text, "it sends nothing"
    assert re.search(r"# add, in \d+ successes: it sent an event to hooks once each", text), text
    said = [each["update"] for each in read_yaml(tmp_path / "bothends.overlay.yaml")["actions"]]
    events = {
        name: item["post"]
        for update in said
        for name, urls in update.get("callbacks", {}).items()
        for item in urls.values()
    }
    whens = {name: said.get("x-when", "unsure") for name, said in events.items()}
    members = {
        name: said["requestBody"]["content"]["application/json"]["schema"]["properties"]
        for name, said in events.items()
    }
    types = {name: each["type"] for name, each in members.items()}
    titles = [each["card"]["properties"]["title"] for each in members.values()]
    assert [{"x-from": "request.body#/title"}, {}] == titles, "the same in both bodies, of whatever type"
    assert {"cardAdded": True, "cardChanged": {"body": {"required": ["title"]}}} == whens, "`{}` changes nothing"
    assert {"cardAdded": {"const": "card.added"}, "cardChanged": {"type": "string"}} == types
