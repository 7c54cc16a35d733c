"""Specs that are odd, broken or hostile: the exit code says whose fault it is, and one sentence says what is wrong.

`odd_specs.txt` has, for each, the exit code of `bothends lint` and the first thing that it says. Set UPDATE_SNAPSHOTS
to write it anew, and read what has changed.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.in_process import bothends
from tests.sturdy.odd_specs import ROWS

if TYPE_CHECKING:
    from subprocess import CompletedProcess

EXPECTED = Path(__file__).with_name("odd_specs.txt")
SETTINGS = """\
spec = {spec}
[documents]
folders = ["more"]
urls = {{"https://example.com/s/" = "copies"}}
"""
APART = {"a pipe", "a device", "seventy mebibytes", "reference to a device", "reference to a pipe of the system"}
"""Those that once waited for ever, or took all memory: each has a process with limits."""
MOST_MEMORY = 1 << 30
MOST_SECONDS = 120


def said(done: CompletedProcess[str], folder: Path) -> str:
    """Return the exit code and the first thing that was said, in one line."""
    lines = [line.strip() for line in (done.stdout + done.stderr).splitlines() if line.strip()]
    heads = {"bothends: the contract or the command line is wrong", "bothends: bothends failed"}
    told = " ".join(line for line in lines[:3] if line not in heads)
    return f"{done.returncode} {told}".replace(str(folder), "FOLDER")[:300].encode("unicode_escape").decode()


def outcome(name: str, folder: Path) -> str:
    """Return what the linter says of a row."""
    written = ROWS[name](folder)
    (folder / "bothends.toml").write_text(SETTINGS.format(spec=f'"{written}"'))
    if name not in APART:
        return said(bothends(folder, "lint"), folder)
    limits = f"import resource; resource.setrlimit(resource.RLIMIT_AS, ({MOST_MEMORY}, {MOST_MEMORY}))"
    code = f"{limits}; import sys; from bothends.cli.main import main; sys.exit(main(['lint']))"
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=folder, capture_output=True, text=True, timeout=MOST_SECONDS, check=False
    )
    return said(done, folder)


def expected() -> dict[str, str]:
    """Return what is said of each row."""
    pairs = (line.partition(": ") for line in EXPECTED.read_text("utf-8").splitlines())
    return {name: told for name, _, told in pairs}


ADDED = ("query", "additionalOperations", "itemSchema", "in: querystring")
NOT_PROVEN = {
    "a thousand million items": {"POST /things": "No value of 1,000,000,000 items is made"},
    "a thousand of a thousand of a thousand": {"POST /things": "No value of 1,000 items is made"},
    "openapi 3.2 with all that is new": {f"{word} of OpenAPI 3.2": "It is not looked at." for word in ADDED},
}


@pytest.mark.parametrize("name", NOT_PROVEN)
def test_what_is_not_made_or_not_read_is_not_proven(name: str, tmp_path: Path) -> None:
    """A whole run says it, with its place, and blames nobody for it."""
    (tmp_path / "bothends.toml").write_text(
        f'{SETTINGS.format(spec=json.dumps(ROWS[name](tmp_path)))}[target]\nready = "/"\n'
        f'command = [{json.dumps(sys.executable)}, "-m", "http.server", "--bind", "127.0.0.1", "{{port}}"]\n'
    )
    done = bothends(tmp_path, "verify", "--profile", "quick", "--json", "report.json")
    report = json.loads((tmp_path / "report.json").read_text("utf-8"))
    found = {one["what"]: one for one in report["not_proven"]}
    for what, why in NOT_PROVEN[name].items():
        assert why in found[what]["why"], done.stdout + done.stderr
        assert "openapi.json:1 /" in found[what]["where"]
    assert "" == report["target_failure"]


def test_there_are_as_many_as_were_attacked() -> None:
    """Each row is in the file, and nothing else is."""
    if os.environ.get("UPDATE_SNAPSHOTS"):
        pytest.skip("the file is written anew")
    assert list(expected()) == list(ROWS)
    assert len(ROWS) >= 80


@pytest.mark.parametrize("name", ROWS)
def test_an_odd_spec_is_told_in_a_sentence(name: str, tmp_path: Path) -> None:
    """No traceback, no wrong blame: it is as the file says."""
    told = outcome(name, tmp_path)
    if os.environ.get("UPDATE_SNAPSHOTS"):
        with EXPECTED.open("a", encoding="utf-8") as file:
            file.write(f"{name}: {told}\n")
        return
    assert expected()[name] == told
    assert "bothends failed" not in told
