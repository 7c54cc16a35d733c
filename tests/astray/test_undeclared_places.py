"""Events at addresses that no callback has are shown with three of the addresses, whatever a target makes of them."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.in_process import bothends

ROOT = Path(__file__).resolve().parents[2]
SPEC = """\
openapi: 3.1.0
info: {title: Orders, version: '1'}
paths:
  /orders:
    post:
      operationId: order
      requestBody:
        required: true
        content:
          application/json:
            schema: {type: object, required: [item], properties: {item: {type: string, maxLength: 20}}}
      responses:
        '201': {description: Ordered., content: {application/json: {schema: {type: object}}}}
        '422': {description: Refused., x-given: invalid-body}
"""
CALLBACK = """\
      callbacks:
        ordered:
          '{ingest}/ordered':
            post: {x-when: false, responses: {'200': {description: Taken.}}}
"""
SETTINGS = f"""\
spec = "openapi.yaml"
[target]
command = ["python", "server.py"]
[target.env]
PORT = "{{port}}"
INGEST = "{{world.ingest}}"
PYTHONPATH = "{ROOT}"
[world.ingest]
kind = "webhook"
"""
SERVER = """\
import json, os, urllib.request
from tests.json_service import JsonService, Server

COUNT = [0]

class Orders(JsonService):
    def do_POST(self):
        try:
            item = json.loads(self.body())["item"]
        except (ValueError, TypeError, KeyError):
            return self.answer(422, {})
        for path in PATHS:
            COUNT[0] += 1
            event = {"number": COUNT[0], "item": item, "kind": path, "a\\u001b[31m": 1, "more": 2}
            url = f"{os.environ['INGEST']}/{path.format(COUNT[0])}"
            request = urllib.request.Request(url, json.dumps(event).encode(), {"Content-Type": "application/json"})
            urllib.request.urlopen(request, timeout=5).read()
        return self.answer(201, {})

Server(("127.0.0.1", int(os.environ["PORT"])), Orders).serve_forever()
"""


def run(folder: Path, paths: list[str], spec: str, settings: str = SETTINGS) -> str:
    """Verify a target that sends an event to each path; return the report."""
    (folder / "openapi.yaml").write_text(spec, "utf-8")
    (folder / "bothends.toml").write_text(settings, "utf-8")
    (folder / "server.py").write_text(f"PATHS = {paths!r}\n{SERVER}", "utf-8")
    return " ".join(bothends(folder, "verify", "--only", "success", "--seed", "1", measured=False).stdout.split())


@pytest.mark.parametrize(
    ("spec", "lacks"),
    [(SPEC + CALLBACK, "at addresses that no callback has"), (SPEC, "and the contract declares no callback")],
    ids=["beside-one", "none"],
)
def test_three_addresses_are_shown(tmp_path: Path, spec: str, lacks: str) -> None:
    """Where the target sends to, and what members the events have; escapes in them are shown as text."""
    out = run(tmp_path, ["moved", "moved", "audit/log", "third", "fourth", "fifth"], spec)
    has = r"with number, item, kind, a\x1b[31m, …"
    assert f", {lacks}. Such as: POST /moved {has}; POST /audit/log {has}; POST /third {has}." in out
    assert "/fourth" not in out


def test_as_many_addresses_as_events_take_no_room(tmp_path: Path) -> None:
    """Of a target that sends each event to another address, three are kept."""
    out = run(tmp_path, ["one/{}"] * 40, SPEC + CALLBACK)
    assert 3 == out.count("POST /one/")


def test_an_event_at_its_address_is_none_of_them(tmp_path: Path) -> None:
    """Only what no callback has is told."""
    out = run(tmp_path, ["ordered"], SPEC + CALLBACK)
    assert "Such as" not in out


def test_the_ingest_has_the_name_of_the_settings(tmp_path: Path) -> None:
    """The line to add can be taken as it stands, whatever the ingest is called."""
    settings = SETTINGS.replace("{world.ingest}", "{world.mail}").replace("[world.ingest]", "[world.ingests.mail]")
    assert "'{mail}/…'" in run(tmp_path, ["moved"], SPEC, settings)
    assert "'{ingest}/…'" in run(tmp_path, ["moved"], SPEC)
