"""The families of upstream faults: each for each upstream, and each with the answers that are right for it."""

from __future__ import annotations

import copy
import json
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bothends.cases import Selector, plan
from bothends.cases.families.boundaries import invalid_variants, not_objects
from bothends.cases.families.registry import is_quick, plain_cases
from bothends.schemas import Schema
from tests.cases.orders import ORDERS, ORDERS_TOML
from tests.in_words import condition, conditions

if TYPE_CHECKING:
    from collections.abc import Callable

    from bothends.contract import Contract
    from bothends.records import Case

ANY = frozenset({502, 503, 504})
OF_EACH = ("upstream-unreachable", "upstream-unclear", "recovery")
SETTINGS = {"appName": "text", "environment": "development", "locale": "text", "features": {}}


def by_name(contract: Contract, family: str) -> dict[str, Case]:
    """Return the cases of a family by their names."""
    return {case.name: case for case in plain_cases(contract, family)}


def about(cases: dict[str, Case], upstream: str) -> set[str]:
    """Return the names of those that are about an upstream, less its own name."""
    return {name.removeprefix(f"{upstream}-") for name in cases if name.startswith(f"{upstream}-")}


@pytest.mark.parametrize("family", OF_EACH)
def test_each_fault_is_played_by_each_upstream_and_the_ingest(contract: Contract, family: str) -> None:
    """A fault of the settings and the same fault of the ingest are two cases."""
    cases = by_name(contract, family)
    assert about(cases, "settings") == about(cases, "ingest") != set()
    for case in cases.values():
        (state,) = case.given
        assert case.name.startswith(f"{state.subject}-")


def test_what_only_an_upstream_or_only_the_ingest_can_do(contract: Contract) -> None:
    """Wrong shapes are the settings' own; errors beside an acknowledgement, and storing, the ingest's."""
    wrong, late = by_name(contract, "upstream-wrong"), by_name(contract, "upstream-timeout")
    assert {"answers-204", "answers-500-with-a-right-body", "answers-without-features"} <= about(wrong, "settings")
    assert {"answers-200-with-an-error", "answers-200-with-an-error-beside"} <= about(wrong, "ingest")
    (empty,) = wrong["ingest-answers-ids-with-empty-text"].given
    assert condition('the ingest answers 200 with the JSON {"ids":[""],"status":200}') == empty
    assert {"stores-and-hangs"} == about(late, "ingest") - about(late, "settings")
    for family in ("lost-acknowledgement", "odd-acknowledgement"):
        assert {"ingest"} == {case.given[0].subject for case in plain_cases(contract, family)}


def test_the_time_is_told_by_the_target_s_timeout(contract: Contract) -> None:
    """Late is twice the upstream timeout, dribbling four times it, and slow but right half."""
    assert 1000 == contract.settings.world.upstream_timeout_ms
    late, odd = by_name(contract, "upstream-timeout"), by_name(contract, "upstream-odd")
    assert conditions("the settings answers after 2000 ms") == late["settings-answers-late"].given
    assert conditions("the ingest answers over 4000 ms") == late["ingest-dribbles"].given
    assert conditions("the ingest answers over 250 ms") == odd["ingest-answers-in-drops"].given


def test_what_is_late_is_504_and_what_can_t_be_connected_to_may_be_any(contract: Contract) -> None:
    """A connection that is never established is late, or an upstream that is not there."""
    cases = by_name(contract, "upstream-timeout")
    ignored = {name for name, case in cases.items() if case.expect.statuses == ANY}
    assert {"settings-ignores-connections", "ingest-ignores-connections"} == ignored
    assert {frozenset({504})} == {case.expect.statuses for name, case in cases.items() if name not in ignored}


def test_what_takes_the_whole_timeout_waits_together(contract: Contract) -> None:
    """The cases of one upstream follow each other, a crowd too, and the one that acts on connections is the last."""
    names = [case.name for case in plan(contract, seed=1, max_examples=0) if case.group == "the timeout of the ingest"]
    assert len(names) == len(about(by_name(contract, "upstream-timeout"), "ingest")) + 1
    assert "all-wait-for-the-ingest" in names
    assert "ingest-ignores-connections" == names[-1]


