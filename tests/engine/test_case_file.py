"""Cases written down and read again, alone and within a replay file."""

from __future__ import annotations

import json
import string
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bothends.cases.fuzzing.cache import line_reader, to_line
from bothends.contract.settings import GUARANTEES
from bothends.engine.judge import replay_file
from bothends.engine.judge.replay_file import Replay, target_of
from bothends.engine.options import Options
from bothends.engine.play.batches import Batch
from bothends.errors import ContractError, HarnessError
from bothends.records import (
    Again,
    Breach,
    Case,
    Cause,
    Condition,
    Exchange,
    Expectation,
    NoAnswer,
    Request,
    Severity,
)

if TYPE_CHECKING:
    from pathlib import Path

TEXT = st.text(max_size=8)
ANY_TEXT = st.text(st.characters(codec=None, exclude_categories=()), max_size=8)
JSON: st.SearchStrategy[Any] = st.recursive(
    st.none() | st.booleans() | st.integers() | ANY_TEXT,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(ANY_TEXT, inner, max_size=3),
    max_leaves=5,
)
CONDITIONS = st.builds(
    lambda name, subject, parameters: Condition.of(name, subject, **parameters),
    TEXT,
    TEXT,
    st.dictionaries(TEXT, TEXT, max_size=2),
)
EXPECTATIONS = st.builds(
    Expectation,
    statuses=st.frozensets(st.integers(100, 599), max_size=4),
    refused=st.booleans(),
    server_error=st.booleans(),
    why=TEXT,
    any_answer=st.booleans(),
    any_refusal=st.booleans(),
    any_redirect=st.booleans(),
    promise=st.sampled_from(["", *GUARANTEES]),
    promised=st.frozensets(st.integers(100, 599)),
    absent=st.frozensets(st.integers(100, 599), max_size=2),
)
AGAIN = st.builds(
    Again,
    expect=EXPECTATIONS,
    key=TEXT,
    another_caller=st.booleans(),
    at_once=st.booleans(),
    body=st.none() | st.binary(max_size=30),
    well=st.booleans(),
)
CASES = st.builds(
    Case,
    operation=TEXT,
    family=TEXT,
    name=TEXT,
    request=st.builds(
        Request,
        method=TEXT,
        target=ANY_TEXT,
        headers=st.lists(st.tuples(TEXT, ANY_TEXT), max_size=3).map(tuple),
        body=st.none() | st.binary(max_size=30),
        framing=st.sampled_from(["length", "chunked"]),
        raw=st.none() | st.binary(max_size=30),
    ),
    given=st.lists(CONDITIONS, max_size=2).map(tuple),
    expect=EXPECTATIONS,
    behaviour=TEXT,
    repeat=st.integers(1, 64),
    group=TEXT,
    following=st.none() | EXPECTATIONS,
    origin=st.none() | st.dictionaries(TEXT, JSON, max_size=2),
    exclusive=st.booleans(),
    again=st.lists(AGAIN, max_size=2).map(tuple),
)
# A state that there is not can't be played: who reads a replay says so.
STATES = st.lists(st.builds(Condition.of, st.sampled_from(["hangs", "resets-unread"]), TEXT), max_size=2).map(tuple)
BATCHES = st.builds(
    Batch,
    given=STATES,
    cases=st.lists(st.builds(replace, CASES, given=STATES), max_size=2).map(tuple),
    concurrency=st.none() | st.integers(1, 64),
)
CASE = Case("op", "success", "usual", Request("POST", "/"))
REPLAY = Replay("0a1b", "own-event", "cause", 7, (Batch((), (CASE,)),), target_of(Options()))


@given(CASES)
def test_a_case_survives_being_written_down(case: Case) -> None:
    """What is read is what was written, whatever bytes and halves of characters are in it."""
    assert case == line_reader()(to_line(case))


@given(
    batches=st.lists(BATCHES, min_size=1, max_size=2).map(tuple),
    seed=st.integers(0, 2**32 - 1),
    cause=ANY_TEXT,
    options=st.builds(
        Options,
        url=st.none() | TEXT,
        command=st.none() | st.lists(TEXT).map(tuple),
        env=st.dictionaries(TEXT, TEXT, max_size=2),
    ),
)
def test_a_replay_survives_being_written_down(
    tmp_path_factory: pytest.TempPathFactory, batches: Any, seed: int, cause: str, options: Options
) -> None:
    """What is read is what was written: cases, states, concurrency, seed and target."""
    folder = tmp_path_factory.getbasetemp() / "round-trip"
    replay = Replay("0a1b", "law", cause, seed, batches, target_of(options))
    path = replay_file.write(folder, replay)
    assert replay == replay_file.read(path)
    assert [path] == list(path.parent.iterdir())


def test_a_second_writing_takes_the_place_of_the_first(tmp_path: Path) -> None:
    """A finding that was made smaller has one file."""
    replay_file.write(tmp_path, REPLAY)
    smaller = Replay("0a1b", "own-event", "cause", 7, (), target_of(Options(url="http://a")))
    replay_file.write(tmp_path, smaller)
    [path] = (tmp_path / "findings").iterdir()
    assert smaller == replay_file.read(path)


