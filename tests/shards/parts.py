"""A run in parts, and the same run alone: what both say, without what differs from run to run."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from tests.deliveries.project import Orders
from tests.in_process import bothends

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path
    from subprocess import CompletedProcess


BUG = "no-identity"
"""What is wrong with a broken target: its events lack what the contract identifies them by."""


def write_orders(folder: Path, bug: str = "") -> None:
    """Write the contract and the settings of a target that sends an event for each order; with a bug, or none."""
    Orders(folder, {"attempts": "once"}, env={"AFTER": "-1", "BUG": bug}).write()


@dataclass(frozen=True)
class Run:
    """How a run ended.

    Attributes:
        code: Its exit code.
        report: Its JSON report.
        out: What was printed.
    """

    code: int
    report: dict[str, Any]
    out: str

    @property
    def said(self) -> dict[str, Any]:
        """What a run in parts says as well as one alone: not times, nor requests that were made smaller.

        An exchange is judged again when its event comes late, so how often a law was asked depends on times as well.
        """
        report = self.report
        return {
            "code": self.code,
            "verdict": report["verdict"],
            "exchanges": report["exchanges"],
            "answers": report["answers"],
            "laws": [(one["law"], one["severity"], one["judged"] > 0, one["broken"] > 0) for one in report["laws"]],
            "pacts": report["pacts"],
            "coverage": report["coverage"],
            "findings": [_finding(one) for one in report["findings"]],
            "not proven": sorted((one["what"], one["why"]) for one in report["not_proven"]),
            "notes": [_DIGITS.sub("N", note) for note in report["notes"]],
        }

    @property
    def told(self) -> dict[str, Any]:
        """What is the same though a busy machine had some cases played again: the verdict, the answers, the IDs."""
        said = self.said
        answers = [(one["status"], one["seen"] > 0, one["cases"] > 0) for one in said["answers"]]
        ids = {one["id"] for one in said["findings"]}
        unproven = sorted(what for what, _ in said["not proven"] if what != "time")
        return {"verdict": said["verdict"], "answers": answers, "findings": ids, "not proven": unproven}


_DIGITS = re.compile(r"[\d,]+")


def _finding(one: dict[str, Any]) -> dict[str, Any]:
    same = {name: one[name] for name in ("id", "law", "severity", "cause")}
    return same | {"consequences": [each["law"] for each in one["consequences"]]}


def alone(folder: Path, *words: str) -> Run:
    """Run all of it in a folder."""
    return _run(folder, "verify", *words)


def part(folder: Path, number: int, count: int, *words: str) -> CompletedProcess[str]:
    """Run one part in a folder; its blob is named after its number."""
    return bothends(folder, "verify", "--shard", f"{number}/{count}", "--blob", f"{number}.blob", *words)


def parts(folder: Path, count: int, *words: str) -> list[Path]:
    """Run all parts in a folder, one after the other; return their blobs."""
    for number in range(1, count + 1):
        done = part(folder, number, count, *words)
        assert 0 == done.returncode, done.stdout + done.stderr
        assert f"part {number} of {count}, no verdict" in done.stdout
    return [folder / f"{number}.blob" for number in range(1, count + 1)]


def merged(folder: Path, blobs: Sequence[Path], *words: str) -> Run:
    """Merge blobs in a folder."""
    return _run(folder, "merge", *map(str, blobs), *words)


def _run(folder: Path, *words: str) -> Run:
    report = folder / "report.json"
    report.unlink(missing_ok=True)
    done = bothends(folder, *words, "--json", str(report))
    assert report.exists(), done.stdout + done.stderr
    return Run(done.returncode, json.loads(report.read_text()), done.stdout)
