"""The cases of a run, in order."""

from __future__ import annotations

import json
import subprocess
import sys
from collections import Counter
from itertools import groupby
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from bothends.cases import GENERATED, MAX_EXAMPLES, Selector, plan
from bothends.cases.families.registry import plain_families as registered
from bothends.cases.fuzzing.cache import to_line
from bothends.contract.terms import OBJECT_FAMILIES

if TYPE_CHECKING:
    from bothends.cases import Profile
    from bothends.contract import Contract
    from bothends.records import Case

ROOT = Path(__file__).parents[2]
SCRIPT = """
import hashlib, sys
from pathlib import Path
import bothends.world
from bothends.cases import Selector, plan
from bothends.cases.fuzzing.cache import to_line
from bothends.contract import load
only = Selector.parse(sys.argv[2]) if sys.argv[2] else None
state = hashlib.sha256()
count = 0
for case in plan(load(Path("bothends.toml")), seed=int(sys.argv[1]), max_examples=20, only=only):
    state.update(to_line(case))
    count += 1
print(count, state.hexdigest(), "schemathesis" in sys.modules, "hypothesis" in sys.modules)
"""


def run(seed: int, only: str = "", hash_seed: str = "0") -> list[str]:
    """Return what another process says of a plan: count, digest, and whether it imported the generators."""
    command = [sys.executable, "-c", SCRIPT, str(seed), only]
    ran = subprocess.run(
        command, cwd=ROOT, env={"PYTHONHASHSEED": hash_seed}, check=True, capture_output=True, text=True
    )
    return ran.stdout.split()


@pytest.fixture(scope="module")
def cases(contract: Contract, made_cases: Path) -> list[Case]:
    """Return a small plan's cases."""
    return list(plan(contract, seed=1, max_examples=20, cache_folder=made_cases))


@pytest.fixture(scope="module")
def quick(contract: Contract, made_cases: Path) -> list[Case]:
    """Return a quick plan's cases."""
    return list(plan(contract, seed=1, profile="quick", cache_folder=made_cases))


def test_the_order_is_success_refusals_faults_generated(cases: list[Case]) -> None:
    """What must succeed comes first: a run that fails at once fails on the simplest case."""
    families = list(dict.fromkeys(case.family for case in cases))
    without = {
        "key-sets",
        "read-back",
        "redelivery",
        "forbidden",
        "idempotency",
        *OBJECT_FAMILIES,
        "transitions",
        "registrations",
        "history",
        "crash",
    }  # not in this contract
    assert {*registered(), *GENERATED} - without == set(families)
    assert ["success", *GENERATED] == [families[0], *families[-len(GENERATED) :]]
    assert "success/usual" == cases[0].label


def test_equal_states_of_the_upstreams_follow_each_other(contract: Contract) -> None:
    """Plain cases that share a state of the upstreams can run as one batch."""
    plain, *_ = plan(contract, seed=1, max_examples=0).parts()
    states = [
        tuple(condition for condition in case.given if condition.subject in {"settings", "ingest"}) for case in plain
    ]
    runs = [state for state, _ in groupby(states)]
    assert len(set(runs)) == len(runs)


def test_what_may_take_away_what_others_need_comes_last(contract: Contract, cases: list[Case]) -> None:
    """A request by another method that changes or removes things comes when all others are over, a `DELETE` last."""
    by_others = {"PUT", "PATCH", "DELETE"} - {operation.method for operation in contract.operations}
    places = [place for place, case in enumerate(cases) if case.request.method in by_others]
    last = cases[min(places) :]
    assert "methods" in {case.family for case in last}
    assert {"methods", "coverage"} >= {case.family for case in last}
    assert "DELETE" == last[-1].request.method
    assert "methods/overridden-by-delete" in {case.label for case in last}


def test_labels_are_unique(cases: list[Case]) -> None:
    """A label names one case, so that `--only` can."""
    labels = [case.label for case in cases]
    assert len(set(labels)) == len(labels)


# The fixtures above measure what plans do; the three tests below make the like of them again and again.
@pytest.mark.unmeasured
def test_a_plan_can_be_gone_through_again(contract: Contract) -> None:
    """The same plan yields the same cases each time."""
    again = plan(contract, seed=5, max_examples=10)
    assert [to_line(case) for case in again] == [to_line(case) for case in again]


