"""Standard output: a reader that goes away, a full disk, an old encoding."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import pytest

from bothends.cli.terminal import Output
from bothends.errors import HarnessError

if TYPE_CHECKING:
    from pathlib import Path

    from tests.cli.conftest import Project


def test_a_reader_that_goes_away_ends_nothing() -> None:
    """What is written after that is dropped, and the stream can still be closed in peace."""
    reading, writing = os.pipe()
    stream = os.fdopen(writing, "w")
    output = Output(stream)
    output.write("one\n")
    output.flush()
    os.close(reading)
    output.write("two\n")
    output.flush()
    assert output.gone
    output.write("three\n")
    output.flush()
    stream.close()


def test_a_full_disk_is_an_error_of_the_harness() -> None:
    """The reason is told once; from then on writing does nothing."""
    with open("/dev/full", "w", encoding="utf-8") as stream:  # noqa: PTH123 -- a device
        output = Output(stream)
        output.write("text")
        with pytest.raises(HarnessError, match="No space left on device"):
            output.flush()
        output.flush()


def test_characters_that_the_encoding_lacks_are_escapes(tmp_path: Path) -> None:
    """A stream of an old encoding takes any text."""
    path = tmp_path / "out"
    with path.open("w", encoding="ascii") as stream:
        output = Output(stream)
        assert ("ascii", False, stream.fileno()) == (output.encoding, output.isatty(), output.fileno())
        output.write("Zürich \udc80")
    assert r"Z\xfcrich \udc80" == path.read_text()


@pytest.mark.measured
def test_head_ends_a_listing_silently(project: Project) -> None:
    """`bothends states | head -1` says nothing of a broken pipe."""
    process = project.start("states")
    assert process.stdout is not None
    assert process.stderr is not None
    process.stdout.close()
    assert ("", 0) == (process.stderr.read(), process.wait())
    process.stderr.close()
