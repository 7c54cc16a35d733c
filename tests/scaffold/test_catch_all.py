"""`bothends init` on a document that has one answer for all refusals, and one webhook for all changes."""

from __future__ import annotations

import copy
import json
from typing import TYPE_CHECKING, Any

from bothends.lint import Level, lint
from tests.in_process import bothends
from tests.ports import ports
from tests.scaffold.cards import SPEC
from tests.scaffold.running import running
from tests.yaml_files import read_yaml

if TYPE_CHECKING:
    from pathlib import Path

_PROBLEM = {"$ref": "#/components/responses/Problem"}
_EVENT = {
    "type": "object",
    "required": ["type", "card"],
    "properties": {
        "type": {"enum": ["card.added", "card.changed"]},
        "card": {"type": "object", "properties": {"id": {"type": "integer"}, "title": {"type": "string"}}},
    },
}


def _document() -> dict[str, Any]:
    """Return the document of the cards, with a catch-all answer and a webhook, and an operation without an event."""
    spec = copy.deepcopy(SPEC)
    for item in spec["paths"].values():
        for operation in (item[method] for method in ("post", "patch") if method in item):
            del operation["responses"]["4XX"]
            operation["responses"] |= dict.fromkeys(("400", "404", "415", "422"), _PROBLEM)
    spec["paths"]["/about"] = {"get": {"operationId": "about", "responses": {"200": {"description": "The document."}}}}
    spec["webhooks"] = {
        "cardChanged": {
            "post": {
                "requestBody": {"content": {"application/json": {"schema": _EVENT}}},
                "responses": {"200": {"description": "Taken."}},
            }
        }
    }
    spec["components"] = {
        "responses": {"Problem": {"description": "What is wrong."}},
        "securitySchemes": {"key": {"type": "apiKey", "in": "header", "name": "X-Key"}},
    }
    spec["security"] = [{"key": []}]  # each of two callers has a card of his own, so their ids differ
    return spec


def test_what_leads_to_a_catch_all_answer_is_said_for_each_operation(tmp_path: Path) -> None:
    """The answer itself stays as it is; an event's id is that of the answer in all operations; none is left out."""
    (tmp_path / "openapi.json").write_text(json.dumps(_document(), indent=2))
    (ingest,) = ports(1)
    with running("-m", "tests.scaffold.cards", str(ingest)) as url:
        tables = f'[target]\nurl = "{url}"\n[world.ingests.hooks]\nkind = "webhook"\nport = {ingest}\n'
        tables += (
            '[world.sessions.key]\nkind = "static"\ncallers = [{headers = {X-Key = "1"}}, {headers = {X-Key = "2"}}]\n'
        )
        (tmp_path / "bothends.toml").write_text(f'spec = "openapi.json"\n{tables}')
        done = bothends(tmp_path, "init", "--seed", "1")
        assert 0 == done.returncode, done.stderr
    assert 'add to bothends.toml, above its first table: operations = ["*"]' in done.stdout.splitlines()
    actions = read_yaml(tmp_path / "bothends.overlay.yaml")["actions"]
    assert "$.components.responses.Problem" not in {each["target"] for each in actions}
    removed = {each["target"] for each in actions if each.get("remove")}
    given = {
        f"{each['target']}['{status}']": answer["x-given"]
        for each in actions
        if each["target"].endswith(".responses")
        for status, answer in each["update"].items()
    }
    assert removed == given.keys()
    add = "$.paths['/cards'].post.responses"
    assert {
        f"{add}['400']": "malformed-body",
        f"{add}['415']": "unsupported-media-type",
        f"{add}['422']": "invalid-body",
    } == {target: family for target, family in given.items() if target.startswith(add)}
    sends = {each["target"] for each in actions if "x-sends" in each.get("update", {})}
    assert {"$.paths['/cards'].post", "$.paths['/cards/{id}'].patch"} == sends
    (source,) = (each["update"] for each in actions if each["target"].endswith(".card.properties.id"))
    assert {"x-from": "answer.body#/id"} == source
    text = (tmp_path / "bothends.toml").read_text()
    (tmp_path / "bothends.toml").write_text(f'overlays = ["bothends.overlay.yaml"]\noperations = ["*"]\n{text}')
    assert [] == [each for each in lint(tmp_path / "bothends.toml") if each.level is Level.ERROR]
