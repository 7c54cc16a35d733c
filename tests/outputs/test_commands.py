"""What else shows or writes what a target has said: each command, beside the same of a harmless target."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
import tomllib
from typing import TYPE_CHECKING, Any
from xml.etree import ElementTree as ET

import pytest
import yaml

from bothends import notebook
from bothends.contract.settings import load_settings, read_known
from bothends.laws import all_laws
from bothends.records import Verdict
from bothends.soak.report import text as soak_text
from bothends.soak.totals import Totals
from tests.outputs import readers, terminals
from tests.outputs.conftest import KINDS, WORDS, run
from tests.outputs.project import write
from tests.outputs.texts import TEXTS
from tests.reports.test_junit import outcomes

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from pathlib import Path

    from tests.outputs.conftest import Run
    from tests.reports.browser import Page

SOME = ("colour and cursor", "turned round", "commands", "separators")
"""Texts that each do something else to what shows them."""

TERMS = ("--reason", "It stays for now.", "--until", "2099-12-31")


def ids(run: Run) -> list[str]:
    """Return the IDs of the findings of a run: the same for both targets, as the same is wrong."""
    return [finding["id"] for finding in run.report["findings"]]


def replayed(run_: Run) -> Any:
    """A finding that is shown again from end to end: each step, what was sent and what came."""
    shown = []
    for name in SOME:
        (found,) = [
            one["id"]
            for one in run_.report["findings"]
            if one["law"] == "event-schema" and one["case"].endswith(f"name{list(TEXTS).index(name)}.no-body")
        ]
        shown.append(readers.plain(run(run_.folder, "replay", found).out))
    return shown


def on_github(run_: Run) -> Any:
    """What GitHub's runner obeys of commands that have no annotations: nothing."""
    first = ids(run_)[0]
    commands = (("accept", first, *TERMS), ("explain", first), ("explain", "--tie", ""), ("explain", "--tie", first))
    for words in commands:
        done = run(run_.folder, *words, github=True)
        assert [] == readers.Runner().read(done.out + done.err), words
    return len(commands)


def explained(run_: Run) -> Any:
    """The law of each finding, all events, and what was decided of those of each finding."""
    first, *_ = ids(run_)
    commands = [("explain", first), ("explain", "--tie", ""), *(("explain", "--tie", each) for each in ids(run_)[:8])]
    shown = []
    for words in commands:
        done = run(run_.folder, *words)
        shown.append((done.code, readers.plain(done.out + done.err)))
    return shown


def accepted(run_: Run) -> Any:
    """The file of known findings that accepts all: read by a reader of TOML, and by the next run."""
    done = run(run_.folder, "accept", *TERMS)
    file = run_.folder / "known-findings.toml"
    text = file.read_text("utf-8")
    assert readers.ACTED_ON.findall(text) == []
    entries = tomllib.loads(text)["known"]
    known = read_known(load_settings(run_.folder / "bothends.toml"), [law.name for law in all_laws()])
    again = run(run_.folder, "accept", *TERMS)
    file.unlink()
    shape = [(sorted(each), each["law"], each["operation"], each["status"]) for each in entries]
    return done.code, readers.plain(done.out), shape, len(known), again.out, text.count("\n")


def kept(run_: Run) -> Any:
    """The files of state: each is JSON, and says the same things."""
    found = {}
    for file in sorted((run_.folder / ".bothends").rglob("*.json*")):
        if "cases" in file.parts:
            continue
        text = file.read_text("utf-8")
        assert readers.ACTED_ON.findall(text) == [], file
        found[re.sub("-[0-9a-f]{8}$", "", file.parent.name) + file.name] = (
            sorted(json.loads(text)) if text[0] == "{" else 0
        )
    return found


AFTER_A_RUN: dict[str, Callable[[Run], Any]] = {
    "replay": replayed,
    "commands on GitHub": on_github,
    "explain": explained,
    "accept": accepted,
    "state": kept,
}


@pytest.mark.parametrize("name", AFTER_A_RUN)
def test_what_comes_after_a_run(runs: dict[str, Run], name: str) -> None:
    """What is told, accepted, explained and kept of a run has the same shape, and is read by a reader of its format."""
    read = AFTER_A_RUN[name]
    assert read(runs["harmless"]) == read(runs["hostile"])


@pytest.fixture
def folders(tmp_path: Path) -> dict[str, Path]:
    """A folder for each target, with the contract."""
    made = {kind: tmp_path / kind for kind in KINDS}
    for kind, folder in made.items():
        folder.mkdir()
        write(folder, kind)
    return made


def test_a_terminal_shows_what_a_harmless_target_gives(folders: dict[str, Path]) -> None:
    """On the screen the same lines stand, in their places; nothing but bothends' own colours and lines is written."""
    seen = {}
    for kind, folder in folders.items():
        text = terminals.written(folder, *WORDS)
        screen = terminals.screen(text)
        assert set(readers.parts(text)) <= {"m", "K", "A", "h", "l"}, kind
        assert screen.title == ""
        lines = [line.rstrip() for line in screen.display]
        shapes = readers.line_shapes("\n".join(lines))
        # What does not fit into a line goes on in the next one, which does not begin at the margin.
        seen[kind] = [re.sub(r" at( /said.*)?$", "", line) for line in shapes if line[:1].strip()]
    assert seen["harmless"] == seen["hostile"]


