"""The log of a target: bounded, and harmless to print."""

from __future__ import annotations

import unicodedata
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bothends.launch.launched import BoundedLog


def test_a_short_log_is_kept_whole(tmp_path: Path) -> None:
    """The file has what was written, in a folder that is made for it; the end are the last lines."""
    log = BoundedLog(tmp_path / "new" / "target.log")
    for number in range(30):
        log.write(b"line %d\r\n" % number)
    log.close()
    assert log.path.read_bytes().count(b"\r\n") == 30
    assert log.tail(2) == ["line 28", "line 29"]
    assert len(log.tail()) == 20
    assert log.tail(0) == []


@pytest.mark.parametrize(
    ("written", "since", "expected"),
    [
        ((b"one\n", b"two\nthree\n"), 4, ["two", "three"]),
        ((b"one\ntw", b"o\nthree\n"), 6, ["three"]),
        ((b"one\n",), 4, []),
        ((b"one\n",), 0, ["one"]),
        ((b"one\n",), 40, ["one"]),
        ((b"a" * 70_000 + b"\n", b"two\n"), 70_001, ["two"]),
    ],
)
def test_what_was_written_since(tmp_path: Path, written: tuple[bytes, ...], since: int, expected: list[str]) -> None:
    """A line that had begun before is left out, as what is left of it may be what is left of a secret.

    A log that is shorter by now is that of a target which was started again.
    """
    log = BoundedLog(tmp_path / "target.log")
    for piece in written:
        log.write(piece)
    log.close()
    assert expected == log.tail(since=since)


def test_a_log_goes_on(tmp_path: Path) -> None:
    """A target that is started again adds to its log; a new run begins it anew."""
    for append, expected in ((False, b"a"), (True, b"aa"), (False, b"a")):
        log = BoundedLog(tmp_path / "log", append=append)
        log.write(b"a")
        log.close()
        assert expected == log.path.read_bytes()


@given(st.lists(st.integers(0, 30_000), max_size=30), st.integers(0, 50_000))
def test_the_file_is_bounded(tmp_path_factory: pytest.TempPathFactory, sizes: list[int], limit: int) -> None:
    """It holds the beginning and the end, and says how much is left out between."""
    path = tmp_path_factory.getbasetemp() / "bounded.log"
    log = BoundedLog(path, limit=limit)
    written = b""
    for number, size in enumerate(sizes):
        piece = bytes([97 + number % 26]) * size
        written += piece
        log.write(piece)
    log.close()
    kept = path.read_bytes()
    assert len(kept) <= limit + 65_536 + 50
    if len(written) <= limit:
        assert written == kept
    else:
        assert kept.startswith(written[:limit])
        start, _, rest = kept.partition(b"\n[bothends: ")
        left_out, _, end = rest.partition(b" bytes left out here]\n")
        assert len(start) + int(left_out) + len(end) == len(written)
        assert written.endswith(end)


@given(st.binary() | st.text().map(lambda text: text.encode("utf-8", "replace")))
def test_no_byte_harms_a_terminal(tmp_path_factory: pytest.TempPathFactory, data: bytes) -> None:
    """Whatever a target writes, a shown line has no control character."""
    log = BoundedLog(tmp_path_factory.getbasetemp() / "harmless.log")
    log.write(data)
    log.close()
    for line in log.tail(1000):
        assert not [char for char in line if unicodedata.category(char) == "Cc" and char != "\t"]


def test_colours_and_tricks_are_taken_out(tmp_path: Path) -> None:
    """Colours vanish, other control characters and marks of direction are written out, long lines are cut."""
    log = BoundedLog(tmp_path / "log")
    log.write(b"\x1b[31mred\x1b[0m \x1b]0;title\x07end\n\na\x08b\xff\n" + "x\u202ey\n".encode() + b"z" * 1000)
    assert log.tail() == ["red end", "a\\x08b\ufffd", "x\\u202ey", "z" * 400 + "…"]
    log.close()


def test_secrets_are_hidden(tmp_path: Path) -> None:
    """What must not be shown is replaced, the longest first, and an empty secret hides nothing."""
    log = BoundedLog(tmp_path / "log", hide=["key", "", "key-and-more"])
    log.write(b"the key-and-more and the key\n")
    log.close()
    assert log.tail() == ["the [hidden] and the [hidden]"]


def test_a_short_secret_is_hidden_as_a_word_alone(tmp_path: Path) -> None:
    """The key of an app that is called `app` must not turn each word with these letters into a riddle."""
    log = BoundedLog(tmp_path / "log", hide=["app"])
    log.write(b"an appropriate size for app\n")
    log.close()
    assert log.tail() == ["an appropriate size for [hidden]"]


def test_a_secret_is_hidden_in_json_and_beneath_colours(tmp_path: Path) -> None:
    """Where it is written in JSON, or a colour begins within it, it is the same secret."""
    log = BoundedLog(tmp_path / "log", hide=['a "secret" text', "another-secret"])
    log.write(b'{"key": "a \\"secret\\" text"}\nanother-\x1b[31msecret\x1b[0m\n')
    log.close()
    assert log.tail() == ['{"key": "[hidden]"}', "[hidden]"]


def test_a_line_that_was_cut_is_not_shown(tmp_path: Path) -> None:
    """What is left of a secret at the cut would not be recognised."""
    log = BoundedLog(tmp_path / "log", hide=["secret"])
    log.write(b"secret\n" + b"x" * (65_536 - 7) + b"\nab")
    log.close()
    assert log.tail() == ["x" * 400 + "…", "ab"]


def test_a_log_that_ends_with_a_very_long_line_is_not_empty(tmp_path: Path) -> None:
    """No part of the line is shown, as it may begin in a secret; that there is one is."""
    log = BoundedLog(tmp_path / "log", hide=["secret"])
    log.write(b"first\n" + b"x" * 100_000 + b"\n")
    log.close()
    assert log.tail() == ["[bothends: a line of over 65535 bytes]"]


def test_a_title_without_an_end_hides_no_line(tmp_path: Path) -> None:
    """A terminal would show none of what comes behind it."""
    log = BoundedLog(tmp_path / "log")
    log.write(b"before \x1b]0;title\nERROR: it fails\n")
    log.close()
    assert log.tail() == ["before ", "ERROR: it fails"]


def test_a_full_disk_stops_nothing() -> None:
    """The end is kept though the file can't be written, and says so."""
    log = BoundedLog(Path("/dev/full"))
    log.write(b"first\n")
    log.write(b"second\n")
    log.close()
    first, second, trouble = log.tail()
    assert (first, second) == ("first", "second")
    assert "No space left" in trouble
