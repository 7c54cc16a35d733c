"""The glossary is read from its page, and reports and the command line show it."""

from __future__ import annotations

import re
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from bothends.cli.main import main
from bothends.reports.glossary import glossary, glossary_pointer, meanings

ROOT = Path(__file__).resolve().parents[2]
PAGE = (ROOT / "docs" / "glossary.md").read_text("utf-8")


def test_each_row_of_the_page_is_there() -> None:
    """All sections and words, as plain text: no mark-up, and no link, which would lead nowhere from a report."""
    assert re.findall(r"^## (.*)$", PAGE, re.MULTILINE) == [words.title for words in glossary()]
    assert PAGE.count("\n| ") - len(glossary()) == sum(len(words.rows) for words in glossary())
    assert [] == [row for words in glossary() for row in words.rows if re.search(r"[*`]|\]\(", "".join(row))]


def test_links_leave_their_words() -> None:
    """But for one at the end, which only says where more is."""
    found = dict(meanings())
    assert "The result of a run: PROVEN, BROKEN or NOT PROVEN. The exit code follows from it." == found["verdict"]
    assert found["state"].endswith(": the ingest hangs.")


def test_a_word_is_found_by_a_part_of_it() -> None:
    """In any case."""
    assert ["tie, attribution"] == [word for word, _ in meanings("ATTRIB")]


def test_the_command_explains_words(capsys: pytest.CaptureFixture[str]) -> None:
    """One, or all; one that there is not is a wrong call."""
    assert 0 == main(["words", "flaky"])
    meaning = "    The finding did not appear again when bothends retried it under the same\n    conditions.\n"
    assert f"flaky\n{meaning}" == capsys.readouterr().out
    assert 0 == main(["words"])
    assert len(meanings()) == len(re.findall(r"^\S", capsys.readouterr().out, re.MULTILINE))
    assert 2 == main(["words", "flakey"])
    assert "The glossary has no word 'flakey'." in capsys.readouterr().err


@pytest.mark.parametrize(
    ("problem", "command"),
    [
        ("x-given names an unknown family: 'logged-out'.", "bothends words x-given"),
        ("there is no family 'upstream-unreachible'.", "bothends words family"),
        ("Two callbacks have the same URL.", "bothends words callback"),
        ("The usual request is refused.", "bothends words 'usual request'"),
        ("'hsot' is not a key of [world], nor is `state`.", ""),
        ("The settings file does not exist.", ""),
    ],
)
def test_an_error_names_its_first_word_of_the_glossary(problem: str, command: str) -> None:
    """As the command that explains the word; without one, there is nothing to explain."""
    assert command == glossary_pointer(problem)


def test_an_error_of_the_contract_ends_with_the_command(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """After the advice."""
    monkeypatch.chdir(tmp_path)
    Path("bothends.toml").write_text('spec = "openapi.yaml"\n', "utf-8")
    Path("openapi.yaml").write_text('openapi: 3.1.0\ninfo: {title: x, version: "1"}\npaths: {}\n', "utf-8")
    assert 2 == main(["verify"])
    assert capsys.readouterr().err.endswith("such as post\n  words: bothends words operation\n")


def test_the_help_names_the_command(capsys: pytest.CaptureFixture[str]) -> None:
    """It is where a reader looks first."""
    main(["--help"])
    assert "`bothends words` explains the words of reports and errors" in capsys.readouterr().out


def test_the_wheel_has_the_page(tmp_path: Path) -> None:
    """Where there is no repository, it is read from the package."""
    made = "from hatchling.build import build_wheel; import sys; print(build_wheel(sys.argv[1]))"
    done = subprocess.run(
        [sys.executable, "-c", made, str(tmp_path)], cwd=ROOT, capture_output=True, text=True, check=True
    )
    with zipfile.ZipFile(tmp_path / done.stdout.split()[-1]) as wheel:
        assert PAGE == wheel.read("bothends/glossary.md").decode()
