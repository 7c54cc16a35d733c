"""A try of bothends on a mutant: a run as the command line makes it, which ends when its verdict is certain."""

from __future__ import annotations

import asyncio
import json
import subprocess
import sys
from typing import TYPE_CHECKING, Any

import pytest

from bothends.cli.main import main
from bothends.engine import Options
from tests.bank.attempt import Report, attempt
from tests.bank.bank import ROOT, SEED, plant
from tests.bank.results import controls, whole_bank
from tests.bank.trial import TrialError, by_bothends
from tests.waiting import LONGEST

if TYPE_CHECKING:
    from pathlib import Path

MUTANTS = {f"{mutant.target}/{mutant.name}": mutant for mutant in (*controls(), *whole_bank())}
FEW = 500
"""Exchanges: a whole run makes several times as many."""


def tried(settings: Path, *words: str) -> dict[str, Any]:
    """Make a try in a program of its own, and return its report."""
    report = settings.parent / "attempt.json"
    command = [sys.executable, "-m", "tests.bank.attempt", str(settings), str(report), "quick", *words]
    subprocess.run(command, cwd=ROOT, check=True)
    document: dict[str, Any] = json.loads(report.read_bytes())
    return document


@pytest.mark.long
@pytest.mark.parametrize("name", ["hardened/as-it-is", "hardened/limit-off-by-one"])
def test_a_try_is_a_run_like_any_other(name: str, tmp_path: Path) -> None:
    """Without a law that ends it, it makes the exchanges of `bothends verify`, and finds and says the same."""
    settings = plant(MUTANTS[name], tmp_path)
    report = tmp_path / "report.json"
    words = ["--config", str(settings), "--seed", str(SEED), "--profile", "quick", "--json", str(report)]
    code = main(["verify", *words])
    told = json.loads(report.read_bytes())
    seen = tried(settings, "60")
    assert (code, told["exchanges"]) == (seen["code"], seen["exchanges"])
    assert [(f["law"], f["severity"]) for f in told["findings"]] == [
        (f["law"], f["severity"]) for f in seen["findings"]
    ]


def test_a_try_ends_when_a_named_law_has_found_the_bug(tmp_path: Path) -> None:
    """An error by that law is the last of what is found, and few exchanges were made by then."""
    mutant = MUTANTS["hardened/settings-at-top"]
    seen = tried(plant(mutant, tmp_path), "60", *mutant.laws)
    assert 1 == seen["code"]
    named = [
        finding for finding in seen["findings"] if finding["severity"] == "error" and finding["law"] in mutant.laws
    ]
    assert 1 == len(named)
    assert seen["exchanges"] < FEW


def test_a_try_goes_on_after_an_error_that_does_not_count(tmp_path: Path) -> None:
    """Its sentence begins as it was said; the error is in the report all the same."""
    mutant = MUTANTS["hardened/settings-at-top"]
    options = Options(config=plant(mutant, tmp_path), seed=SEED, profile="quick", only="success", examine=False)
    first = Report(tmp_path / "first.json", mutant.laws)
    asyncio.run(attempt(options, first, LONGEST))
    sentence = first.found[0].breach.summary
    seen = Report(tmp_path / "seen.json", mutant.laws, sentence[:30])
    asyncio.run(attempt(options, seen, LONGEST))
    assert sentence in {finding.breach.summary for finding in seen.found}
    assert (True, False) == (first.enough, seen.enough)
    # To the end of the run, which has that error as well.
    assert (1, True) == (seen.code, first.exchanges < seen.exchanges)


def test_a_try_that_has_no_time_comes_to_no_end(tmp_path: Path) -> None:
    """It is interrupted, and that is no verdict."""
    seen = tried(plant(MUTANTS["hardened/as-it-is"], tmp_path), "1")
    assert (None, []) == (seen["code"], seen["findings"])


def test_a_try_that_fails_says_why() -> None:
    """A profile that there is not is no verdict on the mutant, but a failure."""
    with pytest.raises(TrialError, match="no such profile: other"):
        by_bothends(MUTANTS["hardened/as-it-is"], "other")
