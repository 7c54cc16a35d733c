"""Cases kept on disk from one run to the next."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bothends.cases.fuzzing import cache
from bothends.cases.fuzzing.cache import MOST_FILES, cached, line_reader, to_line
from bothends.cases.fuzzing.source import CASE_BITS, FRESH_SECONDS, generated, is_cached, new_seed
from bothends.cases.fuzzing.unmade import UnmadeError, not_made
from bothends.contract import Contract, load
from bothends.errors import HarnessError
from bothends.records import Case, Condition, Expectation, Request

if TYPE_CHECKING:
    from collections.abc import Iterator

ROOT = Path(__file__).parents[2]
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=5,
)
TEXT = st.text(max_size=12)
REQUESTS = st.builds(
    Request,
    method=TEXT,
    target=TEXT,
    headers=st.lists(st.tuples(TEXT, TEXT), max_size=3).map(tuple),
    body=st.none() | st.binary(max_size=20) | TEXT.map(str.encode),
    framing=st.sampled_from(["length", "chunked"]),
)
EXPECTATIONS = st.builds(
    Expectation,
    statuses=st.frozensets(st.integers(100, 599), max_size=4),
    refused=st.booleans(),
    server_error=st.booleans(),
    why=TEXT,
    any_answer=st.booleans(),
    any_refusal=st.booleans(),
    promise=TEXT,
    promised=st.frozensets(st.integers(100, 599), max_size=2),
)
CONDITIONS = st.builds(
    lambda name, subject, parameters: Condition.of(name, subject, **parameters),
    TEXT,
    TEXT,
    st.dictionaries(TEXT, TEXT, max_size=2),
)
CASES = st.builds(
    Case,
    operation=TEXT,
    family=TEXT,
    name=TEXT,
    request=REQUESTS,
    given=st.lists(CONDITIONS, max_size=2).map(tuple),
    expect=EXPECTATIONS,
    origin=st.none() | st.dictionaries(TEXT, JSON, max_size=3),
    exclusive=st.booleans(),
)


def cases(count: int = 3) -> list[Case]:
    """Return a few cases."""
    body = [b'{"a": 1}', b"\xff\x00", None]
    return [Case("op", "fuzz-valid", f"{n:04}", Request("POST", "/", (), body[n % 3])) for n in range(count)]


def never() -> Iterator[Case]:
    """Fail the test: nothing was to be made."""
    raise AssertionError("made anew")


@pytest.fixture(scope="module")
def contract() -> Contract:
    """Return the contract of this repository."""
    return load(ROOT / "bothends.toml")


def take(folder: Path, key: str = "k", made: list[Case] | None = None) -> list[Case]:
    """Return what the folder gives; without `made`, nothing may be made."""
    return list(cached(folder, key, never if made is None else lambda: iter(made)))


@given(st.lists(CASES, max_size=4))
def test_a_case_comes_back_as_it_was(given: list[Case]) -> None:
    """Any case, written as a line and read again, is the same case."""
    read = line_reader()
    lines = [to_line(case) for case in given]
    assert given == [read(line) for line in lines]
    assert not any(b"\n" in line for line in lines)


def test_cases_are_made_once(tmp_path: Path) -> None:
    """The second run reads what the first one made."""
    folder = tmp_path / "state" / "cases"
    assert cases() == take(folder, made=cases())
    assert cases() == take(folder)


def test_what_can_not_be_made_is_kept_as_well(tmp_path: Path) -> None:
    """It is told when all others were taken, by who made them and by who reads them."""
    unmade = (not_made("requests of orders", "No text is of 5 to 2 characters.", "openapi.yaml"),)

    def some() -> Iterator[Case]:
        yield from cases()
        raise UnmadeError(unmade)

    for make in (some, never):
        taken: list[Case] = []
        with pytest.raises(UnmadeError) as raised:
            taken.extend(cached(tmp_path, "k", make))
        assert (cases(), unmade) == (taken, raised.value.unmade)


def test_each_key_has_cases_of_its_own(tmp_path: Path) -> None:
    """Another seed or contract is another key, and never sees these cases."""
    take(tmp_path, "one", cases(1))
    assert cases(2) == take(tmp_path, "two", cases(2))
    assert cases(1) == take(tmp_path, "one")


def test_no_cases_are_kept_as_none(tmp_path: Path) -> None:
    """A contract for which nothing can be made is not tried anew each time."""
    assert [] == take(tmp_path, made=[])
    assert [] == take(tmp_path)


UNMADE = {
    "a number": b'"unmade": 1}',
    "a list of numbers": b'"unmade": [5]}',
    "deep": b'"unmade": ' + b"[" * 50_000 + b"]" * 50_000 + b"}",
}
"""What may stand in place of what could not be made."""


@pytest.mark.parametrize("damage", ["cut", "edited", "emptied", "longer", "no line end", "not text", *UNMADE])
def test_a_damaged_file_is_made_anew(tmp_path: Path, damage: str) -> None:
    """A file that does not add up is replaced by a whole one, without a word."""
    take(tmp_path, made=cases())
    file = next(tmp_path.glob("*.jsonl"))
    whole = file.read_bytes()
    file.write_bytes(
        {
            "cut": whole[: len(whole) // 2],
            "edited": whole.replace(b"POST", b"GETS", 1),
            "emptied": b"",
            "longer": whole + whole,
            "no line end": whole[:-1],
            "not text": b"\xff\xfe\x00" * 50,
            **{name: whole.replace(b'"unmade": []}', text) for name, text in UNMADE.items()},
        }[damage]
    )
    assert cases(2) == take(tmp_path, made=cases(2))
    assert cases(2) == take(tmp_path)


def test_an_interrupted_run_leaves_nothing(tmp_path: Path) -> None:
    """Cases that were not all taken are not kept, and no half file stays behind."""
    taken = cached(tmp_path, "k", lambda: iter(cases()))
    next(taken)
    taken.close()  # type: ignore[attr-defined]  # it is a generator
    assert [] == list(tmp_path.iterdir())


def test_a_failure_while_making_is_passed_on(tmp_path: Path) -> None:
    """What goes wrong while cases are made is told, and nothing is kept."""

    def failing() -> Iterator[Case]:
        yield cases()[0]
        raise ValueError("no more")

    with pytest.raises(ValueError, match="no more"):
        list(cached(tmp_path, "k", failing))
    assert [] == list(tmp_path.iterdir())


def test_only_the_files_used_last_stay(tmp_path: Path) -> None:
    """The folder is bounded: what was used longest ago goes first, and reading counts as use."""
    for number in range(MOST_FILES):
        take(tmp_path, f"k{number}", cases(1))
        os.utime(tmp_path / f"k{number}.jsonl", (1000 + number, 1000 + number))
    assert cases(1) == take(tmp_path, "k0")
    take(tmp_path, "new", cases(1))
    names = {file.stem for file in tmp_path.iterdir()}
    assert MOST_FILES == len(names)
    assert {"k0", "new"} <= names
    assert "k1" not in names


def test_two_runs_at_once_both_get_their_cases(tmp_path: Path) -> None:
    """Runs that make the same cases at the same time don't disturb each other."""
    one = cached(tmp_path, "k", lambda: iter(cases()))
    other = cached(tmp_path, "k", lambda: iter(cases()))
    mixed: list[Any] = [case for pair in zip(one, other, strict=True) for case in pair]
    assert [case for case in cases() for _ in range(2)] == mixed
    assert cases() == take(tmp_path)


