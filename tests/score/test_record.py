"""What a run has recorded, written and read again: as sharp as it was, without a secret, and for its owner alone."""

from __future__ import annotations

import gzip
import json
from typing import TYPE_CHECKING, Any

import pytest

from bothends.errors import ContractError
from bothends.score import Recording, Scoring, read_record, write_record
from tests.laws import kept
from tests.score.reference import recording, strict, survivors

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path


@pytest.fixture
def file(tmp_path: Path) -> Path:
    """Return a record."""
    path = tmp_path / "run.gz"
    write_record(path, recording().under(kept.contract()), "--record", proven=True)
    return path


def test_a_record_comes_to_the_same_score(file: Path) -> None:
    """With digests in place of secrets, no exchange breaks a law that it kept."""
    found, record = read_record(file, kept.contract())
    score = Scoring(found).score()
    assert (True, recording().taken) == (record.proven, found.taken)
    assert (strict().noticed, strict().counted, 0) == (score.noticed, score.counted, score.passed_over)
    assert survivors(strict()) == survivors(score)


def test_a_record_has_no_secret_and_is_its_owners_alone(file: Path) -> None:
    """Neither those of the world nor what callers have shown."""
    text = gzip.decompress(file.read_bytes()).decode()
    shown = [value for each in recording() for name, value in each.exchange.sent.headers if name == "Cookie"]
    secrets = {secret for each in recording() for secret in each.context.secrets if len(secret) > 2}
    assert secrets
    assert shown
    tokens = {value.partition("=")[2] for value in shown}
    assert [] == [one for one in (*secrets, *tokens) if one in text]
    assert 0o600 == file.stat().st_mode & 0o777


def test_a_record_of_nothing_is_one(tmp_path: Path) -> None:
    """There was nothing to tell lies of."""
    write_record(tmp_path / "run.gz", Recording(kept.contract()), "--record", proven=False)
    found, record = read_record(tmp_path / "run.gz", kept.contract())
    assert (0, False) == (len(found), record.proven)


def changed(**more: Any) -> Callable[[bytes], bytes]:
    """Return what changes the members of a record."""
    return lambda content: gzip.compress(json.dumps({**json.loads(gzip.decompress(content)), **more}).encode())


WRONG: dict[str, tuple[Callable[[bytes], bytes], str]] = {
    "cut": (lambda content: content[: len(content) // 2], "it is damaged"),
    "another sum": (lambda content: content[:-8] + b"12345678", "it is damaged"),
    "another file": (lambda _: b"{}", "it is not compressed"),
    "another file, compressed": (lambda _: gzip.compress(b"[]"), "it is another file"),
    "no JSON": (lambda _: gzip.compress(b"{"), "it is damaged"),
    "an older one": (changed(record=0, bothends="0.0.1"), "Another version of bothends wrote this record: 0.0.1"),
    "a member of another type": (changed(rows=1), "This is not a record"),
    "a member that is not there": (changed(more=1), "This is not a record"),
}


@pytest.mark.parametrize("what", WRONG)
def test_what_is_no_record_is_an_error_that_says_so(what: str, file: Path) -> None:
    """It names the file, what is wrong, and what to do."""
    change, problem = WRONG[what]
    file.write_bytes(change(file.read_bytes()))
    with pytest.raises(ContractError, match=problem) as raised:
        read_record(file, kept.contract())
    assert str(file) in str(raised.value)
    assert "next: " in str(raised.value)


def test_a_file_that_is_not_there_is_an_error(tmp_path: Path) -> None:
    """It says which command writes one."""
    with pytest.raises(ContractError, match="verify --record FILE"):
        read_record(tmp_path / "none.gz", kept.contract())


def test_a_record_of_another_operation_is_told_as_that(file: Path) -> None:
    """It is no damaged file: it is the contract that is another one."""
    value = json.loads(gzip.decompress(file.read_bytes()))
    for row in value["rows"]:
        row["exchange"]["case"]["operation"] = "another"
    file.write_bytes(gzip.compress(json.dumps(value).encode()))
    with pytest.raises(ContractError, match="an operation that is not under test: 'another'") as raised:
        read_record(file, kept.contract())
    assert "expected: postRoute" in str(raised.value)
