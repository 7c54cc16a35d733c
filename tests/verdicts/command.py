"""Runs the whole command in a folder of its own, and says how it ended."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import threading
import time
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import yaml

from tests.busy import until_shown
from tests.in_process import bothends

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from tests.verdicts.rows import Trial

ROOT = Path(__file__).resolve().parents[2]
SOURCES = Path(os.environ.get("VERDICTS_SOURCES", str(ROOT / "src")))
"""What is run: this working copy, or another one, which `VERDICTS_SOURCES` names, to measure it by the same tests."""

HERE = "VERDICTS_SOURCES" not in os.environ
"""Whether it is this working copy: then it runs in this process, unless several run at once."""

RECORD = os.environ.get("VERDICTS_RECORD")
"""A file to which each run is added as a line of JSON; nothing: none."""

QUICK = ("--profile", "quick", "--max-examples", "8", "--seed", "1")


@dataclass(frozen=True, repr=False)
class Ended:
    """How a run has ended.

    Attributes:
        code: Its exit code.
        out: Standard output.
        err: Standard error.
        report: The JSON report; empty where the run made none.
        seconds: Wall time, start and exit included.
    """

    code: int
    out: str
    err: str
    report: Mapping[str, Any]
    seconds: float

    @property
    def laws(self) -> tuple[str, ...]:
        """The laws that errors are of, the worst first."""
        return tuple(f["law"] for f in self.report.get("findings", ()) if f["severity"] == "error")

    @property
    def missing(self) -> list[Mapping[str, str]]:
        """What was not proven, in the report's order."""
        return list(self.report.get("not_proven", ()))

    @property
    def verdict(self) -> str:
        """The last line that a person sees, without what differs from run to run."""
        lines = [line for line in (self.out or self.err).splitlines() if line.strip()]
        return lines[-1] if lines else ""

    def judged(self, law: str) -> int:
        """How many exchanges a law had something to say about."""
        return sum(each["judged"] for each in self.report.get("laws", ()) if each["law"] == law)

    def __repr__(self) -> str:
        """Return what a failing assertion shows."""
        return f"exit code {self.code} after {self.seconds:.1f} s\n{self.out}\n{self.err}"


def run(
    folder: Path,
    *words: str,
    env: Mapping[str, str] | None = None,
    program: Sequence[str] = ("bothends",),
    timeout: float = 400,
) -> Ended:
    """Run `bothends` with some words in a folder.

    Args:
        folder: The working directory.
        words: The command and its arguments.
        env: Environment variables beside the inherited ones.
        program: The module that is run, and what comes before the words.
        timeout: Seconds after which the run is no run that ends.
    """
    report = folder / "report.json"
    report.unlink(missing_ok=True)
    more = ("--json", str(report)) if words[0] != "states" else ()
    began = time.monotonic()
    if HERE and tuple(program) == ("bothends",) and threading.current_thread() is threading.main_thread():
        ended = bothends(folder, *words, *more, env={**environment(), **(env or {})}, measured="--only" in words)
        told = json.loads(report.read_text("utf-8")) if report.exists() else {}
        return Ended(ended.returncode, ended.stdout, ended.stderr, told, time.monotonic() - began)
    done = until_shown(
        lambda: subprocess.run(
            [sys.executable, "-m", *program, *words, *more],
            cwd=folder,
            env={**os.environ, **environment(), **(env or {})},
            stdin=subprocess.DEVNULL,
            capture_output=True,
            check=False,
            timeout=timeout,
        ),
        lambda done: (done.returncode, _text(done.stdout)),
    )
    seconds = time.monotonic() - began
    told = json.loads(report.read_text("utf-8")) if report.exists() else {}
    return Ended(done.returncode, _text(done.stdout), _text(done.stderr), told, seconds)


def environment() -> dict[str, str]:
    """Return what a run needs beside what it inherits: the sources, and this repository for the kit."""
    return {"PYTHONPATH": os.pathsep.join((str(SOURCES), str(ROOT))), "COLUMNS": "120", "GITHUB_ACTIONS": ""}


def write(folder: Path, contract: Mapping[str, Any] | str, settings: str, description: Mapping[str, Any]) -> None:
    """Write a contract, its settings and the kit's description into a folder."""
    text = contract if isinstance(contract, str) else yaml.safe_dump(contract, sort_keys=False)
    (folder / "openapi.yaml").write_text(text, encoding="utf-8")
    (folder / "bothends.toml").write_text(settings, encoding="utf-8")
    (folder / "kit.json").write_text(json.dumps(description), encoding="utf-8")


def write_trial(folder: Path, trial: Trial) -> None:
    """Write a trial into a folder."""
    write(folder, trial.contract, trial.settings.replace('"BREAKS"', json.dumps(trial.breaks)), trial.description)


def record(name: str, ended: Ended) -> None:
    """Add a run to the record, where one is asked for."""
    if RECORD is None:
        return
    told: list[Mapping[str, Any]] = ended.report.get("findings", [])
    findings = [f"{f['severity']}: {f['law']}: {f['summary']} ({f['case']}, {f['count']} times)" for f in told]
    line = {
        "run": name,
        "code": ended.code,
        "verdict": ended.verdict,
        "seconds": round(ended.seconds, 1),
        "exchanges": ended.report.get("exchanges"),
        "findings": findings,
        "not_proven": [f"{each['what']}: {each['why']}" for each in ended.missing],
        "failure": ended.report.get("target_failure", "") or ended.report.get("harness_failure", ""),
        "error": "" if ended.report else ended.err[-600:],
    }
    with Path(RECORD).open("a", encoding="utf-8") as file:
        file.write(json.dumps(line, ensure_ascii=False) + "\n")


def _text(output: bytes) -> str:
    return output.decode("utf-8", "surrogateescape")