def test_an_unknown_id_is_answered_with_the_known_ones(tmp_path: Path) -> None:
    """The message says what there is to replay."""
    with pytest.raises(ContractError, match="no finding 'ffff'") as none:
        replay_file.find(tmp_path, "ffff")
    assert "a finding of an earlier run" == none.value.expected
    replay_file.write(tmp_path / "bothends", REPLAY)
    with pytest.raises(ContractError, match="no finding 'ffff'") as some:
        replay_file.find(tmp_path, "ffff")
    assert "one of 0a1b" == some.value.expected


@pytest.mark.parametrize("finding_id", ["../0a1b", "/etc/passwd", "", "0a1b.json", "*"])
def test_an_id_is_no_path(tmp_path: Path, finding_id: str) -> None:
    """Nothing outside of the folder of findings is read."""
    replay_file.write(tmp_path / "bothends", REPLAY)
    (tmp_path / "0a1b.json").write_text("{}")
    with pytest.raises(ContractError, match="no finding"):
        replay_file.find(tmp_path, finding_id)


def broken(**changes: Any) -> str:
    """Return a replay file's text with something wrong in it."""
    kept = {
        "version": replay_file.VERSION,
        "id": "0a1b",
        "law": "law",
        "cause": "cause",
        "seed": 7,
        "target": {"url": None, "command": None, "env": {}},
        "operations": None,
        "spec": None,
        "before": 0,
        "only": "",
        "config": "bothends.toml",
        "batches": [{"given": [], "concurrency": None, "cases": [json.loads(to_line(CASE))]}],
    }
    return json.dumps({**kept, **changes})


@pytest.mark.parametrize(
    "text",
    [
        "",
        "{",
        "[]",
        "null",
        "{}",
        "[" * 100_000,
        broken(version=0),
        broken(seed="7"),
        broken(target=None),
        broken(target={}),
        broken(batches=None),
        broken(batches=[{}]),
        broken(batches=["batch"]),
        broken(batches=[{"given": [], "concurrency": None, "cases": [{}]}]),
        broken().replace('"body": null', '"body": "?"'),
        broken().replace('"headers": []', '"headers": [["a"]]'),
    ],
)
def test_a_file_that_is_not_a_replay_is_the_user_s_to_mend(tmp_path: Path, text: str) -> None:
    """Corrupt, of another version, or another thing: one clear message that names the file."""
    path = replay_file.write(tmp_path, REPLAY)
    path.write_text(text)
    with pytest.raises(ContractError, match="can't be read") as raised:
        replay_file.read(path)
    assert raised.value.where is not None
    assert path == raised.value.where.file


def test_what_is_right_is_read(tmp_path: Path) -> None:
    """The table above is wrong in what it changes, and in nothing else."""
    path = replay_file.write(tmp_path, REPLAY)
    path.write_text(broken())
    assert "law" == replay_file.read(path).law


def test_bytes_that_are_no_text_are_the_user_s_to_mend(tmp_path: Path) -> None:
    """A file of another encoding, or a folder in its place, is told in the same way."""
    path = replay_file.write(tmp_path, REPLAY)
    path.write_bytes(b"\xff\xfe")
    with pytest.raises(ContractError, match="can't be read"):
        replay_file.read(path)
    path.unlink()
    path.mkdir()
    with pytest.raises(ContractError, match="can't be read"):
        replay_file.read(path)


def test_a_folder_that_can_t_be_made_is_the_users_to_mend(tmp_path: Path) -> None:
    """Where a file stands in the folder's place, nothing can be written."""
    (tmp_path / "state").write_text("")
    with pytest.raises(HarnessError, match="can't be written") as raised:
        replay_file.write(tmp_path / "state", REPLAY)
    assert 2 == raised.value.exit_code


def test_a_full_disk_leaves_no_half_of_a_file(tmp_path: Path) -> None:
    """A file that could not be finished is taken away, and the one before it stays whole."""
    full = tmp_path / "findings"
    full.mkdir()
    (full / "0a1b.json").mkdir()  # the last step, putting the file in its place, then fails
    with pytest.raises(HarnessError, match="can't be written"):
        replay_file.write(tmp_path, REPLAY)
    assert ["0a1b.json"] == [path.name for path in full.iterdir()]


def test_ids_are_file_names_everywhere() -> None:
    """An ID is digits of a digest, so that no system minds it."""
    assert set(REPLAY.id) <= set(string.hexdigits)


def test_a_replay_begins_with_the_number_that_leads_to_the_same_caller() -> None:
    """The exchange that shows a finding has the number that it had, whatever is played before it in the replay."""
    others = tuple(replace(CASE, name=f"other {number}") for number in range(3))
    batches = (Batch((), others), Batch((), (*others[:1], CASE)))
    exchange = Exchange(57, CASE, None, CASE.request, NoAnswer("timeout", ""), 0.0, 1.0)
    breach = Breach("own-event", Severity.ERROR, Cause("x"), "", "", "", exchange)
    made = [
        replay_file.of("0a1b", one, batches, options=Options(), seed=7)
        for one in (breach, replace(breach, exchange=replace(exchange, number=2)), replace(breach, exchange=None))
    ]
    assert [52, 0, 0] == [replay.before for replay in made]
