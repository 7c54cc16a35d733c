"""`x-transitions`: what it may say, where it may stand, and which states it leads to."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from bothends.cases import plain_cases
from bothends.contract import load
from bothends.contract.requests import Transitions, paths_to_states, states_of, ways_to_states
from bothends.errors import ContractError

if TYPE_CHECKING:
    from pathlib import Path

    from bothends.contract import Contract

DONE = {"200": {"description": "Done."}, "409": {"description": "Not now."}}
MADE = {"201": {"description": "Made."}}
ID = {"name": "id", "in": "path", "required": True, "schema": {"type": "string"}}
SAID: dict[str, Any] = {
    "open": {"to": "open", "at": "/status"},
    "pay": {"from": ["open"], "to": "paid", "others": 409},
    "send": {"from": ["paid"], "to": ["sent", "lost"]},
    "drop": {"from": ["open", "paid"]},
}


def contract(folder: Path, said: dict[str, Any]) -> Contract:
    """Return the contract of orders, with what it says of their states."""

    def one(name: str, responses: Any, **more: Any) -> dict[str, Any]:
        told = {"x-transitions": said[name]} if name in said else {}
        return {"operationId": name, "responses": responses, **more, **told}

    paths = {
        "/orders": {"post": one("open", MADE)},
        "/orders/{id}": {"parameters": [ID], "get": one("show", DONE), "delete": one("drop", DONE)},
        "/orders/{id}/pay": {"parameters": [ID], "post": one("pay", DONE)},
        "/orders/{id}/send": {"parameters": [ID], "post": one("send", DONE)},
        "/news": {"get": one("news", DONE)},
    }
    spec = {"openapi": "3.1.0", "info": {"title": "Orders", "version": "1"}, "paths": paths}
    (folder / "openapi.json").write_text(json.dumps(spec), encoding="utf-8")
    settings = 'spec = "openapi.json"\noperations = ["*"]\n[target]\nurl = "http://127.0.0.1:1"\n'
    (folder / "bothends.toml").write_text(settings, encoding="utf-8")
    return load(folder / "bothends.toml")


def test_what_is_about_one_object_goes_together(tmp_path: Path) -> None:
    """One operation says where the state is; the one that reads the object is found."""
    read = contract(tmp_path, SAID)
    told = {each.id: each.transitions for each in read.operations if each.transitions is not None}
    assert {"open", "pay", "send", "drop"} == set(told)
    assert {("/orders/{}", "show", "/status")} == {(one.leads, one.reader, one.at) for one in told.values()}


def test_each_state_is_reached_by_the_shortest_way(tmp_path: Path) -> None:
    """The cases of an operation are from each of them, right ones and others."""
    read = contract(tmp_path, SAID)
    named = {
        case.label: tuple(step.operation for step in case.after)
        for family in ("transitions", "wrong-state")
        for case in plain_cases(read, family)
        if case.operation in {"pay", "send"} and not case.again
    }
    assert {
        "transitions/pay.from-open": (),
        "wrong-state/pay.from-paid": ("pay",),
        "wrong-state/pay.from-sent": ("pay", "send"),
        "wrong-state/pay.from-lost": ("pay", "send"),
        "wrong-state/send.from-open": (),
        "transitions/send.from-paid": ("pay",),
        "wrong-state/send.from-sent": ("pay", "send"),
        "wrong-state/send.from-lost": ("pay", "send"),
    } == named


@pytest.mark.parametrize(
    ("said", "found"),
    [
        ({}, {"pay.at-once-from-open"}),
        ({"pay": {"from": ["open", "paid"], "to": "paid"}}, set()),
        ({"pay": {"from": ["open"], "to": ["paid", "open"]}}, set()),
        ({"pay": {"from": ["open"]}}, set()),
    ],
)
def test_several_are_sent_at_once_where_one_can_succeed(tmp_path: Path, said: dict[str, Any], found: set[str]) -> None:
    """Where a success leads to a state in which another one is right, or to none, several may succeed."""
    cases = {case.name: case for case in plain_cases(contract(tmp_path, SAID | said), "transitions")}
    assert found == {name for name in cases if name.startswith("pay.at-once")}
    assert not [name for name in cases if name.startswith("drop.at-once")]
    for name in found:
        (first, *others) = cases[name].again
        assert ([409, 200], [409]) == (
            [one for one in (409, 200) if one in cases[name].expect.statuses],
            [one for one in (409, 200) if one in first.expect.statuses],
        )
        assert {first} == {first, *others}


def test_a_state_is_entered_from_each_one_that_leads_to_it() -> None:
    """The shortest way comes first, and no way is twice; those beside it are bounded."""
    said = {
        "make": Transitions(None, ("new",)),
        "ready": Transitions(("new", "ready"), ("ready",)),
        "drop": Transitions(("new", "ready"), ("gone",)),
    }
    found = [(one.state, one.path, one.before) for one in ways_to_states(said)]
    assert [
        ("new", (), None),
        ("ready", ("ready",), None),
        ("gone", ("drop",), None),
        ("gone", ("ready", "drop"), "ready"),
    ] == found
    every = {f"to-{state}": Transitions(tuple(range(9)), (state,)) for state in range(9)}
    assert 9 + 4 * 9 == len(ways_to_states({"make": Transitions(None, (0,)), **every}))


def test_what_is_made_one_at_a_time_is_made_again_after_some_states() -> None:
    """The states of the one before count; several at once can succeed where the first one allows it."""
    one = Transitions(None, ("new",), per="/cartId", again=("gone",))
    assert [False, True] == [one.is_right(state) for state in ("new", "gone")]
    assert [True, False] == [each.once for each in (one, Transitions(None, ("gone",), per="/cartId", again=("gone",)))]
    assert Transitions(None, ("new",)).is_right("new")
    assert ["new", "gone"] == states_of([one])


def test_one_and_true_are_two_states() -> None:
    """JSON tells them apart."""
    found = paths_to_states({"make": Transitions(None, (1,)), "turn": Transitions((1,), (True,))})
    assert [(1, ()), (True, ("turn",))] == found


@pytest.mark.parametrize(
    ("name", "said", "problem"),
    [
        ("pay", {}, "x-transitions is wrong"),
        ("pay", {"from": [], "to": "paid"}, "x-transitions is wrong"),
        ("pay", {"form": ["open"], "to": "paid"}, "x-transitions has no key 'form' here"),
        ("pay", {"from": ["open"], "others": 410}, "pay declares no answer 410"),
        ("pay", {"from": ["open"], "others": 503}, "503 says that the server failed, and not that it refuses"),
        ("pay", {"from": ["open"], "others": 200}, "200 says no refusal"),
        ("pay", {"from": ["open"], "read": "news"}, "'news' is no operation under test that reads an object"),
        ("pay", {"from": ["open"], "for": "di"}, "pay asks for no object by 'di'"),
        ("news", {"to": "open"}, "news gives no id of an object"),
        ("open", {"to": "open", "at": "/status", "per": "/cartId"}, "open names no object by '/cartId'"),
        ("open", {"to": "open", "at": "/status", "per": "/cartId", "for": "id"}, "x-transitions is wrong"),
        ("open", {"from": ["open"], "per": "/cartId"}, "x-transitions is wrong"),
    ],
)
def test_what_is_wrong(tmp_path: Path, name: str, said: Any, problem: str) -> None:
    """Each mistake is told at its place."""
    with pytest.raises(ContractError) as told:
        contract(tmp_path, {"open": SAID["open"], name: said})
    assert problem in str(told.value)
    assert "/x-transitions" in str(told.value.where)


def test_nothing_says_where_the_state_is(tmp_path: Path) -> None:
    """One operation of an object has to."""
    with pytest.raises(ContractError, match="Nothing says where show has the state of its object"):
        contract(tmp_path, {"pay": {"from": ["open"]}})
