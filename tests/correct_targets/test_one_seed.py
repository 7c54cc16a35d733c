"""No false alarm on correct targets in different stacks: one seed of each. `make alarms` takes twenty."""

from __future__ import annotations

import shutil

import pytest

from tests.correct_targets.run import TARGETS, Target, unacceptable, verify

SEED = 20


# Those of `make loaded`, but the reference: `make verify` proves it, and the page of README.md shows that.
SHORT = {"hardened", "node", "starlette", "nextjs"}


@pytest.mark.parametrize(
    "target",
    [
        pytest.param(target, id=target.name, marks=() if target.name in SHORT else pytest.mark.long)
        for target in TARGETS
    ],
)
def test_a_correct_target_raises_no_alarm(target: Target) -> None:
    """A target that keeps the contract is proven; the reference without a warning, too."""
    if shutil.which(target.needs) is None:
        pytest.skip(f"{target.needs} is not installed")
    run = verify(target, SEED, "quick")
    assert () == unacceptable(target, run)
