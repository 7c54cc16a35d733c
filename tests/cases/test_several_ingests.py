"""Faults of each ingest that an operation sends to, whatever it is called."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from bothends.cases import plain_cases
from bothends.conditions import sentence
from bothends.contract import load
from bothends.world import read
from tests.verdicts.command import write
from tests.verdicts.rows import trials

if TYPE_CHECKING:
    from pathlib import Path

    from bothends.contract import Contract

FAULTS = ("upstream-unreachable", "upstream-timeout", "upstream-wrong", "upstream-unclear", "recovery")
STORED = ("lost-acknowledgement", "odd-acknowledgement")


@pytest.fixture
def two(tmp_path: Path) -> Contract:
    """A contract whose two events go to two ingests."""
    trial = next(each for each in trials("callbacks") if each.row == "callbacks/acknowledged-two")
    write(tmp_path, trial.contract, trial.settings, trial.description)
    return load(tmp_path / "bothends.toml")


@pytest.mark.parametrize("family", [*FAULTS, *STORED])
def test_each_ingest_has_the_faults_of_the_first(two: Contract, family: str) -> None:
    """What is tried of the one is tried of the other: each may be what a 2xx waits for."""
    cases = list(plain_cases(two, family))
    by_ingest = {
        name: {case.name.removeprefix(f"{name}-") for case in cases if case.given[0].subject == name}
        for name in ("ingest", "ledger")
    }
    assert by_ingest["ingest"] == by_ingest["ledger"] != set()


def test_crowds_and_time_budgets_name_the_ingest(two: Contract) -> None:
    """The first has the plain names, so that those of a contract with one stay what they were."""
    names = {case.name for family in ("crowd", "time-budgets") for case in plain_cases(two, family)}
    assert {
        "lost-acknowledgements",
        "lost-acknowledgements-of-the-ledger",
        "all-wait-for-the-ingest",
        "all-wait-for-the-ledger",
        "acknowledged-too-late",
        "acknowledged-too-late-by-the-ledger",
    } <= names


def test_a_state_of_another_ingest_is_a_sentence_too(two: Contract) -> None:
    """It names that one, and is read as its own."""
    (stored,) = (case for case in plain_cases(two, "upstream-timeout") if case.name == "ledger-stores-and-hangs")
    text = sentence(stored.given[0])
    assert "the ledger stores the event and hangs" == text
    assert stored.given == read([text], ("ingest", "ledger"), ("ingest", "ledger"))
