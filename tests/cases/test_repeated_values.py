"""Texts that generated cases share: one case sends each, and the others have the usual one in its place."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from bothends.cases.fuzzing.source import generated
from bothends.cases.repeated_values import once_each
from bothends.contract import admission, load

if TYPE_CHECKING:
    from pathlib import Path

    from bothends.contract import Contract

SCHEMA = {
    "type": "object",
    "required": ["name", "kind"],
    "properties": {
        "name": {"type": "string", "minLength": 1},
        "kind": {"enum": ["a", "b"]},
        "about": {"type": "string"},
    },
}
SETTINGS = 'spec = "spec.json"\n[target]\nurl = "http://127.0.0.1:9999"\n[world.ingest]\nkind = "webhook"\n'


def contract(folder: Path) -> Contract:
    """Return a contract of an operation that sends an event."""
    event = {
        "x-when": True,
        "requestBody": {"content": {"application/json": {"schema": {"type": "object"}}}},
        "responses": {"200": {"description": ""}},
    }
    operation = {
        "operationId": "make",
        "requestBody": {"required": True, "content": {"application/json": {"schema": SCHEMA}}},
        "responses": {"200": {"description": ""}, "422": {"description": "", "x-given": "invalid-body"}},
        "callbacks": {"made": {"{ingest}/e": {"post": event}}},
    }
    spec = {"openapi": "3.1.0", "info": {"title": "T", "version": "1"}, "paths": {"/o": {"post": operation}}}
    (folder / "spec.json").write_text(json.dumps(spec))
    (folder / "bothends.toml").write_text(SETTINGS)
    return load(folder / "bothends.toml")


def test_each_text_of_a_required_member_is_sent_once(tmp_path: Path) -> None:
    """But the usual one, which is another in each request; what must be refused, and what is optional, stays."""
    known = contract(tmp_path)
    (operation,) = known.operations
    cases = list(generated(known, seed=1, count=40, folder=None))
    changed = list(once_each(known, cases))
    assert [case.label for case in cases] == [case.label for case in changed]
    names: list[Any] = []
    for old, new in zip(cases, changed, strict=True):
        if old.expect.statuses != {200}:
            assert old == new
            continue
        assert admission(operation, old.request) == admission(operation, new.request)
        before, after = json.loads(old.request.body or b""), json.loads(new.request.body or b"")
        names.append(after.pop("name"))
        before.pop("name")
        assert before == after
    others = [name for name in names if name != "text"]
    assert len(set(others)) == len(others)
    assert len(names) > len(others) > 1
