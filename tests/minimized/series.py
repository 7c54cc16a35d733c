"""A series over all planted bugs: what was seen of each is kept, so that it can be broken off and gone on with."""

from __future__ import annotations

import argparse
import fnmatch
import json
import sys
import tempfile
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tests.bank.bank import ROOT
from tests.bank.trial import PARTS, digest, now, this_bothends

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence


@cache
def key() -> str:
    """Return the digest of what all outcomes depend on."""
    parts = [ROOT / "src" / "bothends" / part for part in PARTS]
    bugs = [ROOT / "tests" / "bank", *(ROOT / "tests" / name / "bugs" for name in ("orders", "checkout"))]
    return digest("", [*parts, *bugs, ROOT / "examples"])[:16]


@dataclass(frozen=True, slots=True)
class Series:
    """A series.

    Attributes:
        outcomes: The file that has a line for each bug that was tried.
        bugs: Returns what tries each bug, by its name, in an empty folder, and returns what was seen.
        told: Returns what is said of a bug that was tried.
        summary: Returns what is said of all that were tried, of so many, and whether it is right.
    """

    outcomes: Path
    bugs: Callable[[], Mapping[str, Callable[[Path], dict[str, Any]]]]
    told: Callable[[dict[str, Any]], str]
    summary: Callable[[Sequence[dict[str, Any]], int], tuple[str, bool]]

    def known(self) -> dict[str, dict[str, Any]]:
        """Return what was seen so far, by the names of the bugs."""
        lines = self.outcomes.read_text("utf-8").splitlines() if self.outcomes.exists() else []
        return {row["bug"]: row for row in map(json.loads, lines)}

    def keep(self, rows: dict[str, dict[str, Any]]) -> None:
        """Write what was seen, whole or not at all."""
        partial = self.outcomes.with_suffix(".partial")
        lines = (json.dumps(rows[name], ensure_ascii=False) for name in sorted(rows))
        partial.write_text("".join(f"{line}\n" for line in lines), encoding="utf-8")
        partial.replace(self.outcomes)

    def main(self, about: str, argv: Sequence[str] | None = None) -> int:
        """Work for one chunk of time; return 1 where something is not right.

        Args:
            about: What the series is, in its first line.
            argv: The arguments; None: those of the process.
        """
        parser = argparse.ArgumentParser(description=about.partition("\n")[0])
        parser.add_argument("--only", action="append", help="names of bugs, with * and ?; may be said again")
        parser.add_argument("--chunk-seconds", type=float, default=540.0, help="no bug is begun after so long")
        parser.add_argument("--jobs", type=int, default=1, help="bugs at a time")
        parser.add_argument("--again", action="store_true", help="also those that are known, though code has changed")
        asked = parser.parse_args(argv)
        began, rows, bugs = time.monotonic(), self.known(), self.bugs()
        chosen = [name for name in bugs if any(fnmatch.fnmatch(name, one) for one in asked.only or ["*"])]
        left = [name for name in chosen if name not in rows or (asked.again and rows[name]["key"] != key())]
        with ThreadPoolExecutor(asked.jobs) as pool:
            for row in pool.map(lambda name: _in_time(name, bugs[name], began + asked.chunk_seconds), left):
                if row is not None:
                    rows = self.known() | {row["bug"]: row}
                    self.keep(rows)
                    say(f"{row['bug']} {row['seconds']:.0f} s: {self.told(row)}")
        text, right = self.summary([rows[name] for name in chosen if name in rows], len(chosen))
        say(text)
        return int(not right)


def _in_time(name: str, tried: Callable[[Path], dict[str, Any]], until: float) -> dict[str, Any] | None:
    """Try a bug; return what was seen, None if it is too late to begin."""
    start = time.monotonic()
    if start > until:
        return None
    with tempfile.TemporaryDirectory(prefix="bothends-series-") as folder:
        row = tried(Path(folder))
    seconds = round(time.monotonic() - start, 1)
    return {"bug": name, **row, "key": key(), "at": now(), "tool": this_bothends(), "seconds": seconds}


def say(line: str) -> None:
    """Tell a person."""
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()
