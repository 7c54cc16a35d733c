"""`examples/orders`: the right target is proven in each language, and each of its planted bugs is found."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from bothends.cases.families.idempotency import idempotency_cases
from bothends.cases.families.sessions import signed_in_by
from bothends.contract import load
from bothends.laws import all_laws
from tests.bank.bank import check_syntax, edited, expects
from tests.bank.series import name
from tests.in_process import bothends
from tests.orders.bank import LANGUAGES, all_bugs, settings_of
from tests.orders.measure import SERIES

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.bank.bank import Mutant

LEAST = 60
IN_CI = {"python/signs-other-bytes", "node/note-cut"}


def verified(language: str, folder: Path, seed: int, *more: str) -> dict[str, Any]:
    """Return the report of a run on the right target."""
    report = folder / f"{language}-{seed}.json"
    words = ["verify", "--config", str(settings_of(language)), "--profile", "quick", "--seed", str(seed), *more]
    done = bothends(folder, *words, "--json", str(report))
    assert done.returncode in {0, 1, 4}, done.stdout + done.stderr
    found: dict[str, Any] = json.loads(report.read_text(encoding="utf-8"))
    return found


@pytest.mark.parametrize("only", ["success", "idempotency"])
# Whatever the language of the target, bothends does the same: its lines are measured with one.
@pytest.mark.parametrize(
    "language", [pytest.param(one, marks=() if one == LANGUAGES[0] else pytest.mark.unmeasured) for one in LANGUAGES]
)
def test_a_right_target_breaks_no_law(language: str, only: str, tmp_path: Path) -> None:
    """Some cases of it; on a busy machine, some may be left unproven."""
    report = verified(language, tmp_path, 1, "--only", only)
    assert [] == [finding for finding in report["findings"] if finding["severity"] == "error"]
    assert sum(law["judged"] for law in report["laws"]) > 0


@pytest.mark.each_seed
@pytest.mark.parametrize("language", LANGUAGES)
def test_a_right_target_is_proven_with_each_seed(language: str, seed: int, tmp_path: Path) -> None:
    """Whatever the generated cases."""
    report = verified(language, tmp_path, seed)
    assert ("proven", []) == (report["verdict"], report["not_proven"]), report["findings"]


def rows() -> Iterator[Any]:
    """Yield the bugs that are to be found; CI tries some."""
    for bug in all_bugs():
        marks = () if name(bug) in IN_CI else pytest.mark.long
        if not bug.why_not:
            yield pytest.param(bug, id=name(bug), marks=marks)


@pytest.mark.parametrize("bug", list(rows()))
def test_a_bug_is_found(bug: Mutant) -> None:
    """By a law that its row names."""
    findings = SERIES.by_bothends(bug, "quick")["findings"]
    broken = {finding["law"] for finding in findings if finding["severity"] == "error"}
    assert any(expects(bug.laws, law) for law in broken), broken


def test_keys_that_are_almost_the_same_are_of_one_caller() -> None:
    """Each token has a caller of its own; the partners' keys have two callers who take turns."""
    contract = load(settings_of("python"))
    found = {
        case.name: case.given
        for operation in contract.operations
        for case in idempotency_cases(contract, operation)
        if case.again[0].key
    }
    names = ("other-end", "other-end-of-a-long-one", "other-case")
    assert dict.fromkeys(names, (signed_in_by(("partner",)),)) == found


def test_there_are_enough_bugs_in_two_languages() -> None:
    """Each has a name of its own in its language, and most of all can be found."""
    names = [name(bug) for bug in all_bugs()]
    assert len(names) == len(set(names))
    assert all(sum(bug.target == language for bug in all_bugs()) >= LEAST / 2 for language in LANGUAGES)
    assert sum(not bug.why_not for bug in all_bugs()) >= max(LEAST, 0.95 * len(names))
    assert len(names) >= LEAST
    assert set(names) >= IN_CI


def test_each_bug_is_a_program_that_differs_from_the_right_one() -> None:
    """What it replaces stands once in the example, and what comes of it can be parsed."""
    check_syntax({f"{name(bug)}/{file}": text for bug in all_bugs() for file, text in edited(bug).items()})


def test_each_bug_names_laws_that_there_are() -> None:
    """A law that is renamed is renamed here as well."""
    known = {law.name for law in all_laws()}
    assert {} == {name(bug): law for bug in all_bugs() for law in bug.laws if law not in known}