@pytest.mark.unmeasured
def test_the_same_seed_makes_the_same_cases_in_every_process(contract: Contract) -> None:
    """Neither the order of hashes nor what else is imported changes a case."""
    rows = [to_line(case) for case in plan(contract, seed=3, max_examples=20)]
    one, other = run(3, hash_seed="1"), run(3, hash_seed="2")
    assert one == other
    assert str(len(rows)) == one[0]
    import hashlib  # noqa: PLC0415 -- only here

    assert hashlib.sha256(b"".join(rows)).hexdigest() == one[1]


@pytest.mark.unmeasured
def test_another_seed_makes_other_cases(contract: Contract, cases: list[Case]) -> None:
    """The plain cases stay, the fuzzed ones differ."""
    one, other = cases, list(plan(contract, seed=2, max_examples=20))
    plain = [[case for case in each if not case.family.startswith("fuzz-")] for each in (one, other)]
    assert plain[0] == plain[1]
    assert [case.request for case in one] != [case.request for case in other]


def test_plain_cases_alone_import_no_generator() -> None:
    """Running one plain case costs no second of imports."""
    assert ["1", "False", "False"] == [word for word in run(1, "success/usual") if len(word) < 64]


def test_one_family_or_one_case_can_be_asked_for(contract: Contract, cases: list[Case]) -> None:
    """`--only` runs all of a family, or one case, generated ones too."""
    for text in ("recovery", "coverage", "fuzz-invalid", "success/no-body", "fuzz-valid/0003", "coverage/method-PUT"):
        only = Selector.parse(text)
        assert [case for case in cases if only.matches(case)] == list(
            plan(contract, seed=1, max_examples=20, only=only)
        )


def test_a_soak_is_asked_for_by_its_name(contract: Contract) -> None:
    """A pattern that matches it as well has as much of it as the profile, which is nothing but in a deep run."""
    asked: list[tuple[str, Profile]] = [("so*", "default"), ("soak", "default"), ("so*", "deep")]
    expected = [0, 100_000, 100_000]
    assert expected == [
        plan(contract, seed=1, profile=profile, only=Selector.parse(only)).about_generated() for only, profile in asked
    ]


def test_generated_cases_are_kept(contract: Contract, tmp_path: Path) -> None:
    """The second run of the same plan reads the generated cases, and they are the same."""
    made = list(plan(contract, seed=1, max_examples=10, cache_folder=tmp_path))
    file = next(tmp_path.glob("*.jsonl"))
    assert b"fuzz-valid" in file.read_bytes()
    assert made == list(plan(contract, seed=1, max_examples=10, cache_folder=tmp_path))
    assert 1 == len(list(tmp_path.iterdir()))
    list(plan(contract, seed=2, max_examples=10, cache_folder=tmp_path))
    assert 2 == len(list(tmp_path.iterdir()))


def test_a_default_run_is_well_over_a_thousand_exchanges(cases: list[Case], quick: list[Case]) -> None:
    """Plain, coverage and fuzzed cases are some two thousand in all; a quick run is a part of them."""
    rest = sum(1 for case in cases if not case.family.startswith("fuzz-"))
    assert 1100 < rest + MAX_EXAMPLES["default"] < 3000
    assert 150 < len(quick) < rest + MAX_EXAMPLES["quick"]


def test_a_profile_sets_the_number(quick: list[Case]) -> None:
    """The quick profile makes as many fuzzed cases as it says, half right and half wrong."""
    counts = Counter(case.family for case in quick)
    assert MAX_EXAMPLES["quick"] // 2 == counts["fuzz-valid"] == counts["fuzz-invalid"]


def test_operations_share_the_fuzzed_cases(orders: Contract) -> None:
    """Two operations get half of them each, named by their operation."""
    cases = list(plan(orders, seed=1, max_examples=16))
    counts = Counter((case.operation, case.family) for case in cases if case.family.startswith("fuzz-"))
    assert {4} == set(counts.values())
    assert 4 == len(counts)
    labels = [case.label for case in cases]
    assert len(set(labels)) == len(labels)
    assert {"fuzz-valid/placeOrder.0001", "coverage/putNote.method-POST"} <= set(labels)


def test_rows_are_json(cases: list[Case]) -> None:
    """Each case, generated or not, can be written down as JSON."""
    assert all(json.loads(to_line(case)) for case in cases)
