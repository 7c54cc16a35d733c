"""Each case alone says what it says in the full run: one of each family. `make alone` takes all, on each target."""

from __future__ import annotations

import pytest

from bothends.cases import START_AND_STOP
from bothends.cases.families.registry import plain_cases, plain_families
from bothends.contract import load
from tests.correct_targets.alone import alone, chosen
from tests.correct_targets.run import ROOT, STACKS
from tests.correct_targets.verdicts import HELD, RUN

REFERENCE = STACKS[0]
SEED = 20
OTHERS = (f"{START_AND_STOP}/sigterm-idle", f"{START_AND_STOP}/no-event-key", "pact/worker-route")


@pytest.mark.long
def test_one_case_of_each_family_holds_alone_as_in_the_full_run() -> None:
    """Of the reference, the full run says `held` of each case; so does the case alone, by its name."""
    contract = load(REFERENCE.settings_in(ROOT))
    every = ([case.label for case in plain_cases(contract, family)] for family in plain_families())
    labels = [*(labels[-1] for labels in every if labels), *OTHERS]
    assert dict.fromkeys(labels, HELD) == alone(REFERENCE, SEED, labels)


def test_a_name_that_is_none_is_told() -> None:
    """A case that is not there is never taken for one that holds."""
    said = alone(REFERENCE, SEED, ["signed-out/no-such-case"])["signed-out/no-such-case"]
    assert "no run: --only signed-out/no-such-case: there is no such case." == said.splitlines()[0]


def test_generated_cases_are_a_sample() -> None:
    """All that have names of their own are tried, and as many of the generated ones as are asked for."""
    made = [f"fuzz-valid/{number}" for number in range(50)]
    labels = chosen(["success/usual", RUN, *made, "methods/get"], 3, "*", SEED)
    assert {"success/usual", "methods/get"} == set(labels) - set(made)
    assert 5 == len(labels)
    assert ["methods/get"] == chosen(["success/usual", "methods/get"], 3, "m*", SEED)