def test_a_watched_screen_shows_what_a_harmless_target_gives(folders: dict[str, Path]) -> None:
    """The one screen of `--watch` has the same lines, each in one row, and ends where it should."""
    seen = {}
    for kind, folder in folders.items():
        words = ("verify", "--watch", *WORDS[1:])
        lines = terminals.screen(terminals.written(folder, *words, until="waiting for a change")).display
        shown = readers.line_shapes("\n".join(line.rstrip() for line in lines))
        seen[kind] = [line for line in shown if line.strip()]
    assert seen["harmless"] == seen["hostile"]


_NUMBERS, _TRIED = re.compile(r"[ \d]*\d"), re.compile(r", not retried|; reproduced.*|; not retried.*")
"""How often something was seen, and whether it was shown again: the time that was left decides."""
_LOG = re.compile(r"<dt>log</dt>\s*<dd>.*?</dd>", re.DOTALL)


def _untimed(lines: Iterable[str]) -> list[str]:
    return [" ".join(_NUMBERS.sub(" 0", _TRIED.sub("", line)).split()) for line in lines]


def test_a_notebook_and_a_soak_show_what_a_harmless_target_gives(folders: dict[str, Path], page: Page) -> None:
    """The HTML of a run and of its findings has the same elements; the text of a soak has the same lines."""
    seen: dict[str, Any] = {}
    for kind, folder in folders.items():
        found = notebook.verify(folder / "bothends.toml", only="success", seed=1, max_examples=1)
        file = folder / "cells.html"
        # Of how many findings there is a log, the time that was left to show them again decides.
        cells = _LOG.sub("", found._repr_html_() + found.explain().html)
        ready = "<script>document.documentElement.dataset.ready = 'true'</script>"  # the last that is parsed
        file.write_text(f'<!doctype html><meta charset="utf-8"><body>{cells}{ready}', "utf-8")
        totals = Totals(1, 1, 1, found.summary.laws, found.findings, found.summary.not_proven, Verdict.BROKEN)
        soak = soak_text(totals, folder / "bothends.toml", (), "http://127.0.0.1:1")
        texts = [_untimed(readers.plain(one)) for one in (repr(found), found.explain().text, soak)]
        seen[kind] = (readers.html(page, file), texts, readers.Runner().read(soak))
    assert seen["harmless"] == seen["hostile"]


@pytest.mark.parametrize("texts", [SOME, pytest.param(tuple(TEXTS), marks=pytest.mark.long)], ids=["some", "all"])
def test_pytest_shows_what_a_harmless_target_gives(folders: dict[str, Path], texts: tuple[str, ...]) -> None:
    """The same items fail, in its own JUnit report as well, and GitHub's runner finds no command in what it prints."""
    seen = {}
    operations = " or ".join(f"name{list(TEXTS).index(text)}." for text in texts)
    for kind, folder in folders.items():
        words = ["-q", "-p", "no:schemathesis", "--bothends", "bothends.toml", "bothends.toml"]
        words += ["-k", f"success and ({operations})"]
        done = subprocess.run(
            [sys.executable, "-m", "pytest", *words, "--bothends-max-examples", "1", "--junitxml", "items.xml"],
            cwd=folder,
            env={name: value for name, value in os.environ.items() if not name.startswith("PYTEST_")},
            capture_output=True,
            text=True,
            check=False,
            timeout=300,
        )
        assert [] == readers.Runner().read(done.stdout + done.stderr)
        assert readers.ACTED_ON.findall(done.stdout) == []
        items = outcomes(ET.parse(folder / "items.xml").getroot())  # noqa: S314 -- pytest wrote it
        assert 1 == done.returncode, done.stdout
        seen[kind] = (items, [line for line in done.stdout.split("\n") if line[:1] in {"_", "="}][:-1])
    assert seen["harmless"] == seen["hostile"]


@pytest.mark.long
def test_what_init_writes_is_read_as_it_was_meant(folders: dict[str, Path]) -> None:
    """Overlay, settings and pacts of a service are what a harmless one gives: what it says is no part of them."""
    seen = {}
    for kind, folder in folders.items():
        document = json.loads((folder / "openapi.json").read_text("utf-8"))
        for path in document["paths"].values():
            del path["post"]["responses"]["200"]["content"], path["post"]["callbacks"]
        (folder / "openapi.json").write_text(json.dumps(document), "utf-8")
        chosen = [word for name in ("YAML", "separators") for word in ("--operation", f"name{list(TEXTS).index(name)}")]
        done = run(folder, "init", "--from", "openapi.json", "--seed", "1", *chosen, github=True)
        assert [] == readers.Runner().read(done.out + done.err)
        files = sorted(
            file for file in folder.rglob("*") if file.suffix in {".yaml", ".yml", ".toml"} and file.is_file()
        )
        assert [] == [file for file in files if readers.ACTED_ON.search(file.read_text("utf-8"))]
        overlay = yaml.safe_load((folder / "bothends.overlay.yaml").read_text("utf-8"))
        targets = [action["target"] for action in overlay["actions"]]
        seen[kind] = (done.code, readers.plain(done.out), [file.name for file in files], targets)
    assert seen["harmless"] == seen["hostile"]
