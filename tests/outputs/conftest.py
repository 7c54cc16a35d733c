"""Both runs that the tests of this folder compare, with all that they write."""

from __future__ import annotations

import json
import subprocess
import sys
import threading
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from unittest import mock

import pytest

from tests.in_process import bothends
from tests.outputs.project import ROOT, write, write_pact
from tests.reports.browser import chromium

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.reports.browser import Page

REPORTS = {
    "json": "r.json",
    "ndjson": "r.ndjson",
    "junit": "r.xml",
    "html": "r.html",
    "markdown": "r.md",
    "sarif": "r.sarif",
    "har": "r.har",
    "otel": "r.jsonl",
}
WORDS = ("verify", "--seed", "1", "--only", "success", "--max-examples", "1")
KINDS = ("harmless", "hostile")


@dataclass(frozen=True)
class Run:
    """A run, and what it wrote.

    Attributes:
        folder: Where it wrote it.
        code: Its exit code.
        out: Standard output.
        err: Standard error.
    """

    folder: Path
    code: int
    out: str
    err: str

    def text(self, report: str) -> str:
        """Return a report; `plain` is the page, `github` all that GitHub's runner reads."""
        if report in {"plain", "github"}:
            return self.out
        with (self.folder / REPORTS[report]).open(encoding="utf-8", newline="") as file:
            return file.read()

    @property
    def report(self) -> dict[str, Any]:
        """The JSON report."""
        read: dict[str, Any] = json.loads(self.text("json"))
        return read


def run(folder: Path, *words: str, github: bool = False) -> Run:
    """Run a command in a folder, on GitHub or not, with all findings in each report.

    No finding is repeated: of two runs, the one would have more time for that than the other.
    """
    env = {"GITHUB_ACTIONS": "true" if github else None, "GITHUB_STEP_SUMMARY": None, "COLUMNS": "100"}
    with (
        mock.patch("bothends.engine.run.examine.EXAMINING_SECONDS", 0.0),
        mock.patch("bothends.reports.github.MOST", 1000),
        mock.patch("bothends.reports.markdown.MOST_ENTRIES", 1000),
    ):
        done = bothends(folder, *words, env=env, measured=False)
    return Run(folder, done.returncode, done.stdout, done.stderr)


def _reported(folder: Path, *words: str) -> Run:
    """Run a command that writes all reports."""
    reports = [word for name, file in REPORTS.items() for word in (f"--{name}", str(folder / file))]
    return run(folder, *words, *reports, github=True)


def _verified(folder: Path, *words: str) -> Run:
    write(folder, *words)
    return _reported(folder, *WORDS)


def _merged(folder: Path, kind: str) -> Run:
    write(folder, kind)
    parts = [str(folder / f"{number}.blob") for number in (1, 2)]
    for number, part in enumerate(parts, 1):
        run(folder, *WORDS, "--shard", f"{number}/2", "--blob", part)
    return _reported(folder, "merge", *parts)


def _provided(folder: Path, kind: str) -> Run:
    write(folder, kind)
    write_pact(folder)
    words = (sys.executable, "-m", "tests.outputs.target", kind, "told")
    with (
        (folder / "service.log").open("wb") as log,
        subprocess.Popen(words, cwd=ROOT, stdout=subprocess.PIPE, stderr=log) as service,
    ):
        assert service.stdout is not None
        port = int(service.stdout.readline())
        reading = threading.Thread(target=service.stdout.read)  # else it waits when it has said much
        reading.start()
        try:
            return _reported(folder, "provider", "settings", "--seed", "1", "--url", f"http://127.0.0.1:{port}")
        finally:
            service.terminate()
            reading.join()


@pytest.fixture(scope="session")
def runs(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Run]:
    """A run with each target, and all reports."""
    return {kind: _verified(tmp_path_factory.mktemp(kind), kind) for kind in KINDS}


@pytest.fixture(scope="session")
def failed(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Run]:
    """The same, of targets that log what they say, and end."""
    return {kind: _verified(tmp_path_factory.mktemp(kind), kind, "dies") for kind in KINDS}


@pytest.fixture(scope="session")
def merged(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Run]:
    """The same, of a run in two parts that were merged."""
    return {kind: _merged(tmp_path_factory.mktemp(kind), kind) for kind in KINDS}


@pytest.fixture(scope="session")
def provided(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Run]:
    """The same, of a service that is held to what others rely on."""
    return {kind: _provided(tmp_path_factory.mktemp(kind), kind) for kind in KINDS}


@pytest.fixture(scope="session")
def page() -> Iterator[Page]:
    """A tab of one browser."""
    with chromium() as tab:
        yield tab
