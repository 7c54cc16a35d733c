"""Callers who are known and lack permission: the declared answer, and no event."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from bothends.cases import plain_cases
from bothends.contract import load
from bothends.engine.evidence.sign_in import sign_in_not_proven
from tests.setup.project import CALLERS, GIVEN, Shop

if TYPE_CHECKING:
    from pathlib import Path

EVE = '  {headers = {Authorization = "Bearer {setup.eve}"}, identity = {name = "eve"}, forbidden = %s},\n]'
ONLY = ("--seed", "1", "--only", "forbidden")


def shop(folder: Path, bug: str = "", forbidden: str = "true") -> Shop:
    """Return a contract with a caller who may only read."""
    callers = CALLERS.replace("]\n", EVE % forbidden) + "\n"
    return Shop(folder, callers=callers, env={"BUG": bug}, given=dict(GIVEN))


def test_who_lacks_permission_gets_the_declared_answer(tmp_path: Path) -> None:
    """A right target is proven, and the answer counts as seen."""
    done = shop(tmp_path).run(*ONLY)
    assert (0, "") == (done.code, done.err), done.out
    assert 1 == next(answer["seen"] for answer in done.report["answers"] if answer["status"] == "403")


@pytest.mark.parametrize(
    ("bug", "laws"),
    [
        ("forbidden-yet-sent", {"no-event-without-success"}),
        ("forbidden-is-served", {"family-status", "no-event-without-success"}),
        ("forbidden-is-401", {"family-status"}),
    ],
)
def test_who_lacks_permission_is_served(tmp_path: Path, bug: str, laws: set[str]) -> None:
    """A 2xx, another refusal, and an event beside the refusal are each an error."""
    done = shop(tmp_path, bug).run(*ONLY)
    assert 1 == done.code, done.out
    assert done.laws, done.out
    assert done.laws <= laws, done.out


@pytest.mark.long
def test_an_answer_for_callers_that_nobody_plays(tmp_path: Path) -> None:
    """The run says which line would give it a case."""
    done = Shop(tmp_path, given=dict(GIVEN)).run("--seed", "1", "--profile", "quick")
    missing = {one["what"]: one for one in done.report["not_proven"]}
    assert "forbidden = true, on a caller of [world.sessions.<scheme>]" == missing["answer 403"]["add"], done.out


def test_callers_without_an_answer(tmp_path: Path) -> None:
    """The run says which line of the spec would say what they get; nothing is sent by them."""
    shopping = shop(tmp_path)
    shopping.given.pop("403")
    shopping.write()
    contract = load(tmp_path / "bothends.toml")
    [missing] = sign_in_not_proven(contract)
    assert ("permission: caller", "x-given: forbidden") == (missing.what, missing.add)
    assert [] == list(plain_cases(contract, "forbidden"))


def test_an_operation_that_there_is_not(tmp_path: Path) -> None:
    """The settings name it, and the spec does not."""
    done = shop(tmp_path, forbidden='["ordr"]').run(*ONLY)
    assert 2 == done.code
    assert "A caller may not use the operation 'ordr', which the spec does not declare." in done.err
    assert "Did you mean 'order'?" in done.err
