"""One run: `bothends verify` as a user would call it, and what it came to; and one script by hand."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from bothends.contract.settings import load_settings, read_known
from bothends.laws import all_laws
from bothends.records import Instance
from tests.bank.bank import ROOT
from tests.bank.trial import TOLD, TrialError, digest, now, run, this_bothends
from tests.products.outcomes import Found, Outcome, Shown
from tests.products.subjects import ACCEPTED, EXAMPLES, PROFILE, installed

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from bothends.records import KnownFinding
    from tests.products.subjects import Subject

LIMIT_SECONDS = 60 * 60.0
"""When a run is broken off: more than any may take, so that one which takes too long says what it found."""
REPORTS = ROOT / ".bothends" / "products"
"""Where each run leaves its reports: JSON, and what it printed."""
BY_HAND = EXAMPLES / "by_hand"
LONGEST_SCRIPT = 40
_MOST_SAID = 1000
# 2 and 5 say that the contract, the call or bothends is wrong; of those nothing follows for the product.
_VERDICTS = frozenset({0, 1, 3, 4})


def verify(subject: Subject, seed: int, loops: int) -> Outcome:
    """Make one run.

    Args:
        subject: What is verified.
        seed: The run's seed.
        loops: Busy loops that are beside it, which somebody else has started.

    Raises:
        TrialError: bothends failed, or was called wrongly.
    """
    REPORTS.mkdir(parents=True, exist_ok=True)
    os.environ["PRODUCTS"] = str(installed())
    report = _report(subject, seed, loops)
    report.unlink(missing_ok=True)
    words = ["--config", str(EXAMPLES / subject.settings), "--profile", PROFILE, "--seed", str(seed)]
    words += [word for pattern in subject.only for word in ("--only", pattern)]
    load = os.getloadavg()[0]
    began = time.monotonic()
    code, said = run([sys.executable, "-m", "bothends", "verify", *words, "--json", str(report)], ROOT, LIMIT_SECONDS)
    seconds = time.monotonic() - began
    report.with_suffix(".txt").write_text(said, encoding="utf-8")
    if code is not None and (code not in _VERDICTS or not report.exists()):
        raise TrialError(f"bothends ended with {code}: {said.strip()[-500:]}")
    document = json.loads(report.read_bytes()) if report.exists() else {}
    return Outcome(
        subject=subject.name,
        seed=seed,
        loops=loops,
        key=subject.key(),
        code=code,
        exchanges=document.get("exchanges", 0),
        seconds=round(seconds, 1),
        load=round(load, 1),
        findings=_findings(document, _accepted(subject)),
        not_proven=tuple(dict.fromkeys(item["what"] for item in document.get("not_proven", ()))),
        failure=_line(document.get("target_failure") or document.get("harness_failure") or ""),
        at=now(),
        tool=this_bothends(),
    )


def reread(subject: Subject, outcome: Outcome) -> Outcome:
    """Return an outcome with the findings that are accepted by now, if the report of its run is still there."""
    report = _report(subject, outcome.seed, outcome.loops)
    document = json.loads(report.read_bytes()) if report.exists() else {}
    if document.get("seconds") is None or document.get("exchanges") != outcome.exchanges:
        return outcome
    return replace(outcome, findings=_findings(document, _accepted(subject)))


def _report(subject: Subject, seed: int, loops: int) -> Path:
    return REPORTS / f"{subject.name}-{seed}{f'-beside-{loops}-loops' if loops else ''}.json"


def _accepted(subject: Subject) -> tuple[KnownFinding, ...]:
    os.environ["PRODUCTS"] = str(installed())
    return read_known(load_settings(EXAMPLES / subject.settings), [law.name for law in all_laws()])


def _findings(document: dict[str, Any], accepted: Sequence[KnownFinding]) -> tuple[Found, ...]:
    """Return what a report has: one for each operation, cause, status and reason why it is accepted."""
    found: dict[tuple[str | None, ...], Found] = {}
    for finding in document.get("findings", ()):
        law, cause = finding["law"], finding["cause"]
        for value in finding["instances"]:
            one = Instance(**value)
            reason = next((known.reason for known in accepted if known.covers(one, law, cause)), None)
            found.setdefault(
                (law, one.operation, cause, one.status, reason),
                Found(
                    id=one.id,
                    law=law,
                    operation=one.operation,
                    cause=cause,
                    status=one.status,
                    case=one.case or next(iter(finding["cases"]), ""),
                    summary=_line(finding["summary"]),
                    severity=finding["severity"],
                    reason=reason,
                ),
            )
    return tuple(sorted(found.values(), key=lambda one: (one.law, one.operation, one.cause, one.id)))


def _line(text: str) -> str:
    return " ".join(text.split())[:TOLD]


def scripts() -> tuple[str, ...]:
    """Return the scripts that show by hand, without bothends, what is wrong: paths from their folder."""
    return tuple(sorted(str(file.relative_to(BY_HAND)) for file in BY_HAND.glob("*/*.py")))


def product_of(script: str) -> str:
    """Return the folder of a script's product; the scripts lie in folders that Python can import."""
    return script.split("/", maxsplit=1)[0].replace("_", "-")


def script_key(script: str) -> str:
    """Return the digest of a script and of what it needs."""
    product = product_of(script)
    settings = [file for file in (EXAMPLES / product).glob("*.toml") if not file.name.endswith(ACCEPTED)]
    return digest("", [BY_HAND / script, BY_HAND / "product.py", *settings, EXAMPLES / product / "start.sh"])[:16]


def show(names: Sequence[str]) -> Iterator[Shown]:
    """Run scripts of one product, on one start of it; yield what each showed as it ends."""
    with subprocess.Popen(
        [sys.executable, "run.py", *names],
        cwd=BY_HAND,
        env={**os.environ, "PRODUCTS": str(installed())},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    ) as process:
        assert process.stdout is not None
        script = ""
        said: list[str] = []
        for line in map(str.rstrip, process.stdout):
            if line.startswith("== "):
                script, said = line.removeprefix("== "), []
            elif line in {"-- shown", "-- not shown"}:
                shown = line == "-- shown"
                yield Shown(script, script_key(script), shown, "\n".join(said)[-_MOST_SAID:], now())
            else:
                said.append(line)
