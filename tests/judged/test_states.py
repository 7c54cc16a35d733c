"""States of objects: each way into one, several requests at once in one, one object at a time; and ids in bodies."""

from __future__ import annotations

import copy
from typing import TYPE_CHECKING, Any

import pytest

from tests.judged.project import Project, Report

if TYPE_CHECKING:
    from pathlib import Path

TEXT = {"type": "string"}
HOOKS = '[world.ingests.hooks]\nkind = "webhook"'


def _object(**members: Any) -> dict[str, Any]:
    return {"type": "object", "additionalProperties": False, "required": [*members], "properties": members}


def _json(schema: Any) -> dict[str, Any]:
    return {"content": {"application/json": {"schema": schema}}}


BOAT = _object(id=TEXT, name=TEXT)
RENTAL = _object(id=TEXT, boatId=TEXT, status={"enum": ["asked", "confirmed", "returned", "cancelled"]})
SAID: dict[str, dict[str, Any]] = {
    "ask": {"to": "asked", "at": "/status"},
    "confirm": {"from": ["asked"], "to": "confirmed", "others": 409},
    "return": {"from": ["confirmed"], "to": "returned", "others": 409},
    "cancel": {"from": ["asked", "confirmed"], "to": "cancelled", "others": 409},
}


def spec_of(said: dict[str, dict[str, Any]] | None = None) -> dict[str, Any]:
    """Return the document of rentals, with what it says of their states."""
    event = {
        "x-when": True,
        "x-delivery": "acknowledged",
        "requestBody": _json(_object(rental={**TEXT, "x-from": "request.path.rentalId"})),
        "responses": {"200": {"description": "Taken."}},
    }

    def one(name: str, success: str, shown: Any, *refused: str, **more: Any) -> dict[str, Any]:
        answers: dict[str, Any] = {success: {"description": "It.", **_json(shown)}}
        answers |= {status: {"description": "Refused."} for status in refused}
        states = {"x-transitions": copy.deepcopy(said[name])} if said and name in said else {}
        return {"operationId": name, "responses": answers, **states, **more}

    def given(member: str) -> dict[str, Any]:
        return {"required": True, **_json(_object(**{member: TEXT}))}

    add = one("addBoat", "201", BOAT, "400", requestBody=given("name"))
    add["responses"]["201"]["links"] = {"ask": {"operationId": "ask", "requestBody": {"boatId": "$response.body#/id"}}}
    ask = one("ask", "201", RENTAL, "400", "404", "409", "423", "503", requestBody=given("boatId"))
    ask["x-needs"] = {"steps": ["addBoat"], "for": "/boatId"}
    rental = {"name": "rentalId", "in": "path", "required": True, "schema": TEXT}
    boat = {**rental, "name": "boatId"}

    def step(name: str, **more: Any) -> dict[str, Any]:
        operation = one(name, "200", RENTAL, "404", "409", "423", "503", **more)
        operation["responses"]["202"] = {"description": "It will be.", **_json(RENTAL)}
        return {"parameters": [rental], "post": operation}

    paths = {
        "/boats": {"post": add},
        "/boats/{boatId}": {"parameters": [boat], "get": one("showBoat", "200", BOAT, "404")},
        "/boats/{boatId}/lock": {"parameters": [boat], "post": one("lockBoat", "200", {"type": "object"}, "404")},
        "/rentals": {"post": ask},
        "/rentals/{rentalId}": {"parameters": [rental], "get": one("showRental", "200", RENTAL, "404")},
        "/rentals/{rentalId}/confirm": step("confirm", callbacks={"told": {"{hooks}/told": {"post": event}}}),
        "/rentals/{rentalId}/return": step("return"),
        "/rentals/{rentalId}/cancel": step("cancel"),
    }
    return {"openapi": "3.1.0", "info": {"title": "Rentals", "version": "1"}, "paths": paths}


