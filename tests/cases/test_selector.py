"""What `--only` takes."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from bothends.cases import Selector, plan
from bothends.errors import ContractError
from bothends.records import Case, Request

if TYPE_CHECKING:
    from bothends.contract import Contract


@pytest.mark.parametrize(
    "text", ["success", "success/usual", "fuzz-valid/0001", "invalid-body/a/b", "success/*.least\nfuzz-*"]
)
def test_a_selector_is_written_as_it_is_read(text: str) -> None:
    """A family, or a family and a case, or several; a case's name may hold a slash."""
    assert text == str(Selector.parse(text))


@pytest.mark.parametrize(
    ("text", "problem", "advice"),
    [
        ("signed-off", "there is no family 'signed-off'", "Did you mean 'signed-out'?"),
        ("", "there is no family ''", ""),
        ("/usual", "there is no family ''", ""),
        ("success/", "'success/' names no case", ""),
    ],
)
def test_an_unknown_family_is_the_callers_mistake(text: str, problem: str, advice: str) -> None:
    """The error says what there is, and what may have been meant."""
    with pytest.raises(ContractError) as caught:
        Selector.parse(text)
    assert f"--only {text}: {problem}." == caught.value.problem
    assert "success, read-back, signed-in, signed-out, malformed-body" in caught.value.expected
    assert advice == caught.value.advice


def test_a_selector_matches_its_family_or_its_case() -> None:
    """A family matches all of its cases, a case only itself."""
    case = Case("op", "success", "usual", Request("POST", "/"))
    assert [True, True, False, False] == [
        Selector.parse(text).matches(case) for text in ("success", "success/usual", "success/other", "coverage")
    ]


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("success/least", ["addItem.least", "placeOrder.least"]),
        ("success/placeOrder.*", ["placeOrder.most", "placeOrder.least"]),
        ("success/placeOrder.least", ["placeOrder.least"]),
        ("success/m[oa]st\nsuccess/addItem.least", ["addItem.least", "placeOrder.most"]),
        ("signed-*\nsuccess/*.mo*", ["signed in", "placeOrder.most"]),
    ],
)
def test_cases_are_asked_for_by_patterns_with_or_without_their_operation(text: str, names: list[str]) -> None:
    """Each of several texts asks for what it matches, in the order of the cases."""
    request = Request("POST", "/")
    cases = [
        Case("op", "signed-in", "signed in", request),
        *(Case(name.partition(".")[0], "success", name, request) for name in ("addItem.least", "placeOrder.most")),
        Case("placeOrder", "success", "placeOrder.least", request),
    ]
    only = Selector.parse(text)
    assert sorted(names) == sorted(case.name for case in cases if only.matches(case))


def test_several_cases_are_played_and_no_more(contract: Contract) -> None:
    """What stands in several families is there once, and what is drawn ends with the last that is asked for."""
    only = Selector.parse("success/usual\nfuzz-valid/000[12]\nsuccess/us*\nfuzz-invalid/0001")
    made = plan(contract, seed=1, max_examples=8, only=only)
    labels = ["success/usual", "fuzz-valid/0001", "fuzz-valid/0002", "fuzz-invalid/0001"]
    assert labels == [case.label for case in made]


def test_each_of_several_must_be_there(contract: Contract) -> None:
    """The first that matches nothing is told, though others match."""
    for text in ("success/usual\nfuzz-valid/9999", "success\nsuccess/usuel"):
        with pytest.raises(ContractError) as caught:
            list(plan(contract, seed=1, max_examples=8, only=Selector.parse(text)))
        assert f"--only {text.split()[1]}: there is no such case." == caught.value.problem


@pytest.mark.parametrize("text", ["success/usuel", "fuzz-valid/9999", "coverage/nothing"])
def test_an_unknown_case_is_the_callers_mistake(contract: Contract, text: str) -> None:
    """A case that is not there is told with the nearest one that is, or those that there are."""
    with pytest.raises(ContractError) as caught:
        list(plan(contract, seed=1, max_examples=8, only=Selector.parse(text)))
    assert f"--only {text}: there is no such case." == caught.value.problem
    assert caught.value.expected.startswith("one of ")
    if text == "success/usuel":
        assert "Did you mean 'usual'?" == caught.value.advice


def test_an_unknown_plain_case_is_told_before_anything_runs(contract: Contract) -> None:
    """For a plain family the plan itself fails, not the first case that is taken of it."""
    with pytest.raises(ContractError, match="there is no such case"):
        plan(contract, seed=1, only=Selector.parse("signed-out/no-one"))


def test_a_family_that_the_contract_has_no_case_for_is_told(orders: Contract) -> None:
    """A contract without sessions has no signed-out case to run."""
    with pytest.raises(ContractError, match="this contract has no case of the family signed-out"):
        plan(orders, seed=1, only=Selector.parse("signed-out"))
