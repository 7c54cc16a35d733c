"""One run: `bothends verify` as a user would call it, and what it came to."""

from __future__ import annotations

import json
import shutil
import sys
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tests.bank.bank import ROOT, plant
from tests.bank.trial import TOLD, TrialError, now, run, share_cases, this_bothends
from tests.loaded.outcomes import Outcome

if TYPE_CHECKING:
    from tests.loaded.subjects import Subject

LIMIT_SECONDS = 900.0
REPORTS = ROOT / ".bothends" / "loaded"
"""Where the reports are kept of runs on correct targets that are not proven, and of bugs that are not found."""
# 2 and 5 say that the contract, the call or bothends is wrong; of those nothing follows for the target.
_VERDICTS = frozenset({0, 1, 3, 4})


def verify(subject: Subject, seed: int, loops: int) -> Outcome:
    """Make one run. One on a bug ends with the first error, as nothing that comes later undoes it.

    Args:
        subject: What is verified.
        seed: The run's seed.
        loops: Busy loops that are beside it, which somebody else has started.

    Raises:
        TrialError: bothends failed, or was called wrongly.
    """
    with tempfile.TemporaryDirectory(prefix="bothends-loaded-") as place:
        folder = Path(place)
        settings, more = ROOT / subject.settings, []
        if subject.bug is not None:
            settings, more = plant(subject.bug, folder), ["--fail-fast"]
            share_cases(settings.parent)
        report = folder / "report.json"
        words = ["--seed", str(seed), "--profile", subject.profile, "--json", str(report), *more]
        began = time.monotonic()
        code, said = run(
            [sys.executable, "-m", "bothends", "verify", "--config", str(settings), *words], ROOT, LIMIT_SECONDS
        )
        seconds = time.monotonic() - began
        if code is not None and (code not in _VERDICTS or not report.exists()):
            raise TrialError(f"bothends ended with {code}: {said.strip()[-500:]}")
        document = json.loads(report.read_bytes()) if report.exists() else {"findings": [], "not_proven": []}
        outcome = _outcome(subject, seed, document, code=code, seconds=round(seconds, 1), loops=loops)
        if report.exists() and is_remarkable(subject, outcome):
            REPORTS.mkdir(parents=True, exist_ok=True)
            shutil.copy(report, REPORTS / f"{subject.name.replace('/', '-')}-{subject.profile}-{seed}.json")
    return outcome


def is_remarkable(subject: Subject, outcome: Outcome) -> bool:
    """Whether an outcome is other than it is on a machine with nothing else to do."""
    return outcome.code != 0 if subject.bug is None else not outcome.names(subject.bug.laws)


def _outcome(subject: Subject, seed: int, document: dict[str, Any], **known: Any) -> Outcome:
    findings = document["findings"]
    errors = tuple(dict.fromkeys(f["law"] for f in findings if f["severity"] == "error"))
    warnings = tuple(dict.fromkeys(f["law"] for f in findings if f["law"] not in errors))
    sayings = [
        *(f"{f['law']}: {f['summary']} ({f['case']})" for f in findings if f["severity"] == "error"),
        *(f"{item['what']}: {item['why']}" for item in document["not_proven"]),
        *(document.get(failure) or "" for failure in ("target_failure", "harness_failure")),
    ]
    return Outcome(
        subject=subject.name,
        profile=subject.profile,
        seed=seed,
        key=subject.key(),
        errors=errors,
        warnings=warnings,
        not_proven=tuple(item["what"] for item in document["not_proven"]),
        said=next((" ".join(text.split())[:TOLD] for text in sayings if text), ""),
        at=now(),
        tool=this_bothends(),
        **known,
    )
