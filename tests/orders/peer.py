"""`st run` on one target of the orders, as its users would set it up. A program of its own.

    python -m tests.orders.peer SETTINGS REPORT

Schemathesis gets the spec, a customer's token and a partner's key, and goes on after a failure. The world is well.
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

SECONDS = 600.0
"""How long `st run` may take: on a busy machine it takes many times as long as on another one."""
ORDER = {"sku": "lamp", "quantity": 1, "price": 1}


def main() -> int:
    """Try it, and write the report."""
    settings, report = Path(sys.argv[1]), Path(sys.argv[2])
    # Whoever is started in the background ignores it, and so would all that is started here.
    signal.signal(signal.SIGINT, signal.default_int_handler)
    text = settings.read_text(encoding="utf-8")
    settings.write_text(re.sub(r"(?m)^(upstream_timeout_ms) = .*", rf"\1 = {PATIENCE_MS}", text), encoding="utf-8")
    try:
        with Workbench(settings, seed=SEED) as bench:
            sent = bench.post(json=ORDER, operation="placeOrder").sent
            token = next(value for name, value in sent.headers if name.lower() == "authorization").partition(" ")[2]
            found = _schemathesis(settings.parents[1], bench.addresses["target"], token)
    except TargetError as error:
        found = {"caught": True, "by": [f"start: {str(error).splitlines()[0]}"]}
    report.write_text(json.dumps(found))
    return 0


def _schemathesis(root: Path, url: str, token: str) -> dict[str, Any]:
    """Run `st run` with all its phases and its usual number of examples."""
    settings, reports = root / "schemathesis.toml", root / "st"
    settings.write_text(f"[auth.openapi.bearer]\nbearer = {json.dumps(token)}\n")
    command = [
        *(str(Path(sys.executable).parent / "st"), "--config-file", str(settings), "run", str(root / "openapi.yaml")),
        *("--url", url, "--continue-on-failure", "--seed", str(SEED), "--no-color"),
        *("--report", "json", "--report-dir", str(reports)),
    ]
    code = _run(command, root)
    report = next(reports.glob("*.json"), None)
    if report is not None and not report.stat().st_size:
        sys.exit("st run did not write its report within the time that it has: the machine is too busy.")
    document = json.loads(report.read_bytes()) if report is not None else {"failures": [], "errors": []}
    broken = [each["title"] for each in (*document["failures"], *document["errors"])]
    # What it has found when nobody waits any longer is found all the same.
    caught = bool(broken) if code is None else code != 0
    return {"caught": caught, "by": list(dict.fromkeys(broken))}


def _run(command: list[str], root: Path) -> int | None:
    """Return its exit code; None where it was interrupted, as by Ctrl-C: then too it reports what it has found."""
    process = subprocess.Popen(command, cwd=root, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        return process.wait(SECONDS)
    except subprocess.TimeoutExpired:
        process.send_signal(signal.SIGINT)
        _wait_a_little(process)
        return None
    finally:
        process.kill()
        process.wait()


if __name__ == "__main__":
    sys.exit(main())
