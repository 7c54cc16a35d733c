"""The workings of `make products`: what is kept, what is made anew, and what its page says."""

from __future__ import annotations

import re
import tomllib
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from tests.products.outcomes import Found, Outcome, Outcomes, Scripts, Shown
from tests.products.page import FILE, MUST_BE_FOUND, failures, finding_of, first_sentence, page
from tests.products.run import scripts_to_do, to_do
from tests.products.subjects import EXAMPLES, SUBJECTS
from tests.products.trying import BY_HAND, LONGEST_SCRIPT, product_of, script_key, scripts

if TYPE_CHECKING:
    from pathlib import Path

ONE = SUBJECTS[0]
FOUND = Found(
    id="0123abcd",
    law="family-status",
    operation="POST /items",
    cause="refused, but not with 400",
    status="500",
    case="invalid-body/create.just-zero",
    summary="The answer is 500, not 400.",
    severity="error",
    reason="by_hand/mlflow/scalars.py: 500.",
)
RUN = Outcome(
    subject=ONE.name,
    seed=1,
    loops=0,
    key="of this version",
    code=1,
    exchanges=100,
    seconds=60.0,
    load=0.5,
    findings=(FOUND,),
    not_proven=(),
    failure="",
    at="2026-01-01T12:00Z",
    tool="bothends 0.1.0 at 0123456",
)


def kept(folder: Path, *outcomes: Outcome) -> Outcomes:
    """Return outcomes that are kept in a file."""
    found = Outcomes(folder / "outcomes.jsonl")
    for one in outcomes:
        found.add(one)
    return found


def test_the_page_is_what_the_outcomes_come_to() -> None:
    """The committed page is made from what is committed: `make products ARGS="--seeds 0"` writes it."""
    assert page(Outcomes(), Scripts()) == FILE.read_text("utf-8")


def test_outcomes_are_read_as_they_were_written(tmp_path: Path) -> None:
    """Each run has a line; of two of the same run, the later counts."""
    later = replace(RUN, code=4, findings=(), not_proven=("a", "b"))
    kept(tmp_path, RUN, replace(RUN, seed=2), later)
    assert [later, replace(RUN, seed=2)] == Outcomes(tmp_path / "outcomes.jsonl").of(ONE.name)


def test_what_is_known_is_not_made_again(tmp_path: Path) -> None:
    """A series that was broken off goes on; a run whose product or bothends has changed is made anew."""
    known = kept(tmp_path, replace(RUN, key=ONE.key()), replace(RUN, seed=2, key="of another version"))
    assert [(2, 0), (3, 0), (1, 2)] == [(seed, loops) for _, seed, loops in to_do(known, ONE.name, 3, 2, "changed")]
    assert [(3, 0), (1, 2)] == [(seed, loops) for _, seed, loops in to_do(known, ONE.name, 3, 2, "none")]
    assert [] == to_do(known, ONE.name, 0, 2, "changed")


def test_a_script_is_run_again_when_it_has_changed(tmp_path: Path) -> None:
    """What a script showed counts as long as the script and its product's settings are the same."""
    shown = Scripts(tmp_path / "by_hand.jsonl")
    first, second, *_ = mine = [script for script in scripts() if product_of(script) == ONE.folder.name]
    shown.add(Shown(first, script_key(first), shown=True, said="", at="2026-01-01T12:00Z"))
    shown.add(Shown(second, "of another version", shown=True, said="", at="2026-01-01T12:00Z"))
    assert mine[1:] == scripts_to_do(Scripts(tmp_path / "by_hand.jsonl"), ONE.name, "changed")
    assert mine[2:] == scripts_to_do(shown, ONE.name, "none")


def test_what_is_new_or_slow_or_not_shown_is_a_failure(tmp_path: Path) -> None:
    """An error that nobody has accepted, a run that takes too long and a script that shows nothing are told."""
    shown = Scripts(tmp_path / "by_hand.jsonl")
    known = kept(tmp_path, RUN)
    missed = {f"{script}: no run has found it" for script in MUST_BE_FOUND if script != "mlflow/scalars.py"}
    assert missed == set(failures(known, shown))
    known.add(replace(RUN, seconds=601.0, findings=(replace(FOUND, reason=None),)))
    shown.add(Shown("mlflow/scalars.py", "", shown=False, said="AssertionError: 400", at="2026-01-01T12:00Z"))
    told = set(failures(known, shown)) - missed
    assert {
        "mlflow-noauth, seed 1: it took 601 s, more than 600 s (load 0.5)",
        "mlflow-noauth, seed 1: new: family-status, POST /items: refused, but not with 400 (0123abcd)",
        "mlflow/scalars.py: the product does not do what it says: ['AssertionError: 400']",
        "mlflow/scalars.py: no run has found it",
    } == told


def test_a_finding_belongs_to_the_script_that_its_reason_names() -> None:
    """The table of the page says which run found what a script shows."""
    assert [FOUND] == finding_of("mlflow/scalars.py", RUN)
    assert [] == finding_of("mlflow/redirects.py", RUN)


@pytest.mark.parametrize("script", scripts())
def test_each_script_is_short_and_says_what_it_shows(script: str) -> None:
    """At most 40 lines, and a sentence for the page; nothing of bothends is used."""
    text = (BY_HAND / script).read_text("utf-8")
    assert len(text.splitlines()) <= LONGEST_SCRIPT
    assert first_sentence(BY_HAND / script).endswith(".")
    assert "bothends" not in text.replace("bothends.toml", "")


def test_each_bug_that_must_be_found_has_a_script() -> None:
    """The list names scripts that are there."""
    assert set() == set(MUST_BE_FOUND) - set(scripts())


def test_each_accepted_finding_names_the_script_that_shows_it() -> None:
    """Nothing is accepted without a script that shows it by hand."""
    for file in EXAMPLES.glob("*/*known-findings.toml"):
        for entry in tomllib.loads(file.read_text("utf-8")).get("known", []):
            named = re.match(r"by_hand/[\w/]+\.py(, by_hand/[\w/]+\.py)*: ", entry["reason"])
            assert named is not None, entry
            assert {*re.findall(r"by_hand/([\w/]+\.py)", entry["reason"])} <= {*scripts()}, entry


@pytest.mark.parametrize("lock", ["mlflow/requirements.lock", "directus/node.lock", "label-studio/requirements.lock"])
def test_a_lock_has_a_hash_for_each_package_and_no_address(lock: str) -> None:
    """What is installed is what was tried, from whatever registry."""
    text = (EXAMPLES / lock).read_text("utf-8")
    packages = [line for line in text.splitlines() if "==" in line]
    assert packages
    assert all(line.endswith("\\") for line in packages)
    assert "://" not in text
