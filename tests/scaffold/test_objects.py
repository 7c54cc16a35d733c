"""`bothends init` on services whose objects are used up: flows, states, answers of refusal, and who shares what."""

from __future__ import annotations

import json
import sys
from typing import TYPE_CHECKING, Any

from bothends.contract import load, open_spec
from bothends.lint import Level, lint
from bothends.scaffold.object_proposals import denied, merged, refusal_rules, without
from bothends.scaffold.observation import Observations
from bothends.scaffold.proposals import proposals
from bothends.scaffold.seen_objects import Refused, SeenObjects
from tests.in_process import bothends
from tests.judged.project import ROOT
from tests.judged.test_linked_values import CALLERS
from tests.judged.test_linked_values import spec_of as trade
from tests.judged.test_refusals import HOOKS
from tests.judged.test_refusals import spec_of as depot
from tests.judged.test_workflows import without_needs
from tests.yaml_files import read_yaml

if TYPE_CHECKING:
    from pathlib import Path

OVERLAY = "bothends.overlay.yaml"


def begun(
    folder: Path, target: str, spec: dict[str, Any], env: dict[str, str], tables: str = ""
) -> list[dict[str, Any]]:
    """Return the actions of the overlay that `init` writes for a target."""
    (folder / "openapi.json").write_text(json.dumps(spec), "utf-8")
    variables = ", ".join(f"{name} = {json.dumps(each)}" for name, each in {"PYTHONPATH": str(ROOT), **env}.items())
    command = json.dumps([sys.executable, "-m", f"tests.judged.{target}"])
    text = f'spec = "openapi.json"\n[target]\ncommand = {command}\nenv = {{PORT = "{{port}}", {variables}}}\n{tables}'
    (folder / "bothends.toml").write_text(text, "utf-8")
    done = bothends(folder, "init", "--seed", "1", measured=False)
    assert 0 == done.returncode, done.stdout + done.stderr
    (folder / "bothends.toml").write_text(f'overlays = ["{OVERLAY}"]\n{text}', "utf-8")
    found: list[dict[str, Any]] = read_yaml(folder / OVERLAY)["actions"]
    return found


def said(actions: list[dict[str, Any]], name: str) -> dict[str, Any]:
    """Return what an extension says, by the target of its action."""
    return {each["target"]: each["update"][name] for each in actions if name in each["update"]}


def kiosk() -> dict[str, Any]:
    """Return the document of a kiosk that declares what a checkout gets which is over."""
    spec = without_needs()
    deliver = spec["paths"]["/checkouts/{checkoutId}/destination"]["put"]
    deliver["requestBody"]["content"]["application/json"]["schema"]["properties"]["country"] = {"enum": ["NL"]}
    for path, item in spec["paths"].items():
        for operation in (each for method, each in item.items() if method != "parameters" and "{" in path):
            operation["responses"]["409"] = {"description": "Not now."}
    return spec


_CHECKOUT = "$.paths['/checkouts/{checkoutId}']"
_COMPLETE = "$.paths['/checkouts/{checkoutId}/complete'].post"
_CANCEL = "$.paths['/checkouts/{checkoutId}/cancel'].post"
_DELIVER = "$.paths['/checkouts/{checkoutId}/destination'].put"


