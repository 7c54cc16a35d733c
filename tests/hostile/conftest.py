"""Runs of the whole command line against a hostile target: how they end, how long they take, and in how much memory."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from tests.hostile.memory import group_memory
from tests.snapshots import compare
from tests.warm import start as warm

ROOT = Path(__file__).resolve().parent.parent.parent
SNAPSHOTS = Path(__file__).parent / "snapshots"
MOST_SECONDS = 600.0
"""After which a run is no run that ends, on however slow a machine."""

# What differs from run to run and from machine to machine, in this order.
_CHANGING = (
    (re.compile(r"bothends \d+\.\d+\.\d+"), "bothends VERSION"),
    (re.compile(r"after [\d.]+ s\b"), "after S s"),
    (re.compile(r"curl -i -m [\d.]+"), "curl -i -m S"),
    (re.compile(r"127\.0\.0\.1:\d+"), "127.0.0.1:PORT"),
    (re.compile(r"^[\d,]+ of [\d,]+ exchanges, about \d+ s left.*\n", re.MULTILINE), ""),
    (re.compile(r"replay bothends-[0-9a-f]{8}/"), "replay "),
    (re.compile(r"[\d,]+ exchanges? in [\d.]+ s\b"), "N exchanges in S s"),
    (re.compile(r"replay [0-9a-f]{10}\b"), "replay ID"),
    (re.compile(r"\([0-9a-f]{10}\)"), "(ID)"),
    (re.compile(r"\b\d+ bytes of the body had come"), "N bytes of the body had come"),
    (re.compile(r"\d{5,}"), "NUMBER"),
    # How many are under way when a target is given up on, and how often nothing came, is a matter of the machine.
    (re.compile(r"\b[1-4]\d\b"), "NN"),
    (re.compile(r"\b\d times in a row"), "N times in a row"),
)


@dataclass(frozen=True)
class Ended:
    """How a run has ended.

    Attributes:
        code: Its exit code.
        out: Standard output.
        err: Standard error.
        report: The JSON report, as text.
        seconds: Wall time, start and exit included.
        megabytes: Peak resident memory of bothends itself, MiB.
        together: The most that it and its helpers had at a time, MiB: the resident memory of each, summed up; not the
            target's.
    """

    code: int
    out: str
    err: str
    report: str
    seconds: float
    megabytes: float
    together: float

    @property
    def laws(self) -> set[str]:
        """The laws that errors are of."""
        return {f["law"] for f in json.loads(self.report)["findings"] if f["severity"] == "error"}

    @property
    def told(self) -> dict[str, Any]:
        """The JSON report."""
        report: dict[str, Any] = json.loads(self.report)
        return report


@dataclass(frozen=True)
class Place:
    """A folder with this repository's contract, in which hostile targets are verified."""

    folder: Path

    def verify(self, target: str, *arguments: str) -> Ended:
        """Verify a target of `tests/hostile/targets`.

        Args:
            target: Its name, and its arguments.
            arguments: Of `bothends verify`.
        """
        command = f"{sys.executable} -m tests.hostile.targets.{target}"
        report = self.folder / "report.json"
        began = time.monotonic()
        process = subprocess.Popen(
            [
                *(*warm.command("module"), "tests.hostile.measured"),
                *("verify", "--seed", "1", "--json", str(report)),
                *("--command", command, *arguments),
            ],
            cwd=self.folder,
            # How long a run takes, and in how much memory, is its own.
            env={**os.environ, "PYTHONPATH": f"{ROOT}{os.pathsep}{ROOT / 'src'}", "COLUMNS": "80"},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
        )
        with process, group_memory(self.folder) as helpers:
            try:
                out, err = process.communicate(timeout=MOST_SECONDS)
            except subprocess.TimeoutExpired:
                process.kill()
                raise
        seconds = time.monotonic() - began
        peak = float((self.folder / "peak.txt").read_text(encoding="utf-8"))
        together = peak + helpers()
        return Ended(process.returncode, _text(out), _text(err), report.read_text("utf-8"), seconds, peak, together)

    def check(self, name: str, text: str) -> None:
        """Compare with the stored text, without what differs from run to run."""
        shown = text.replace(sys.executable, "PYTHON").replace(str(ROOT), "ROOT")
        for pattern, word in _CHANGING:
            shown = pattern.sub(word, shown)
        compare(SNAPSHOTS / f"{name}.txt", shown)


@pytest.fixture
def place(tmp_path: Path) -> Place:
    """A contract whose target is ready when its port accepts, and has two seconds for an answer."""
    settings = (ROOT / "bothends.toml").read_text(encoding="utf-8")
    for old, new in (
        ('spec = "openapi.yaml"\npacts = "contracts/pacts"\n', f'spec = "{ROOT / "openapi.yaml"}"\n'),
        ("[target]\n", f'[target]\ncwd = "{ROOT}"\ntime_limit_ms = 2000\n'),
        ('ready = "/healthz"\n', ""),
        ("isolated = true\n", ""),  # how many lanes there are is a matter of the machine
        ('"openapi.yaml#', f'"{ROOT / "openapi.yaml"}#'),
    ):
        assert old in settings
        settings = settings.replace(old, new)
    (tmp_path / "bothends.toml").write_text(settings, encoding="utf-8")
    return Place(tmp_path)


def _text(output: bytes) -> str:
    return output.decode("utf-8", "surrogateescape")