def test_what_is_odd_and_right_succeeds(contract: Contract) -> None:
    """Other media types, chunks and a little time are no faults."""
    cases = by_name(contract, "upstream-odd")
    assert {(frozenset({200}), False)} == {(c.expect.statuses, c.expect.server_error) for c in cases.values()}


def test_a_lost_acknowledgement_is_a_failure_or_made_good(contract: Contract) -> None:
    """Lost each time, it is a fault; lost once, a success is right as well. Either way, no second event."""
    statuses = {name: case.expect.statuses for name, case in by_name(contract, "lost-acknowledgement").items()}
    once = {name for name in statuses if name.endswith("-once")}
    assert {"ingest-fails-once", "ingest-resets-once"} == once
    assert {ANY | {200}} == {statuses[name] for name in once}
    assert {ANY} == {statuses[name] for name in statuses.keys() - once}


def test_an_odd_acknowledgement_is_near_to_the_declared_one(contract: Contract) -> None:
    """Each departs in one respect from what the callback declares; what it means is the target's choice."""
    cases = by_name(contract, "odd-acknowledgement")
    states = {name: case.given[0] for name, case in cases.items()}
    without = condition('the ingest acknowledges with 200 and the JSON {"ids":["one"]}')
    assert without == states["ingest-without-status"]
    assert {"ingest-ids-two", "ingest-ids-with-number", "ingest-nothing", "ingest-answers-204"} <= states.keys()
    assert {ANY | {200}} == {case.expect.statuses for case in cases.values()}


def test_redirects_and_first_failures_are_alone(contract: Contract) -> None:
    """Where it matters whose call it was, a case has the world to itself; a redirected delivery tells whose it is."""
    for family in ("upstream-wrong", "recovery", "lost-acknowledgement"):
        for case in plain_cases(contract, family):
            alone = "settings-redirects" in case.name or "once" in case.name or family == "recovery"
            assert alone == case.exclusive, case.label


def test_wrong_shapes_are_right_but_for_one_respect(contract: Contract) -> None:
    """Each is refused by the schema, and differs from a right one in one property, or in all."""
    schema = contract.answers["settings"]
    values = dict(invalid_variants(schema))
    assert schema.is_valid(SETTINGS)
    assert {"null", "list", "text", "empty-object", "without-appName", "environment-unknown"} <= values.keys()
    assert {**SETTINGS, "features": {"x": "false"}} == values["features-of-text"]
    assert {**SETTINGS, "locale": None} == values["locale-null"]
    assert not any(schema.is_valid(value) for value in values.values())
    for name, value in values.items():
        if isinstance(value, dict) and name != "empty-object":
            assert 1 == sum(value.get(key) != right for key, right in SETTINGS.items())


@given(st.sampled_from([{}, {"type": "object"}, {"type": "null"}, {"type": ["object", "array"]}, {"enum": [1, "ok"]}]))
def test_nothing_that_a_schema_admits_is_spoilt(raw: dict[str, Any]) -> None:
    """Whatever the schema, what is called wrong is refused by it."""
    schema = Schema(raw)
    assert [] == [value for _, value in (*invalid_variants(schema), *not_objects(schema)) if schema.is_valid(value)]


def test_the_state_holds_the_value(contract: Contract) -> None:
    """What an upstream answers can be read off the state, whatever braces are in it."""
    (state,) = by_name(contract, "upstream-wrong")["settings-answers-features-of-text"].given
    told = state.texts
    assert ("answers-json", "settings", "200") == (state.name, state.subject, told["status"])
    assert {**SETTINGS, "features": {"x": "false"}} == json.loads(told["json"])
    assert state == condition(f"the settings answers 200 with the JSON {told['json']}")


