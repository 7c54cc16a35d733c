"""Draws are those of Hypothesis, and what it need not find out anew in each project is written down."""

from __future__ import annotations

import math
import re
import sys
from itertools import islice
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import strategies as st
from hypothesis.configuration import set_hypothesis_home_dir
from hypothesis.errors import InvalidArgument
from hypothesis.internal import charmap
from hypothesis.internal.conjecture.data import ConjectureData

from bothends.cases.fuzzing import hypothesis_draws
from bothends.cases.fuzzing.hypothesis_draws import REJECTED, draws, know_encodings

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


@st.composite
def _rejects(draw: st.DrawFn) -> int:
    """Draw a number, and something of which there is nothing."""
    number = draw(st.integers(0, 9))
    return draw(st.nothing() if number % 2 else st.just(number))


_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=3), inner, max_size=4),
)
_STRATEGIES: dict[str, st.SearchStrategy[Any]] = {
    "json": _JSON,
    "numbers": st.tuples(st.integers(), st.integers(-5, 300), st.floats(), st.floats(0, 1, exclude_max=True)),
    "texts": st.text(min_size=2) | st.binary() | st.from_regex(re.compile(r"^[a-c]{2}-\d+$")),
    "unique": st.lists(st.floats() | st.integers(0, 3), unique=True, min_size=2),
    "filtered": st.integers(0, 100).map(lambda one: one * 3).filter(lambda one: one % 7 == 1),
    "depends": st.integers(0, 6).flatmap(lambda size: st.lists(st.sampled_from("abc"), min_size=size)),
    "optional": st.fixed_dictionaries({"a": st.just(1)}, optional={"b": st.nothing(), "c": st.dates()}),
    "sometimes nothing": st.booleans().flatmap(lambda one: st.nothing() if one else st.just(one)),
    "nothing": st.tuples(st.integers(), st.nothing()),
    "rejected": _rejects(),
    "large": st.lists(st.binary(min_size=900), min_size=12),
    "deep": st.deferred(lambda: st.tuples(_STRATEGIES["deep"])),
    "random": st.randoms(use_true_random=False).map(lambda random: [random.random(), random.choice("abc")]),
}


@pytest.mark.parametrize("name", _STRATEGIES)
def test_draws_are_those_of_hypothesis(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing is recorded and nothing is looked through, and the same seed draws the same values."""

    def drawn(seed: int) -> list[str]:
        return [repr(value) for value in islice(draws(_STRATEGIES[name], seed), 5 if name == "large" else 200)]

    ours = [drawn(seed) for seed in range(3)]
    monkeypatch.setattr(hypothesis_draws, "_Unrecorded", ConjectureData)
    assert [drawn(seed) for seed in range(3)] == ours


def test_what_is_given_up_is_told() -> None:
    """Of a strategy that has no values, each draw is rejected."""
    assert [REJECTED] * 5 == list(islice(draws(_STRATEGIES["nothing"], 7), 5))


def test_a_strategy_that_can_not_be_is_refused() -> None:
    """What Hypothesis says of it is raised, though it is not looked through first."""
    with pytest.raises(InvalidArgument, match="has no values"):
        next(draws(st.lists(st.nothing(), min_size=1), 7))
    with pytest.raises(InvalidArgument, match="min_size"):
        next(draws(st.text(min_size=3, max_size=1), 7))


def test_each_nan_is_its_own() -> None:
    """A list of distinct numbers has as many NaN as are drawn, as with Hypothesis."""
    found = [value for value in islice(draws(st.floats(), 7), 3000) if math.isnan(value)]
    assert len({id(value) for value in found}) == len(found) > 1


@pytest.fixture
def home(tmp_path: Path) -> Iterator[Path]:
    """Return an empty folder that Hypothesis keeps its tables in."""
    set_hypothesis_home_dir(tmp_path / "tables")
    yield tmp_path / "tables"
    set_hypothesis_home_dir(None)


@pytest.mark.parametrize("encoding", ["utf-8", "ascii"])
@pytest.mark.usefixtures("home")
def test_known_encodings_have_the_characters_that_python_encodes(
    encoding: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Hypothesis reads which characters an encoding has, and they are those that it would have found by trying."""

    def encodes(number: int) -> bool:
        try:
            chr(number).encode(encoding)
        except UnicodeEncodeError:
            return False
        return True

    know_encodings()
    with monkeypatch.context() as patched:
        patched.setattr(sys, "maxunicode", 0)  # trying finds no more than one character now
        encodable, lossy = charmap.intervals_from_codec.__wrapped__(encoding)
    assert [number for number in range(0x110000) if encodes(number)] == list(encodable)
    assert list(lossy) == []


def test_encodings_are_written_down_once(home: Path) -> None:
    """A table that is there is left as it is, and nothing else stays in the folder."""
    know_encodings()
    files = sorted(file for file in home.rglob("*") if file.is_file())
    written = [file.stat().st_mtime_ns for file in files]
    know_encodings()
    assert sorted(file for file in home.rglob("*") if file.is_file()) == files
    assert [file.stat().st_mtime_ns for file in files] == written
    assert [file.name for file in files] == [".gitignore", "codec-v2-ascii.json.gz", "codec-v2-utf-8.json.gz"]


def test_a_folder_that_can_not_be_written_costs_time_alone(home: Path) -> None:
    """Where no table can be written nothing is said, as Hypothesis then finds out by itself."""
    home.write_text("not a folder")
    know_encodings()
    assert home.read_text() == "not a folder"
