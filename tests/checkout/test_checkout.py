"""`examples/checkout`: the right service breaks no law in either language, and its bugs are what they say."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from bothends.laws import all_laws
from tests.bank.bank import check_syntax, edited
from tests.checkout.bank import LANGUAGES, all_bugs, name, settings_of
from tests.checkout.probes import PROBES
from tests.in_process import bothends

if TYPE_CHECKING:
    from pathlib import Path

LEAST = 100


OF_FLOWS = ("success", "not-found", "conflict", "wrong-state", "transitions", "precondition-failed", "idempotency")
"""Families whose requests each need an object of their own, in a state."""


def verified(language: str, folder: Path, seed: int, families: tuple[str, ...] = ()) -> dict[str, Any]:
    """Return the report of a run on the right service; without families, all cases are played."""
    report = folder / "report.json"
    words = ["verify", "--config", str(settings_of(language)), "--profile", "quick", "--seed", str(seed)]
    only = [word for family in families for word in ("--only", family)]
    done = bothends(folder, *words, *only, "--json", str(report))
    assert done.returncode in {0, 1, 4}, done.stdout + done.stderr
    found: dict[str, Any] = json.loads(report.read_text(encoding="utf-8"))
    return found


# Whatever the language of the target, bothends does the same: its lines are measured with one.
@pytest.mark.parametrize(
    "language", [pytest.param(one, marks=() if one == LANGUAGES[0] else pytest.mark.unmeasured) for one in LANGUAGES]
)
def test_the_flows_of_a_right_service_are_proven(language: str, tmp_path: Path) -> None:
    """Each request has the object that it needs, in the state that it needs, and no law is broken."""
    report = verified(language, tmp_path, 1, OF_FLOWS)
    assert ("proven", [], []) == (report["verdict"], report["not_proven"], report["findings"])
    refused = {one["operation"]: one["cases"] for one in report["answers"] if str(one["status"]) == "409"}
    moved = {"createCheckout", "setDestination", "completeCheckout", "cancelCheckout"}
    assert moved == {operation for operation, cases in refused.items() if cases >= 1}


@pytest.mark.each_seed
@pytest.mark.parametrize("language", LANGUAGES)
def test_a_right_service_is_proven_with_each_seed(language: str, seed: int, tmp_path: Path) -> None:
    """Whatever the generated cases."""
    report = verified(language, tmp_path, seed)
    assert ("proven", []) == (report["verdict"], report["not_proven"]), report["findings"]


def test_there_are_enough_bugs_in_two_languages() -> None:
    """Each has a name of its own in its language, and most of all can be found."""
    names = [name(bug) for bug in all_bugs()]
    assert len(names) == len(set(names))
    assert all(sum(bug.mutant.target == language for bug in all_bugs()) >= LEAST for language in LANGUAGES)
    assert sum(not bug.mutant.why_not for bug in all_bugs()) >= 0.95 * len(names)


def test_each_bug_is_a_program_that_differs_from_the_right_one() -> None:
    """What it replaces stands once in the example, and what comes of it can be parsed."""
    check_syntax({f"{name(bug)}/{file}": text for bug in all_bugs() for file, text in edited(bug.mutant).items()})


def test_each_bug_is_shown_by_a_probe() -> None:
    """What it sees differs from what is right; each probe shows a bug, or guards what is right."""
    assert {} == {name(bug): bug.probe for bug in all_bugs() if bug.probe not in PROBES}
    assert [] == [name(bug) for bug in all_bugs() if bug.shows == PROBES[bug.probe].right]


def test_each_bug_names_laws_that_there_are() -> None:
    """A law that is renamed is renamed here as well."""
    known = {law.name for law in all_laws()}
    assert {} == {name(bug): law for bug in all_bugs() for law in bug.mutant.laws if law not in known}
