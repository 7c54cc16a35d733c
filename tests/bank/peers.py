"""The two peers on one target: `st run`, and Pact's verification of messages. A program of its own.

    python -m tests.bank.peers SETTINGS REPORT

Both get what their users would give them. Schemathesis gets the spec and a signed-in caller's cookie, through its
own settings for authentication, and goes on after a failure. Pact gets, for each interaction of the consumer's pact,
the event that one good request of the user in question really brought about. The world is well all the time.
"""

from __future__ import annotations

import contextlib
import json
import re
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

from bothends.errors import TargetError
from bothends.workbench import Workbench
from tests.bank.bank import SEED

if TYPE_CHECKING:
    from collections.abc import Mapping

    from bothends.records import Exchange

ST_SECONDS = 80.0
"""A target that hangs makes `st run` wait ten seconds for each answer; nobody waits for all of them."""
LAST_SECONDS = 12.0
"""How long it may then take to tell what it has found so far."""
PACT_SECONDS = 15.0
PATIENCE_MS = 10_000
"""The upstreams' time: in a healthy world only a busy machine is late, and a 504 for that would count as caught."""
PACT = "contracts/pacts/worker-route.json"


def main() -> int:
    """Try both, and write the report."""
    settings, report = Path(sys.argv[1]), Path(sys.argv[2])
    signal.signal(signal.SIGTERM, _end)
    # Whoever is started in the background ignores it, and so would all that is started here.
    signal.signal(signal.SIGINT, signal.default_int_handler)
    try:
        found = _tried(settings, _root(settings))
    except TargetError as error:
        # There is nothing to call: whoever tests such a target sees that.
        told = str(error).splitlines()[0]
        seen = {"caught": True, "by": ["start"], "told": told, "code": 1, "seconds": 0.0}
        found = {"st": seen, "pact": seen}
    report.write_text(json.dumps(found))
    return 0


def _tried(settings: Path, root: Path) -> dict[str, Any]:
    text = settings.read_text(encoding="utf-8")
    settings.write_text(re.sub(r"(?m)^(upstream_timeout_ms) = .*", rf"\1 = {PATIENCE_MS}", text), encoding="utf-8")
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
    code = _run_schemathesis(command, root)
    report = next(reports.glob("*.json"), None)
    document = json.loads(report.read_bytes()) if report is not None else {"failures": [], "errors": []}
    broken = [each["title"] for each in (*document["failures"], *document["errors"])]
    # What it has found when nobody waits any longer is found all the same.
    caught = bool(broken) if code is None else code != 0
    return {"caught": caught, "by": broken, "told": ", ".join(broken), "code": 1 if caught else code}


def _run_schemathesis(command: list[str], root: Path) -> int | None:
    """Return its exit code; None when it was interrupted, as by Ctrl-C: then too it reports what it has found."""
    process = subprocess.Popen(command, cwd=root, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        return process.wait(ST_SECONDS)
    except subprocess.TimeoutExpired:
        process.send_signal(signal.SIGINT)
        _wait_a_little(process)
        return None
    finally:
        process.kill()
        process.wait()


def _wait_a_little(process: subprocess.Popen[bytes]) -> None:
    with contextlib.suppress(subprocess.TimeoutExpired):
        process.wait(LAST_SECONDS)


def _pact(root: Path, events: Mapping[str, Any]) -> dict[str, Any]:
    """Run Pact's verifier in a process of its own: it prints as it pleases."""
    file = root / "events.json"
    file.write_text(json.dumps(events))
    command = [sys.executable, "-m", "tests.bank.plain_pact", str(root / PACT), str(file)]
    try:
        done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=PACT_SECONDS)
    except subprocess.TimeoutExpired:
        return {"caught": False, "by": [], "told": "", "code": None}
    caught = done.returncode != 0
    told = done.stderr.strip().splitlines()[-1:] if caught else []
    return {"caught": caught, "by": ["message"] if caught else [], "told": "".join(told), "code": done.returncode}


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


def _root(settings: Path) -> Path:
    """Return the root of the small repository that the settings stand in."""
    return next(folder for folder in settings.resolve().parents if (folder / "openapi.yaml").exists())


def _end(*_: object) -> None:
    raise KeyboardInterrupt


if __name__ == "__main__":
    sys.exit(main())
