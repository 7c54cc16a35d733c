"""Files of the contract: what is read, and what is said of a file that can't be."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from bothends.documents import read_document
from bothends.errors import ContractError

if TYPE_CHECKING:
    from pathlib import Path


def error_of(file: Path) -> str:
    """Return what reading a file says, without the folder's name."""
    with pytest.raises(ContractError) as caught:
        read_document(file, what="The spec", advice="Write one.")
    return str(caught.value).replace(str(file.parent) + "/", "")


def test_yaml_and_json_say_the_same(tmp_path: Path) -> None:
    """A file is JSON when its name says so, else YAML; a byte order mark is no matter."""
    (tmp_path / "a.yaml").write_bytes(b"\xef\xbb\xbfa:\n  b: 1\n")
    (tmp_path / "a.json").write_bytes(b'\xef\xbb\xbf{"a":\n{"b": 1}}')
    yaml, json = read_document(tmp_path / "a.yaml"), read_document(tmp_path / "a.json")
    assert yaml.value == json.value == {"a": {"b": 1}}
    assert [yaml.line("/a/b"), json.line("/a/b")] == [2, 2]
    assert f"{tmp_path / 'a.yaml'}:2 /a/b" == str(yaml.location("/a/b"))


@pytest.mark.parametrize(
    ("name", "content", "expected"),
    [
        ("a.yaml", b"", "a.yaml: The spec can't be read as YAML: it is empty."),
        (
            "a.json",
            b"{",
            "a.json:1: The spec can't be read as JSON: expecting property name enclosed in double quotes.",
        ),
        ("a.yaml", b"a: 1\nb: \xff", "a.yaml:2: The spec is not UTF-8 text.\n  expected: UTF-8"),
        ("a.yaml", "a: 1".encode("utf-16"), "a.yaml:1: The spec is not UTF-8 text.\n  expected: UTF-8"),
        (
            "a.json",
            b'["\\ud800"]',
            "a.json: The spec can't be read as JSON: a string contains half of a surrogate pair.",
        ),
        ("a.json", b"[1e999]", "a.json: The spec can't be read as JSON: a number is too large."),
        (
            "a.yaml",
            b"a: 1\na: 2",
            "a.yaml:2 /a: The spec can't be read as YAML: duplicate key 'a'.",
        ),
    ],
)
def test_a_file_that_cannot_be_used_says_why(tmp_path: Path, name: str, content: bytes, expected: str) -> None:
    """Broken text, wrong encodings and empty files are named with their line."""
    (tmp_path / name).write_bytes(content)
    assert expected == error_of(tmp_path / name)


def test_a_file_that_is_not_there(tmp_path: Path) -> None:
    """A missing file, a folder and an impossible name are told apart."""
    assert error_of(tmp_path / "a.yaml") == "a.yaml: The spec does not exist.\n  next: Write one."
    assert f"{tmp_path.name}: The spec can't be read: Is a directory.\n  next: Write one." == error_of(tmp_path)
    assert error_of(tmp_path / "\0") == "\0: The spec can't be read: embedded null byte.\n  next: Write one."
