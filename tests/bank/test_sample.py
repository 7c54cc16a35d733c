"""A sample of the bank: the quick profile finds each, and a law names what it is. `make test` tries a few of it.

The whole bank takes hours: `make kill`.
"""

from __future__ import annotations

import shutil

import pytest

from tests.bank.bank import expects
from tests.bank.results import whole_bank
from tests.bank.trial import by_bothends

SAMPLE = (
    "hardened/ingest-failure-swallowed",
    "node/event-sent-in-background",
    "hardened/settings-at-top",
    "node/name-cut",
    "hardened/nan-taken",
    "node/media-type-by-prefix",
    "hardened/get-executes",
    "hardened/limit-off-by-one",
    "node/expiry-not-looked-at",
    "hardened/chunks-in-lexical-order",
    "hardened/settings-kept-for-ever",
    "hardened/id-anew-at-retry",
    "node/user-in-a-module-variable",
    "hardened/ends-with-an-error-code",
    "node/url-of-upstream-in-the-detail",
)
SHORT = {
    "node/event-sent-in-background",
    "node/name-cut",
    "hardened/limit-off-by-one",
}
"""Two more of them are met elsewhere: `test_attempt.py` tries one, and `tests/cli/test_findings.py` another."""
BANK = {f"{mutant.target}/{mutant.name}": mutant for mutant in whole_bank()}


def test_the_sample_is_spread() -> None:
    """It has one mutant of each area, of both targets."""
    sample = [BANK[name] for name in SAMPLE]
    assert {mutant.area for mutant in BANK.values()} == {mutant.area for mutant in sample}
    assert {mutant.target for mutant in BANK.values()} == {mutant.target for mutant in sample}


@pytest.mark.parametrize(
    "name", [pytest.param(name, marks=() if name in SHORT else pytest.mark.long) for name in SAMPLE]
)
def test_a_mutant_is_caught(name: str) -> None:
    """An error is found, by a law that was named beforehand."""
    mutant = BANK[name]
    if mutant.target == "node" and shutil.which("node") is None:
        pytest.skip("there is no Node.js here")
    outcome = by_bothends(mutant, "quick")
    assert (True, 1) == (outcome.caught, outcome.code), outcome.told
    assert any(expects(mutant.laws, law) for law in outcome.by), outcome.by