def rentals(
    folder: Path, *only: str, bug: str = "", like: str = "", said: dict[str, dict[str, Any]] | None = None
) -> Report:
    """Return what a run of some cases says of rentals.

    Args:
        folder: Where their contract is written.
        only: The cases.
        bug: What is wrong with them.
        like: Which right target it is.
        said: What the contract says of states; None: all of `SAID`.
    """
    env = {"BUG": bug, "LIKE": like, "HOOK": "{world.hooks}/told"}
    project = Project(folder, "rentals", spec_of(SAID if said is None else said), env, HOOKS, 'operations = ["*"]')
    return project.verified(*(word for each in only for word in ("--only", each)))


@pytest.mark.parametrize("bug", ["", "locked-is-rented"])
@pytest.mark.parametrize("given", [None, {"family": "wrong-state", "after": "lockBoat"}])
def test_what_is_refused_after_another_operation(tmp_path: Path, given: Any, bug: str) -> None:
    """A boat that is locked is not rented, where the contract says so; else nobody knows."""
    spec = spec_of({})
    ask = spec["paths"]["/rentals"]["post"]
    ask["responses"]["409"] |= {} if given is None else {"x-given": given}
    env = {"BUG": bug, "HOOK": "{world.hooks}/told"}
    report = Project(tmp_path, "rentals", spec, env, HOOKS, 'operations = ["*Boat", "ask"]').verified(
        "--only", "wrong-state", "--only", "success/usual"
    )
    found = {("family-status", "wrong-state/ask.after-lockBoat")} if bug and given else set()
    assert found == cases_of(report), report.text


KEYS = """
[world.sessions.key]
kind = "static"
callers = [{headers = {X-Key = "caller-one"}}, {headers = {X-Key = "caller-two"}}]
wrong = [{headers = {X-Key = ""}}]
"""


def of_callers(folder: Path, given: Any, bug: str = "") -> Report:
    """Return what a run says of rentals by callers who have boats of their own."""
    spec = spec_of({})
    spec["components"] = {"securitySchemes": {"key": {"type": "apiKey", "in": "header", "name": "X-Key"}}}
    for path in ("/boats", "/rentals"):
        spec["paths"][path]["post"]["security"] = [{"key": []}]
    spec["paths"]["/rentals"]["post"]["responses"]["404"]["x-given"] = given
    env = {"BUG": bug, "HOOK": "{world.hooks}/told"}
    project = Project(folder, "rentals", spec, env, HOOKS + KEYS, 'operations = ["addBoat", "ask", "showRental"]')
    return project.verified("--only", "forbidden", "--only", "not-found", "--only", "success/usual")


@pytest.mark.parametrize("bug", ["", "anybody-s"])
def test_the_object_of_another_caller_in_a_body(tmp_path: Path, bug: str) -> None:
    """Where the contract says which place names it, who names another caller's gets that answer."""
    given = ["not-found", {"family": "forbidden", "for": "boatId"}]
    report = of_callers(tmp_path, given, bug)
    found = {("family-status", "forbidden/ask.anothers-object-as-boatId")} if bug else set()
    assert found == cases_of(report), report.text
    assert not [one for one in report.not_proven if "other callers" in one], report.text


SETUP = """
[[target.setup]]
method = "POST"
path = "/boats"
json = {name = "Argo"}
take = {boat = "body#/id"}
"""


@pytest.mark.parametrize(("given", "bugs"), [("not-found", ()), (None, ()), ({"for": "/boatId"}, ("500", "taken"))])
@pytest.mark.parametrize("bug", ["", "500", "taken"])
def test_what_setup_has_not_made(tmp_path: Path, given: Any, bugs: tuple[str, ...], bug: str) -> None:
    """Whether a value of setup is the id of anything, the contract says: then another one gets that answer."""
    spec = spec_of({})
    ask = spec["paths"]["/rentals"]["post"]
    del ask["x-needs"]
    del spec["paths"]["/boats"]["post"]["responses"]["201"]["links"]
    body = ask["requestBody"]["content"]["application/json"]["schema"]
    body["properties"] = {"boatId": {**TEXT, "x-from": "setup.boat"}}
    if given is not None:
        said = {"family": "not-found", **given} if isinstance(given, dict) else given
        ask["responses"]["404"]["x-given"] = said
    env = {"BUG": f"unknown-is-{bug}", "HOOK": "{world.hooks}/told"}
    project = Project(tmp_path, "rentals", spec, env, SETUP + HOOKS, 'operations = ["ask", "showRental"]')
    report = project.verified("--only", "not-found", "--only", "success/usual")
    found = {("family-status", "not-found/ask.boatId")} if bug in bugs else set()
    assert found == cases_of(report), report.text


