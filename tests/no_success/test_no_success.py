"""No valid request succeeds: one statement, and few verdicts. The whole command."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from tests.in_process import bothends
from tests.no_success.project import WORDS, Ended, run, verify, write

if TYPE_CHECKING:
    from pathlib import Path

FAULTS = ("--only", "upstream-unreachable")
"""A family of faults, each with a good request after it."""
WHAT = "success of order"
HEADING = "no valid request succeeded"
TOKENS = ("ada-9d1c4e77", "bob-51f0a2c8")


def told_first(ended: Ended) -> str:
    """Return why nothing succeeded, where that is the first thing that a person reads after the verdict."""
    lines = [line for line in ended.out.splitlines() if line]
    verdict = next(place for place, line in enumerate(lines) if line.startswith(("PROVEN:", "NOT PROVEN:", "BROKEN:")))
    assert HEADING == lines[verdict + 1], ended.out
    return str(ended.missing[WHAT]["why"])


def test_a_right_target_is_proven(tmp_path: Path) -> None:
    """What is there to be judged is judged: the next request after each fault succeeds."""
    ended = verify(tmp_path, "", *FAULTS)
    assert (0, set(), {}) == (ended.code, ended.laws, ended.missing), ended.out
    assert HEADING not in ended.out
    assert any(each["judged"] for each in ended.report["laws"] if each["law"] == "recovers")


@pytest.mark.long
def test_a_whole_run_of_a_right_target(tmp_path: Path) -> None:
    """All families: it is proven."""
    ended = verify(tmp_path, "")
    assert (0, set(), {}) == (ended.code, ended.laws, ended.missing), ended.out


def test_who_is_let_in_by_nobody_is_told_once(tmp_path: Path) -> None:
    """A credential that is not taken: not proven, in one statement, without a law of what follows a success."""
    ended = verify(tmp_path, "knows-nobody", *FAULTS)
    assert (4, set(), {WHAT}) == (ended.code, ended.laws, {*ended.missing}), ended.out
    why = told_first(ended)
    assert "Likely reason: the credential: 401 says that the caller is not signed in." in why
    assert 0 == ended.broken("recovers") == ended.broken("family-status")
    statement = ended.missing[WHAT]
    assert (401, "POST") == (statement["answer"]["status"], statement["request"]["method"])
    assert "unknown caller" in json.loads(statement["answer"]["body"]["text"])["detail"]
    assert "sent curl -i -X POST http://127.0.0.1:" in ended.out
    assert "\x1b" not in ended.out


@pytest.mark.long
def test_a_whole_run_that_lets_nobody_in(tmp_path: Path) -> None:
    """No state is called one that was never met, and no answer one that was never seen."""
    ended = verify(tmp_path, "knows-nobody")
    assert (4, set(), {WHAT}) == (ended.code, ended.laws, {*ended.missing}), ended.out


def test_a_member_that_the_answer_names(tmp_path: Path) -> None:
    """The answer's own text names what it does not take: what was sent there stands beside it."""
    ended = verify(tmp_path, "names-a-member", *FAULTS)
    assert (4, set(), {WHAT}) == (ended.code, ended.laws, {*ended.missing}), ended.out
    expected = 'the member "quantity", which the answer names: it is sent as 1.'
    assert f"Likely reason: {expected}" in told_first(ended)


def test_without_a_sign_there_is_no_reason(tmp_path: Path) -> None:
    """An answer that says nothing: what is odd in the request is told, and nothing is made up."""
    ended = verify(tmp_path, "no-sign", *FAULTS)
    assert (4, set(), {WHAT}) == (ended.code, ended.laws, {*ended.missing}), ended.out
    assert "credential" not in told_first(ended)


def test_a_server_error_breaks_the_contract(tmp_path: Path) -> None:
    """A 5xx for each valid request is one error; what follows a success is not judged beside it."""
    ended = verify(tmp_path, "fails", *FAULTS)
    assert (1, {"family-status"}, {WHAT}) == (ended.code, ended.laws, {*ended.missing}), ended.out
    assert "500" in told_first(ended)
    [finding] = [one for one in ended.report["findings"] if one["severity"] == "error"]
    assert ("recovers", 0) != (finding["law"], ended.broken("recovers"))
    assert [] == [one["law"] for one in finding["consequences"] if one["law"] == "recovers"]
    assert 1 == run(tmp_path, "replay", finding["id"]).code


@pytest.mark.parametrize(
    ("bug", "family", "laws"),
    [
        ("event-all-the-same", "success", {"no-event-without-success"}),
        ("tells-an-address", "success", {"no-secret-in-answer"}),
        ("lets-strangers-in", "signed-out", {"family-status"}),
    ],
)
def test_what_needs_no_success_is_judged(tmp_path: Path, bug: str, family: str, laws: set[str]) -> None:
    """A leak, an event for a refusal, a request that is executed though signed out are found all the same."""
    ended = verify(tmp_path, bug, "--only", family)
    assert 1 == ended.code, ended.out
    assert laws <= ended.laws, ended.out
    assert HEADING in ended.out
    assert [] == [token for token in TOKENS if token in ended.out + json.dumps(ended.report)]


def test_the_first_refusal_ends_no_run(tmp_path: Path) -> None:
    """With --fail-fast, a refusal is no error before a valid request has succeeded."""
    assert 4 == verify(tmp_path, "knows-nobody", "--only", "success", "--fail-fast").code


@pytest.mark.long
def test_parts_say_what_one_run_says(tmp_path: Path) -> None:
    """Each part of a run counts its own; joined, they have one statement."""
    write(tmp_path, "knows-nobody")
    for number in (1, 2):
        part = bothends(tmp_path, *WORDS, "--shard", f"{number}/2", "--blob", f"part{number}.bin", *FAULTS)
        assert (0, "") == (part.returncode, part.stderr), part.stdout
    merged = run(tmp_path, "merge", "part1.bin", "part2.bin")
    whole = verify(tmp_path, "knows-nobody", *FAULTS)
    assert (4, set(), {WHAT}) == (merged.code, merged.laws, {*merged.missing}), merged.out
    assert whole.missing[WHAT]["why"] == merged.missing[WHAT]["why"]
