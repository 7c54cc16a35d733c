"""One try of bothends on a target that is known to have a bug. A program of its own.

    python -m tests.bank.attempt SETTINGS REPORT PROFILE SECONDS [LAW ...] [--but TEXT]

It is `bothends verify --seed 1` with the profile: the same cases in the same order. But nothing is examined, and it
ends as soon as an error is found by one of the laws, since nothing that comes later makes that undone. Without a law it
goes to its end. An error whose sentence begins with the text does not end it. When the seconds are over, it ends with
what was found so far.

The report is written anew with each finding, so it is there however the program ends.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import sys
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast, get_args

from bothends.cases import Profile
from bothends.engine import Options, Verification
from bothends.engine.events import FindingFound, RunFinished
from bothends.records import Severity
from tests.bank.bank import SEED, expects

if TYPE_CHECKING:
    from collections.abc import Sequence

    from bothends.engine.events import Event
    from bothends.records import Finding, Summary

_ERROR_FOUND = 1


@dataclass(slots=True)
class Report:
    """What is known of the run so far.

    Attributes:
        file: Where it is written.
        laws: Those of which an error ends the run.
        but: How the sentence of an error begins that does not end it; empty: there is none.
        found: The findings, as they came.
        enough: Whether one of them ends the run.
        exchanges: How many were made.
        code: The exit code that the command line would give; None: there was no end in time.
        told: What was said of a run that found nothing.
    """

    file: Path
    laws: Sequence[str]
    but: str = ""
    found: list[Finding] = field(default_factory=list)
    enough: bool = False
    exchanges: int = 0
    code: int | None = None
    told: str = ""

    def take(self, event: Event) -> None:
        """Take what happened; a finding is written at once."""
        if isinstance(event, FindingFound):
            breach = event.finding.breach
            self.found.append(event.finding)
            counts = not self.but or not breach.summary.startswith(self.but)
            self.enough |= counts and breach.severity is Severity.ERROR and expects(self.laws, breach.law)
            self.code = _ERROR_FOUND if self.enough else None
            self.write()
        elif isinstance(event, RunFinished):
            self._end(event.summary)
            self.write()

    def write(self) -> None:
        """Write it, whole or not at all."""
        found = sorted((f.breach for f in self.found), key=lambda breach: breach.severity is Severity.WARNING)
        document: dict[str, Any] = {
            "findings": [{"law": b.law, "severity": b.severity.value, "summary": b.summary} for b in found],
            "exchanges": self.exchanges,
            "code": self.code,
            "told": self.told,
        }
        partial = self.file.with_suffix(".partial")
        partial.write_text(json.dumps(document))
        partial.replace(self.file)

    def _end(self, summary: Summary) -> None:
        self.exchanges = summary.exchanges
        if not self.enough:
            self.code = None if summary.interrupted else summary.exit_code
        missing = (f"not proven: {item.what}: {item.why}" for item in summary.not_proven)
        self.told = summary.harness_failure or summary.target_failure or next(missing, "")


async def attempt(options: Options, report: Report, seconds: float) -> None:
    """Run, until there is enough or the time is over."""
    verification = Verification(options)
    over = asyncio.get_running_loop().call_later(seconds, verification.interrupt)
    async for event in verification.events():
        report.take(event)
        if report.enough:
            verification.interrupt()
    over.cancel()


def main() -> int:
    """Make the try, and write the report."""
    parser = argparse.ArgumentParser(prog="python -m tests.bank.attempt")
    parser.add_argument("settings", type=Path)
    parser.add_argument("report", type=Path)
    parser.add_argument("profile")
    parser.add_argument("seconds", type=float)
    parser.add_argument("laws", nargs="*")
    parser.add_argument("--but", default="")
    asked = parser.parse_args()
    if asked.profile not in get_args(Profile):
        raise SystemExit(f"no such profile: {asked.profile}")
    profile = cast("Profile", asked.profile)
    options = Options(config=asked.settings, seed=SEED, profile=profile, examine=False)
    asyncio.run(attempt(options, Report(asked.report, asked.laws, asked.but), asked.seconds))
    return 0


if __name__ == "__main__":
    sys.exit(main())