def test_a_folder_that_can_not_be_is_the_machines_fault(tmp_path: Path) -> None:
    """A folder that can't be made is told with its name and what to do."""
    (tmp_path / "file").write_text("in the way", encoding="utf-8")
    with pytest.raises(HarnessError, match=r"can.t be stored in .*file/cases") as caught:
        take(tmp_path / "file" / "cases", made=cases())
    assert "Make the folder writable" in str(caught.value)


def test_memory_does_not_grow_with_the_cases(tmp_path: Path) -> None:
    """Cases are read and written one by one: ten thousand take no more memory than a few."""
    script = f"""
import tracemalloc
from pathlib import Path
from bothends.cases.fuzzing.cache import cached
from bothends.records import Case, Condition, Request
def make():
    for number in range(10_000):
        yield Case("op", "f", str(number), Request("POST", "/", (), b"x" * 500))
for again in range(2):
    tracemalloc.start()
    assert sum(1 for _ in cached(Path({str(tmp_path)!r}), "k", make)) == 10_000
    assert tracemalloc.get_traced_memory()[1] < 1_000_000, tracemalloc.get_traced_memory()
    tracemalloc.stop()
"""
    subprocess.run([sys.executable, "-c", script], check=True)


def test_files_together_are_bounded(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """However few they are, those used longest ago go when all take too much; the one used last stays."""
    for number in range(3):
        take(tmp_path, f"k{number}", cases(1))
        os.utime(tmp_path / f"k{number}.jsonl", (1000 + number, 1000 + number))
    size = (tmp_path / "k0.jsonl").stat().st_size
    monkeypatch.setattr(cache, "MOST_BYTES", 2 * size)
    take(tmp_path, "new", cases(1))
    assert {"k2", "new"} == {file.stem for file in tmp_path.iterdir()}
    monkeypatch.setattr(cache, "MOST_BYTES", 0)
    take(tmp_path, "newest", cases(1))
    assert {"newest"} == {file.stem for file in tmp_path.iterdir()}


def test_a_run_without_a_seed_takes_the_cases_of_the_last_day(contract: Contract, tmp_path: Path) -> None:
    """Its seed has their bits, and others of its own; older cases, other counts and stray files give none."""

    def seeds(count: int = 0) -> set[int]:
        return {new_seed(contract, count=count, folder=tmp_path) for _ in range(4)}

    def lower(found: set[int]) -> set[int]:
        return {seed % (1 << CASE_BITS) for seed in found}

    assert len(lower(seeds())) > 1
    list(generated(contract, seed=(9 << CASE_BITS) + 7, count=0, folder=tmp_path))
    (file,) = tmp_path.iterdir()
    taken = seeds()
    assert {7} == lower(taken)
    assert len(taken) > 1
    assert {True} == {is_cached(contract, seed=seed, count=0, folder=tmp_path) for seed in taken}
    assert len(lower(seeds(count=1))) > 1
    file.with_name(file.name.replace("-7.", "-x.")).write_text("stray", encoding="utf-8")
    assert {7} == lower(seeds())
    yesterday = time.time() - FRESH_SECONDS - 1
    os.utime(file, (time.time(), yesterday))
    list(generated(contract, seed=7, count=0, folder=tmp_path))
    assert yesterday == pytest.approx(file.stat().st_mtime)
    assert len(lower(seeds())) > 1