def test_an_upstream_that_may_answer_anything_is_never_wrong_in_shape(make_contract: Callable[..., Contract]) -> None:
    """What its schema admits is right: no shape of it, no error in it, and no depth."""
    spec = copy.deepcopy(ORDERS)
    spec["components"]["schemas"]["Anything"] = {}
    toml = (
        ORDERS_TOML
        + '[world.upstreams.free]\nmethod = "GET"\npath = "/free"\nanswer = "spec.json#/components/schemas/Anything"\n'
    )
    contract = make_contract(spec, toml)
    wrong = [name for name in by_name(contract, "upstream-wrong") if name.startswith("placeOrder.free-")]
    assert not [name for name in wrong if "null" in name or "list" in name or "with-an-error" in name]
    assert "placeOrder.free-deep" not in by_name(contract, "upstream-unclear")


def test_a_callback_that_says_nothing_of_its_answers(orders: Contract) -> None:
    """Without a declared acknowledgement, only its status can be odd, and no body of it is wrong in shape."""
    assert {"answers-201", "answers-202", "answers-204"} == about(
        {name.removeprefix("placeOrder."): case for name, case in by_name(orders, "odd-acknowledgement").items()},
        "ingest",
    )
    assert "placeOrder.ingest-answers-null" not in by_name(orders, "upstream-wrong")


def test_a_long_timeout_leaves_out_what_no_sentence_can_say(make_contract: Callable[..., Contract]) -> None:
    """With a timeout of a minute, an answer that is late enough can't be waited for."""
    toml = ORDERS_TOML.replace("[world.ingest]", "[world]\nupstream_timeout_ms = 60000\n[world.ingest]", 1)
    cases = by_name(make_contract(ORDERS, toml), "upstream-timeout")
    assert "placeOrder.ingest-hangs" in cases
    assert "placeOrder.ingest-dribbles" not in cases


def test_a_gigabyte_is_answered_where_the_timeout_is_known(contract: Contract) -> None:
    """At the speed of the world it takes longer than a request may: who has no timeout may read to its end."""
    settings = contract.settings
    unknown = replace(
        settings,
        world=replace(settings.world, states_timeout=False),
        target=replace(settings.target, env={}),
    )
    found = [by_name(one, "upstream-unclear") for one in (contract, replace(contract, settings=unknown))]
    assert [True, False] == ["settings-gigabyte" in cases for cases in found]


def test_an_operation_without_event_loses_no_acknowledgement(orders: Contract) -> None:
    """What sends no event is not told of one."""
    for family in ("lost-acknowledgement", "odd-acknowledgement"):
        assert {"placeOrder"} == {case.operation for case in plain_cases(orders, family)}


@pytest.mark.parametrize("family", ["disconnects", "time-budgets"])
def test_a_quick_run_leaves_out_what_takes_long(contract: Contract, family: str) -> None:
    """Families of long waits have no part in it; by name they are there in any profile."""
    assert not any(map(is_quick, plain_cases(contract, family)))
    asked = plan(contract, seed=1, profile="quick", only=Selector.parse(family))
    assert len(list(plain_cases(contract, family))) == len(list(asked)) > 0


@pytest.fixture(scope="module")
def quick(contract: Contract) -> list[Case]:
    """Return the cases of a quick run."""
    return list(plan(contract, seed=1, max_examples=0, profile="quick"))


@pytest.mark.parametrize("family", [*OF_EACH, "upstream-wrong", "upstream-timeout", "lost-acknowledgement"])
def test_a_quick_run_has_some_of_each_fault(
    contract: Contract, orders: Contract, quick: list[Case], family: str
) -> None:
    """In a contract of one operation and of several; the same cases, and by name all are there in any profile."""
    for one in (contract, orders):
        assert any(map(is_quick, plain_cases(one, family)))
    label = {case.label for case in plain_cases(contract, family) if is_quick(case)}
    assert label == {case.label for case in quick if case.family == family}
    asked = plan(contract, seed=1, profile="quick", only=Selector.parse(family))
    assert len(list(plain_cases(contract, family))) == len(list(asked))
