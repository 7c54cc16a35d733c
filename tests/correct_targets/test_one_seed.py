"""No false alarm on correct targets in different stacks: one seed of each. `make alarms` takes twenty."""

from __future__ import annotations

import shutil
from fnmatch import fnmatchcase

import pytest

import bothends.world  # noqa: F401 -- registers what families are of
from bothends.cases import all_families
from tests.correct_targets.run import TARGETS, Target, unacceptable, verify
from tests.warm import start as warm

SEED = 20
SHARES = {"hardened": "[a-f]*", "starlette": "[g-r]*", "node": "s*", "nextjs": "[t-z]*"}
"""Families that a stack is verified with here, as `--only` takes them: each family once, and each stack.

`make verify` proves the reference with all of them, and the page of README.md shows that.
"""
BY_NAME = {target.name: target for target in TARGETS}


def acceptable(target: Target, *more: str) -> None:
    """Check that a run says nothing against a target; of the reference and the hardened one, not even a warning.

    Many tests run at once: that the machine was too busy to tell what is late says nothing against a target.
    """
    if shutil.which(target.needs) is None:
        pytest.skip(f"{target.needs} is not installed")
    alarms = unacceptable(target, verify(target, SEED, "quick", *more, program=warm.command()))
    assert [] == [one for one in alarms if (one.kind, one.told.partition(":")[0]) != ("not proven", "time")]


@pytest.mark.parametrize("name", SHARES)
def test_a_correct_target_raises_no_alarm_in_its_share(name: str) -> None:
    """A target that keeps the contract is proven."""
    acceptable(BY_NAME[name], "--only", SHARES[name])


def test_each_family_is_in_one_share() -> None:
    """Whatever a family is called."""
    shared = {each: [name for name, only in SHARES.items() if fnmatchcase(each, only)] for each in all_families()}
    assert [] == [family for family, names in shared.items() if len(names) != 1]


@pytest.mark.long
@pytest.mark.parametrize("target", TARGETS, ids=[target.name for target in TARGETS])
def test_a_correct_target_raises_no_alarm(target: Target) -> None:
    """The same in a whole run of each."""
    acceptable(target)
