"""`st run` on one target of a bank, as its own guide says that it is measured. A program of its own.

    python -m tests.bank.st SETTINGS REPORT SECONDS PEER

Schemathesis gets the document, which has links, the value that a caller is signed in with, and the seconds that
bothends takes: https://schemathesis.readthedocs.io/en/stable/guides/benchmarking/ asks for such a time budget, for
going on after a failure, and for no shrinking and no health checks. All its phases are on. The world is well.
PEER is the JSON array of the parts of `tests.bank.series.Peer`.
"""

from __future__ import annotations

import json
import re
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

from bothends.errors import TargetError
from bothends.workbench import Workbench
from tests.bank.bank import SEED
from tests.bank.peers import PATIENCE_MS, _wait_a_little

MEASURED = ("--continue-on-failure", "--no-shrink", "--suppress-health-check", "all")
"""What its guide asks for beside the time."""
LAST_SECONDS = 60.0
"""How long it may take to end, when its budget is spent, before it is interrupted."""


def main() -> int:
    """Try it, and write the report."""
    settings, report, seconds, peer = Path(sys.argv[1]), Path(sys.argv[2]), float(sys.argv[3]), json.loads(sys.argv[4])
    # Whoever is started in the background ignores it, and so would all that is started here.
    signal.signal(signal.SIGINT, signal.default_int_handler)
    text = settings.read_text(encoding="utf-8")
    settings.write_text(re.sub(r"(?m)^(upstream_timeout_ms) = .*", rf"\1 = {PATIENCE_MS}", text), encoding="utf-8")
    try:
        with Workbench(settings, seed=SEED) as bench:
            credential = _credential(bench, peer)
            found = _schemathesis(settings.parents[1], bench.addresses["target"], credential, seconds)
    except TargetError as error:
        found = {"by": [f"start: {str(error).splitlines()[0]}"], "cases": 0}
    report.write_text(json.dumps(found))
    return 0


def _credential(bench: Workbench, peer: list[Any]) -> str:
    """Return the settings of schemathesis that sign it in, with the value that a good request has."""
    scheme, setting, operation, body, header = peer
    sent = bench.post(json=body, operation=operation).sent
    value = next(text for name, text in sent.headers if name.lower() == header.lower())
    value = value.partition(" ")[2] if setting == "bearer" else value
    return f"[auth.openapi.{scheme}]\n{setting} = {json.dumps(value)}\n"


def _schemathesis(root: Path, url: str, credential: str, seconds: float) -> dict[str, Any]:
    """Run `st run` with all its phases."""
    settings, reports = root / "schemathesis.toml", root / "st"
    settings.write_text(credential)
    command = [
        *(str(Path(sys.executable).parent / "st"), "--config-file", str(settings), "run", str(root / "openapi.yaml")),
        *("--url", url, "--max-time", f"{seconds:.0f}", *MEASURED, "--seed", str(SEED), "--no-color"),
        *("--report", "json", "--report-dir", str(reports)),
    ]
    _run(command, root, seconds + LAST_SECONDS)
    report = next(reports.glob("*.json"), None)
    if report is None or not report.stat().st_size:
        sys.exit("st run did not write its report within the time that it has: the machine is too busy.")
    document = json.loads(report.read_bytes())
    broken = [f"{each['title']} at {operation}" for each in document["failures"] for operation in each["operations"]]
    broken += [each["title"] for each in document["errors"]]
    return {"by": sorted(set(broken)), "cases": document["test_cases"]["generated"]}


def _run(command: list[str], root: Path, seconds: float) -> None:
    """Wait for it; interrupted as by Ctrl-C, it reports what it has found too."""
    process = subprocess.Popen(command, cwd=root, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        process.wait(seconds)
    except subprocess.TimeoutExpired:
        process.send_signal(signal.SIGINT)
        _wait_a_little(process)
    finally:
        process.kill()
        process.wait()


if __name__ == "__main__":
    sys.exit(main())