def test_flows_and_states_are_proposed_as_they_were_seen(tmp_path: Path) -> None:
    """A checkout is completed once it has a destination, and once; what is over is refused, and what is not there."""
    actions = begun(tmp_path, "kiosk", kiosk(), {"DELIVERS": "NL"})
    ready = {"steps": ["open", "setDestination"], "ready": {"at": "/status", "is": "ready"}}
    assert {_COMPLETE: ready, _CANCEL: {"steps": ["open"]}} == said(actions, "x-needs")
    assert {
        "$.paths['/checkouts'].post": {"to": "open", "at": "/status"},
        _COMPLETE: {"from": ["ready"], "to": "completed", "others": 409},
        _CANCEL: {"from": ["open", "ready"], "to": "cancelled", "others": 409},
    } == said(actions, "x-transitions"), "a destination of what is over changes nothing, and is no promise"
    given = said(actions, "x-given")
    missing = {f"{each}.responses['404']": "not-found" for each in (f"{_CHECKOUT}.get", _DELIVER, _COMPLETE, _CANCEL)}
    over = {f"{each}.responses['409']": "wrong-state" for each in (_COMPLETE, _CANCEL)}
    assert missing | over == {at: each for at, each in given.items() if "400" not in at}
    text = (tmp_path / OVERLAY).read_text("utf-8")
    assert "# 2 of 2 requests about a new object were answered 409, and 2 of 2 requests after setDestination" in text
    assert "# unsure: from cancelled, completed, open, ready it succeeded; each was tried 2 times" in text
    assert [] == [each for each in lint(tmp_path / "bothends.toml") if each.level is Level.ERROR]


def test_a_refusal_that_is_declared_and_never_seen_is_asked_for(tmp_path: Path) -> None:
    """Where a change succeeds in each state, and 409 is declared of it, its states are no promise: it may be a bug."""
    actions = begun(tmp_path, "kiosk", kiosk(), {"DELIVERS": "NL", "BUG": "again"})
    assert _CANCEL not in said(actions, "x-transitions")
    comments = " ".join((tmp_path / OVERLAY).read_text("utf-8").replace("\n  # ", " ").split())
    assert "409 is declared, and was never seen: if one of them is to be refused, that is a bug" in comments


def test_what_is_proposed_is_proven_of_that_service_and_finds_another_one_wrong(tmp_path: Path) -> None:
    """A run by the overlay finds nothing in the service that it was seen of, and a bug that only a flow shows."""
    begun(tmp_path, "kiosk", kiosk(), {"DELIVERS": "NL"})
    asked = ("--seed", "1", "--profile", "quick", "--json", "report.json", *_ONLY)
    assert 1 != bothends(tmp_path, "verify", *asked, measured=False).returncode
    found = json.loads((tmp_path / "report.json").read_text("utf-8"))
    assert [] == [each["summary"] for each in found["findings"] if each["severity"] == "error"]
    assert 1 == bothends(tmp_path, "verify", *asked, "--env", "BUG=cancelled", measured=False).returncode


_ONLY = tuple(word for name in ("success", "not-found", "wrong-state", "transitions") for word in ("--only", name))


def test_values_that_may_be_taken_and_ids_in_bodies(tmp_path: Path) -> None:
    """A label that is taken is a conflict, and a notice of no parcel is refused: as the contract of that depot says."""
    given = said(begun(tmp_path, "depot", depot(), {"HOOK": "{world.hooks}/notices"}, HOOKS), "x-given")
    one = "$.paths['/parcels/{parcelId}']"
    assert "conflict" == given["$.paths['/parcels'].post.responses['409']"]
    assert {"family": "not-found", "for": "parcelId"} == given["$.paths['/notices'].post.responses['422']"]
    assert {"not-found"} == {given[f"{one}.{each}.responses['404']"] for each in ("get", "put", "delete")}
    assert "wrong-state" == given["$.paths['/parcels/{parcelId}/send'].post.responses['409']"]
    assert "precondition-failed" == given[f"{one}.put.responses['412']"]
    text = (tmp_path / OVERLAY).read_text("utf-8")
    assert "# notify, in 6 successes: it sent told to hooks once each" in text


def test_objects_of_other_callers_and_tags(tmp_path: Path) -> None:
    """An order of another caller is as one that is not there, and one with another tag is not changed."""
    given = said(begun(tmp_path, "trade", trade(), {}, CALLERS), "x-given")
    assert "precondition-failed" == given["$.paths['/orders/{orderId}'].put.responses['412']"]
    not_theirs = [given[f"$.paths['/orders/{{orderId}}'].{each}.responses['404']"] for each in ("get", "put")]
    assert [["forbidden", "not-found"]] * 2 == not_theirs


