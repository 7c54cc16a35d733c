"""The project's own contract and its pacts: what is added breaks nobody; taken away, it breaks who relies on it."""

from __future__ import annotations

import copy
import json
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
import yaml

from bothends.diff import Options, Verdict, compare

if TYPE_CHECKING:
    from bothends.diff import Change

ROOT = Path(__file__).resolve().parents[2]
Json = dict[str, Any]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Return a folder with the settings of the project, and its pacts."""
    settings = (ROOT / "bothends.toml").read_text("utf-8")
    pacts = str(ROOT / "contracts" / "pacts")
    settings = settings.replace('pacts = "contracts/pacts"', f"pacts = {json.dumps(pacts)}")
    (tmp_path / "bothends.toml").write_text(settings.replace('"openapi.yaml"', '"new.json"'), "utf-8")
    return tmp_path


@cache
def _text() -> str:
    return json.dumps(yaml.safe_load((ROOT / "openapi.yaml").read_text("utf-8")))


def own() -> Json:
    """Return the project's contract."""
    found: Json = json.loads(_text())
    return found


def more(contract: Json) -> Json:
    """Return a contract with a field in its answer, a constant in its event, and one more error."""
    made = copy.deepcopy(contract)
    schemas = made["components"]["schemas"]
    schemas["Success"]["properties"]["route"] = {"type": "string"}
    schemas["Success"]["required"].append("route")
    schemas["RouteRequested"]["properties"]["source"] = {"const": "route"}
    schemas["RouteRequested"]["required"].append("source")
    responses = made["paths"]["/api/route"]["post"]["responses"]
    responses["409"] = {"description": "Twice.", "content": responses["400"]["content"]}
    return made


def changes(folder: Path, old: Json, new: Json) -> list[Change]:
    """Return what has changed."""
    for name, value in (("old.json", old), ("new.json", new)):
        (folder / name).write_text(json.dumps(value, indent=1), "utf-8")
    options = Options(config=folder / "bothends.toml")
    return list(compare(str(folder / "old.json"), str(folder / "new.json"), options).changes)


def test_what_is_added_breaks_nobody(folder: Path) -> None:
    """Though the answer and the event are closed objects: readers pass by what they do not know."""
    found = changes(folder, own(), more(own()))
    assert {Verdict.COMPATIBLE} == {each.verdict for each in found}
    assert {"member-added", "status-added", "values"} == {each.rule for each in found}


def test_what_is_taken_away_again_breaks_those_who_read_it(folder: Path) -> None:
    """Callers of the answer and of the error, and consumers of the event; no pact knows of these yet."""
    found = [each for each in changes(folder, more(own()), own()) if each.breaks]
    told = {(each.rule, str(each.audience), each.pointer) for each in found}
    assert {
        ("presence", "callers", "/route"),
        ("presence", "consumers", "/source"),
        ("status", "callers", ""),
    } == told
    assert {()} == {each.relied for each in found}


def test_a_break_names_the_pact_that_relies_on_it(folder: Path) -> None:
    """The user of the event, and an error that a page shows."""
    new = own()
    new["components"]["schemas"]["RouteRequested"]["required"].remove("user")
    new["paths"]["/api/route"]["post"]["responses"].pop("503")
    by_rule = {each.rule: each for each in changes(folder, own(), new) if each.breaks}
    assert {"presence", "status"} == set(by_rule)
    assert {"worker"} == {each.consumer for each in by_rule["presence"].relied or ()}
    assert {"web"} == {each.consumer for each in by_rule["status"].relied or ()}


def test_the_contract_is_the_same_as_itself(folder: Path) -> None:
    """Also where it is written in another order."""
    assert [] == changes(folder, own(), own())
    turned = json.loads(json.dumps(own(), sort_keys=True))
    assert [] == [each for each in changes(folder, own(), turned) if each.verdict is not Verdict.COMPATIBLE]
