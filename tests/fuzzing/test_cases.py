"""The readers that are fuzzed take what they are begun with, and what they once crashed at crashes them no more."""

from __future__ import annotations

import json
from pathlib import Path
from random import Random
from typing import TYPE_CHECKING

import pytest

from bothends.errors import BothendsError
from tests.fuzzing.mutation import json_lines, json_value, toml_lines, wire_lines
from tests.fuzzing.names import KINDS, NAMES, share
from tests.fuzzing.page import FILE, OUTCOMES, page
from tests.fuzzing.reader import MOST_BYTES, cases_of, crash_of, is_taken
from tests.fuzzing.readers import reader_of

if TYPE_CHECKING:
    from tests.fuzzing.mutation import Mutation

CASES = Path(__file__).with_name("cases")


@pytest.mark.parametrize("name", NAMES)
def test_a_reader_takes_what_it_is_begun_with(name: str, tmp_path: Path, shared: Path) -> None:
    """No seed and no case is a crash, and a seed at least is taken: so the fuzzer gets past what parses."""
    reader = reader_of(name)
    read, seeds = reader.opened(tmp_path, shared), list(reader.seeds(shared))
    for data in (*seeds, *cases_of(name)):
        crash = crash_of(read, data)
        assert crash is None, f"{data[:2000]!r}\n{crash.told}"
    assert any(is_taken(read, data) for data in seeds)
    assert max(map(len, seeds)) <= MOST_BYTES  # else the fuzzer cuts it


def test_each_reader_is_of_one_kind() -> None:
    """A kind's time is all given away."""
    assert sorted(NAMES) == sorted(name for kind in KINDS for name in kind)
    assert [1.0] * len(KINDS) == [pytest.approx(sum(map(share, kind))) for kind in KINDS]


def test_the_page_has_what_came_of_it() -> None:
    """It is written with the outcomes, of the readers that have been fuzzed."""
    outcomes = json.loads(OUTCOMES.read_text("utf-8"))
    assert set(outcomes) <= set(NAMES)
    assert page(outcomes) == FILE.read_text("utf-8")


def test_each_case_is_of_a_reader() -> None:
    """A case in another folder would never be read."""
    assert {each.name for each in CASES.iterdir()} <= set(NAMES)


@pytest.mark.parametrize(
    ("wrong", "place"),
    [
        (ValueError("x"), "ValueError at test_cases.py:read"),
        (RecursionError(), "RecursionError at test_cases.py:read"),
        (BothendsError("It failed."), "exit code 5 at test_cases.py:read"),
    ],
)
def test_what_a_reader_must_not_do_is_a_crash(wrong: Exception, place: str) -> None:
    """It is told from others by the exception and the line that raised it."""

    def read(_: bytes) -> None:
        raise wrong

    crash = crash_of(read, b"")
    assert crash is not None
    assert place == crash.place


@pytest.mark.parametrize(
    ("changed", "given"),
    [
        (json_value, b'{"a": [1, 2]}'),
        (json_lines, b'{"a": [1, 2]}\n'),
        (toml_lines, b"a = 1\n"),
        (wire_lines, b"\x00GET / HTTP/1.1\r\nA: b\r\n\r\n"),
    ],
)
def test_a_mutation_changes_what_it_is_given(changed: Mutation, given: bytes) -> None:
    """It does so as a rule, and the same number makes the same of it."""
    made = [[changed(given, Random(seed), ["word"]) for seed in range(50)] for _ in range(2)]  # noqa: S311 -- no secret
    assert made[0] == made[1]
    assert len({*made[0]} - {given, None}) > 5