def cases_of(report: Report) -> set[tuple[str, str]]:
    """Return the laws that are broken, each with a case that shows it."""
    return {(one["law"], one["case"]) for one in report.value["findings"] if one["severity"] == "error"}


def test_a_state_is_entered_from_each_one_that_leads_there(tmp_path: Path) -> None:
    """What a rental is refused for may depend on where it came from, so each way is tried and named."""
    right = rentals(tmp_path / "right", "wrong-state", "transitions")
    assert set() == right.errors, right.text
    wrong = rentals(tmp_path / "wrong", "wrong-state", "transitions", bug="cancelled-returns")
    assert {("family-status", "wrong-state/return.from-cancelled-by-cancel-from-confirmed")} == cases_of(wrong), (
        wrong.text
    )
    assert [True] == [one["reproduced"] for one in wrong.value["findings"]], wrong.text


AT_ONCE = "transitions/*.at-once-*"


@pytest.mark.parametrize("like", ["waits", "busy", "late", "accepts", "ends"])
def test_one_of_several_at_once_succeeds(tmp_path: Path, like: str) -> None:
    """The others may wait, be refused or be accepted; what goes on by itself may be in another state meanwhile."""
    report = rentals(tmp_path, AT_ONCE, like=like)
    assert (set(), set()) == (report.errors, report.warnings), report.text


def test_two_of_several_at_once_succeed(tmp_path: Path) -> None:
    """Who does not look again lets all of them in, and each case says so."""
    report = rentals(tmp_path, AT_ONCE, bug="races")
    assert {"family-status"} == report.errors, report.text
    assert {"The answer is 200, not 409 (one of several requests at once)."} == {
        one["summary"] for one in report.value["findings"]
    }
    told = {name for one in report.value["findings"] for name in one["cases"]}
    named = {"confirm.at-once-from-asked", "cancel.at-once-from-asked", "return.at-once-from-confirmed"}
    assert {f"transitions/{name}" for name in named} <= told, report.text
    assert {True} == {one["reproduced"] for one in report.value["findings"]}, report.text
    assert "(and 3 more requests about the same object at the same time; only the replay can do that)" in report.text


PER = {
    **SAID,
    "ask": {"to": "asked", "at": "/status", "per": "/boatId", "from": ["cancelled", "returned"], "others": 409},
}
OF_ASK = ("transitions/ask*", "wrong-state/ask*")


@pytest.mark.parametrize("like", ["waits", "busy", "late", "over"])
def test_one_object_at_a_time_is_made_for_another(tmp_path: Path, like: str) -> None:
    """It is made again once the one before is in a state that the contract names, and each other state is tried too."""
    report = rentals(tmp_path, *OF_ASK, like=like, said=PER)
    assert (set(), set()) == (report.errors, report.warnings), report.text
    assert like == "over" or "transitions of ask" not in report.not_proven, report.text


@pytest.mark.parametrize(
    ("bug", "case"),
    [
        ("cancelled-is-kept", "transitions/ask.from-cancelled"),
        ("confirmed-again", "wrong-state/ask.from-confirmed"),
        ("taken-is-400", "wrong-state/ask.from-asked"),
        ("races", "transitions/ask.at-once-from-none"),
    ],
)
def test_more_or_fewer_than_one_at_a_time(tmp_path: Path, bug: str, case: str) -> None:
    """The finding names the state of the one before."""
    report = rentals(tmp_path, *OF_ASK, bug=bug, said=PER)
    told = {name for one in report.value["findings"] for name in one["cases"]}
    assert ({"family-status"}, True) == (report.errors, case in told), report.text
