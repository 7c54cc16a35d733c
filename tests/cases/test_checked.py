"""Answers that were right in one run are not checked in the next."""

from __future__ import annotations

import os
import subprocess
import sys
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from bothends.cases import GeneratorChecks, plan
from bothends.cases.fuzzing.checked import Checked, digest_of
from bothends.contract import load
from bothends.records import Answer, Exchange

if TYPE_CHECKING:
    from bothends.contract import Contract
    from bothends.records import Case

ROOT = Path(__file__).parents[2]
RIGHT = Answer(200, (("content-type", "application/json"),), b'{"success":"true"}', 18, "OK")


@pytest.fixture(scope="module")
def contract() -> Contract:
    """Return the reference's contract."""
    return load(ROOT / "bothends.toml")


@pytest.fixture(scope="module")
def case(contract: Contract) -> Case:
    """Return a right case that Schemathesis made."""
    made = plan(contract, seed=7, max_examples=4, cache_folder=None)
    return next(one for one in made if one.family == "fuzz-valid")


def exchange(case: Case, answer: Answer) -> Exchange:
    """Return an exchange with an answer."""
    return Exchange(1, case, None, None, answer, 0.0, 0.0)


def test_what_was_right_is_not_checked_again(
    contract: Contract, case: Case, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The next run knows of an answer that nothing was wrong with it, and loads no Schemathesis for it."""
    first = GeneratorChecks(contract, tmp_path)
    assert (True, []) == (first.loads_soon, first(exchange(case, RIGHT)))
    first.keep()
    monkeypatch.setattr("bothends.cases.fuzzing.schemathesis_bridge.SchemathesisBridge", None)
    dated = replace(RIGHT, headers=(*RIGHT.headers, ("date", "Sun, 29 Nov 2026 12:00:00 GMT")))
    second = GeneratorChecks(contract, tmp_path)
    assert [False, [], []] == [second.loads_soon, *(second(exchange(case, answer)) for answer in (RIGHT, dated))]


def test_what_was_wrong_is_checked_again(contract: Contract, case: Case, tmp_path: Path) -> None:
    """Of a wrong answer nothing is remembered: each run says what is wrong with it."""
    wrong = replace(RIGHT, status=422)
    for _ in range(2):
        checks = GeneratorChecks(contract, tmp_path)
        assert "positive_data_acceptance" in [name for name, _, _ in checks(exchange(case, wrong))]
        checks.keep()


def test_schemathesis_is_loaded_in_time_where_the_last_run_needed_it(
    contract: Contract, case: Case, tmp_path: Path
) -> None:
    """Where an answer was wrong, or new though others were known, it will be needed; until a run did without it."""
    other = replace(RIGHT, body=b'{"success":"true" }', size=19)
    told = []
    for answers in ([RIGHT], [RIGHT], [RIGHT, other], [RIGHT, replace(RIGHT, status=422)], [RIGHT], [RIGHT]):
        checks = GeneratorChecks(contract, tmp_path)
        told.append(checks.loads_soon)
        for answer in answers:
            checks(exchange(case, answer))
        checks.keep()
    assert [True, False, False, True, True, False] == told


def test_a_run_without_generated_cases_takes_nothing_back(contract: Contract, case: Case, tmp_path: Path) -> None:
    """Nor does a lane that has none of them: whether Schemathesis is needed, it has not seen."""
    first, second = GeneratorChecks(contract, tmp_path), GeneratorChecks(contract, tmp_path)
    first(exchange(case, replace(RIGHT, status=422)))
    first.keep()
    second.keep()
    assert GeneratorChecks(contract, tmp_path).loads_soon
    assert [".needed"] == [file.suffix for file in tmp_path.iterdir()]


def test_what_another_lane_will_need_is_loaded(contract: Contract, tmp_path: Path) -> None:
    """A lane that did without Schemathesis does not take back what another one has said meanwhile."""
    one, other = Checked(contract, tmp_path), Checked(contract, tmp_path)
    one.keep(needed=True)
    other.keep(needed=False)
    third, fourth = Checked(contract, tmp_path), Checked(contract, tmp_path)
    third.keep(needed=True)
    fourth.keep(needed=False)
    assert [False, True, True] == [one.needed, third.needed, Checked(contract, tmp_path).needed]


def test_any_other_answer_is_another(case: Case) -> None:
    """A status, a header, a reason, a byte or the size of the body, or another request make another answer."""
    told = (
        *(RIGHT, replace(RIGHT, status=201), replace(RIGHT, reason="Fine"), replace(RIGHT, size=19)),
        *(replace(RIGHT, body=b'{"success":"True"}'), replace(RIGHT, headers=(("content-type", "text/plain"),))),
    )
    digests = [digest_of(case, answer) for answer in told]
    digests.append(digest_of(replace(case, request=replace(case.request, body=b"{}")), RIGHT))
    digests.append(digest_of(replace(case, origin={**(case.origin or {}), "acceptance": False}), RIGHT))
    assert len(digests) == len(set(digests))


def test_what_another_lane_has_written_stays(contract: Contract, tmp_path: Path) -> None:
    """Several that run at once, each with something new, leave what all of them know."""
    lanes = [Checked(contract, tmp_path) for _ in range(3)]
    digests = [bytes([number]) * 16 for number in range(3)]
    for lane, digest in zip(lanes, digests, strict=True):
        lane.add(digest)
        lane.keep(needed=False)
    later = Checked(contract, tmp_path)
    assert [True] * 3 == [digest in later for digest in digests]


def test_the_latest_are_remembered(contract: Contract, tmp_path: Path) -> None:
    """There is a limit to what is kept of a contract, and to how many contracts something is kept of."""
    checked = Checked(contract, tmp_path)
    digests = [number.to_bytes(16, "big") for number in range(40_000)]
    for digest in digests:
        checked.add(digest)
    checked.keep(needed=False)
    (file,) = tmp_path.iterdir()
    assert 32_768 * 16 == file.stat().st_size
    later = Checked(contract, tmp_path)
    assert (False, True) == (digests[0] in later, digests[-1] in later)
    for number in range(10):
        other = tmp_path / f"{number}.checked"
        other.write_bytes(b"")
        os.utime(other, (number, number))
    later.add(b"x" * 16)
    later.keep(needed=False)
    assert 8 == len(list(tmp_path.iterdir()))
    assert file.exists()


def test_what_is_no_whole_number_of_digests_is_not_read(contract: Contract, tmp_path: Path) -> None:
    """A file that was cut or edited is as none: all is checked again, and it is written anew."""
    checked = Checked(contract, tmp_path)
    checked.add(b"x" * 16)
    checked.keep(needed=False)
    (file,) = tmp_path.iterdir()
    file.write_bytes(file.read_bytes()[:-1])
    assert not Checked(contract, tmp_path)


def test_a_second_run_loads_no_schemathesis(tmp_path: Path) -> None:
    """The second of two runs that are alike imports neither Schemathesis nor Hypothesis, and counts as many checks."""
    text = (ROOT / "bothends.toml").read_text("utf-8").replace('"openapi.yaml', f'"{ROOT / "openapi.yaml"}')
    settings = text.replace('pacts = "contracts/pacts"\n', "").replace("[target]\n", f'[target]\ncwd = "{ROOT}"\n')
    settings = settings.replace('["python",', f'["{sys.executable}",')
    (tmp_path / "bothends.toml").write_text(settings, "utf-8")
    told = []
    for _ in range(2):
        command = [sys.executable, "-X", "importtime", "-m", "bothends", "verify", "--seed", "7", "--only", "fuzz-*"]
        command += ["--max-examples", "40"]
        done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)
        law = next(line.split() for line in done.stdout.splitlines() if line.startswith("schemathesis"))
        told.append((done.returncode, law[2], any(" schemathesis." in line for line in done.stderr.splitlines())))
    (_, count, _) = told[0]
    assert [(0, count, True), (0, count, False)] == told
