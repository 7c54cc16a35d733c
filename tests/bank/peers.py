"""The two peers on one target: `st run`, and Pact's verification of messages. A program of its own.

    python -m tests.bank.peers SETTINGS REPORT

Both get what their users would give them. Schemathesis gets the spec and a signed-in caller's cookie, through its
own settings for authentication, and goes on after a failure. Pact gets, for each interaction of the consumer's pact,
the event that one good request of the user in question really brought about. The world is well all the time.
"""

from __future__ import annotations

import json
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

from bothends.errors import TargetError
from bothends.workbench import Workbench

if TYPE_CHECKING:
    from collections.abc import Mapping

    from bothends.records import Exchange

SEED = 1
ST_SECONDS = 240.0
"""A target that hangs makes `st run` wait ten seconds for each answer; nobody waits for all of them."""
PACT_SECONDS = 30.0
PACT = "contracts/pacts/worker-route.json"


def main() -> int:
    """Try both, and write the report."""
    settings, report = Path(sys.argv[1]), Path(sys.argv[2])
    signal.signal(signal.SIGTERM, _end)
    try:
        found = _tried(settings, _root(settings))
    except TargetError as error:
        # There is nothing to call: whoever tests such a target sees that.
        found = {peer: _found(["start"], str(error).splitlines()[0], 0.0) for peer in ("st", "pact")}
    report.write_text(json.dumps(found))
    return 0


def _tried(settings: Path, root: Path) -> dict[str, Any]:
    with Workbench(settings, seed=SEED) as bench:
        events = {text: _event(bench.post(json={"data": "data"}, as_user=user)) for text, user in _users(root).items()}
        cookie = _cookie(bench.post(json={"data": "data"}))
        began = time.monotonic()
        st = _schemathesis(root, bench.addresses["target"], cookie)
        between = time.monotonic()
        pact = _pact(root, events)
        ended = time.monotonic()
    return {"st": {**st, "seconds": between - began}, "pact": {**pact, "seconds": ended - between}}


def _schemathesis(root: Path, url: str, cookie: str) -> dict[str, Any]:
    """Run `st run` with all its phases and its usual number of examples."""
    settings = root / "schemathesis.toml"
    settings.write_text(f"[auth.openapi.session]\napi_key = {json.dumps(cookie)}\n")
    reports = root / "st"
    program = Path(sys.executable).parent / "st"
    command = [
        *(str(program), "--config-file", str(settings), "run", str(root / "openapi.yaml"), "--url", url),
        *("--continue-on-failure", "--seed", str(SEED), "--no-color"),
        *("--report", "json", "--report-dir", str(reports)),
    ]
    try:
        done = subprocess.run(command, cwd=root, capture_output=True, text=True, check=False, timeout=ST_SECONDS)
    except subprocess.TimeoutExpired:
        return _found(["no end"], f"no end within {ST_SECONDS:.0f} s", ST_SECONDS)
    document = json.loads(next(reports.glob("*.json")).read_bytes())
    checks = [failure["title"] for failure in document["failures"]]
    errors = "; ".join(str(error) for error in document["errors"])
    return {"caught": done.returncode != 0, "by": checks, "told": ", ".join(checks) or errors[:300]}


def _pact(root: Path, events: Mapping[str, Any]) -> dict[str, Any]:
    """Run Pact's verifier in a process of its own: it prints as it pleases."""
    file = root / "events.json"
    file.write_text(json.dumps(events))
    command = [sys.executable, "-m", "tests.bank.plain_pact", str(root / PACT), str(file)]
    try:
        done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=PACT_SECONDS)
    except subprocess.TimeoutExpired:
        return _found(["no end"], f"no end within {PACT_SECONDS:.0f} s", PACT_SECONDS)
    caught = done.returncode != 0
    told = done.stderr.strip().splitlines()[-1:] if caught else []
    return {"caught": caught, "by": ["message"] if caught else [], "told": "".join(told)}


def _users(root: Path) -> dict[str, Any]:
    """Return who is signed in, by the description of the pact's interaction."""
    interactions = json.loads((root / PACT).read_bytes())["interactions"]
    return {each["description"]: each["providerStates"][0]["params"]["user"] for each in interactions}


def _event(exchange: Exchange) -> Any:
    """Return the event that a request brought about; None when there was none."""
    return exchange.deliveries[0].event if exchange.deliveries else None


def _cookie(exchange: Exchange) -> str:
    """Return the value of the session's cookie that a request was sent with."""
    header = next(value for name, value in exchange.sent.headers if name.lower() == "cookie")
    return str(header).partition("=")[2]


def _found(by: list[str], told: str, seconds: float) -> dict[str, Any]:
    return {"caught": True, "by": by, "told": told, "seconds": seconds}


def _root(settings: Path) -> Path:
    """Return the root of the small repository that the settings stand in."""
    return next(folder for folder in settings.resolve().parents if (folder / "openapi.yaml").exists())


def _end(*_: object) -> None:
    raise KeyboardInterrupt


if __name__ == "__main__":
    sys.exit(main())