def test_an_answer_that_is_declared_nowhere_is_proposed_and_unsure(tmp_path: Path) -> None:
    """What was seen is told with the line that declares it: whether it is meant, a person decides."""
    spec = kiosk()
    del spec["paths"]["/checkouts/{checkoutId}"]["get"]["responses"]["404"]
    (tmp_path / "openapi.json").write_text(json.dumps(spec), "utf-8")
    (tmp_path / "bothends.toml").write_text('spec = "openapi.json"\noperations = ["*"]\n', "utf-8")
    contract = load(tmp_path / "bothends.toml")
    root, _ = open_spec(contract.settings)
    tried = [Refused("not-found", "checkoutId", 404, in_path=True)] * 2
    objects = SeenObjects(refused={each.id: tried for each in contract.operations if each.id_places})
    made = [each for each in proposals(root, contract, Observations(objects=objects)) if "404" in str(each.update)]
    (one,) = made
    assert ("/paths/~1checkouts~1{checkoutId}/get/responses", False) == (one.place.pointer, one.is_sure)
    assert {"404": {"description": "Not Found", "x-given": "not-found"}} == one.update
    assert (
        "2 of 2 requests with an id that no object has were answered 404; the operation does not declare 404" == one.why
    )


def test_an_answer_that_operations_share_says_what_all_of_them_keep(tmp_path: Path) -> None:
    """Where one of them makes what is not there, the answer of the others is given for nothing by that."""
    (tmp_path / "openapi.json").write_text(json.dumps(kiosk()), "utf-8")
    (tmp_path / "bothends.toml").write_text('spec = "openapi.json"\n', "utf-8")
    contract = load(tmp_path / "bothends.toml")
    missing = [Refused("not-found", "checkoutId", status, in_path=True) for status in (404, 404)]
    made = [Refused("not-found", "checkoutId", status, in_path=True) for status in (201, 201)]
    mixed = [*missing, *(Refused("not-found", "other", status, in_path=True) for status in (204, 204))]
    found = SeenObjects(refused={"show": missing, "cancel": made, "complete": mixed}, theirs={"show": [404, 404]})
    only = frozenset({404})
    show, cancel, complete = (contract.operation(name) for name in ("show", "cancel", "complete"))
    assert [] == denied(show, only, found)
    assert ["not-found"] == denied(cancel, only, found)
    assert [{"family": "not-found", "for": "other"}, "not-found"] == denied(complete, only, found)
    rule = merged(refusal_rules(show, found)[404])
    assert rule is not None
    assert (["forbidden", "not-found"], True) == (rule.rule, rule.is_sure)
    left = without(rule, ["not-found"])
    assert left is not None
    assert "forbidden" == left.rule
    assert without(rule, ["not-found", "forbidden"]) is None


def test_objects_that_callers_share(tmp_path: Path) -> None:
    """Where each caller finds what another one has made, that is said, and promises nothing."""
    spec = {**kiosk(), "security": [{"bearer": []}]}
    spec["components"] = {"securitySchemes": {"bearer": {"type": "http", "scheme": "bearer"}}}
    actions = begun(tmp_path, "kiosk", spec, {"DELIVERS": "NL"}, CALLERS)
    assert not any("forbidden" in str(each["update"]) for each in actions)
    text = (tmp_path / OVERLAY).read_text("utf-8")
    comments = " ".join(text.replace("\n  # ", " ").split())
    finds = "if it is not meant so, that is a bug, which `forbidden` in the x-given of its answer 404 lets a run find"
    assert f"unsure: 2 of 2 requests for an object that another caller had made succeeded: {finds}" in comments
    assert f'  # - target: "{_CHECKOUT}.get"\n  #   update:\n  #     x-shared: true\n' in text
