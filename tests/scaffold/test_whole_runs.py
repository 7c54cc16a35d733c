"""Whole runs of what `init` writes for services that are not ours: each error is a bug that the service has.

The cheap siblings stand in `test_init.py`: the same contracts with the requests that must succeed.
"""

from __future__ import annotations

import json
import re
import subprocess
import sys
from typing import TYPE_CHECKING, Any

import pytest

from tests.in_process import bothends
from tests.scaffold.running import ROOT
from tests.scaffold.test_init import OVERLAY, SETTINGS, errors, plain_copy

if TYPE_CHECKING:
    from pathlib import Path

FASTAPI = ROOT / "examples" / "fastapi"
_MADE = "import json, tutorial; print(json.dumps(tutorial.app.openapi()))"

BUGS: dict[str, list[tuple[str, str]]] = {
    "reference": [],
    "node": [],
    "orders": [],
    "fastapi": [],
    # localstripe 1.15.10; docs/localstripe.md explains them.
    "stripe": [
        # A body that is not JSON is read as a form without fields, and executed; what JSON can't be decoded is 500.
        ("family-status", r"The answer is 200, not 400( or 401)? \((malformed-body|fuzz-invalid)\)"),
        ("family-status", r"The answer is 500, not 400( or 401)? \((malformed-body|invalid-body|fuzz-invalid)\)"),
        ("not-executed", r"An event was sent for a request that must not be executed"),
        # Neither lengths nor the values of `metadata` are checked, nor the media type; what is stored is sent.
        ("family-status", r"The answer is 200, not 400( or 401)? \((invalid-body|unsupported-media-type)\)"),
        ("answer-schema", r"does not match its schema at /metadata"),
        ("event-schema", r"does not match the schema of its callback at /data/object/metadata"),
        # An Authorization header with another scheme than Basic and Bearer: `api_key` is never assigned.
        ("family-status", r"The answer is 500, not 40[01]( or 401)? \(signed-out\)"),
        # Events wait in memory for a second: SIGTERM drops them.
        ("event-for-success", r"The answer is 200, but the event is lost"),
    ],
}
"""The errors that a service is known to have: the law, and what the report says."""
OURS = {
    "reference": "bothends.toml",
    "node": "examples/node/bothends.toml",
    "orders": "examples/orders/python/bothends.toml",
    "stripe": "examples/stripe/bothends.toml",
}
"""Settings that are this repository's: `init` gets a copy of them, and of their contract, without extensions."""
AT_STOP = "in-flight-at-stop/"
"""Where alone an event of localstripe is lost."""


def begin(name: str, folder: Path) -> None:
    """Write the document of a service, and the settings of its target and its world."""
    if name == "fastapi":
        done = subprocess.run([sys.executable, "-c", _MADE], cwd=FASTAPI, capture_output=True, text=True, check=True)
        (folder / "openapi.json").write_text(json.dumps(json.loads(done.stdout), indent=1))
        command = (
            f'cwd = "{FASTAPI}"\ncommand = ["python", "tutorial.py"]\nenv = {{PORT = "{{port}}", RECEIVER_MS = "1000"}}'
        )
        (folder / SETTINGS).write_text(f'spec = "openapi.json"\n[target]\n{command}\n')
        return
    plain_copy(ROOT / OURS[name], folder)


def unexplained(name: str, report: dict[str, Any]) -> list[str]:
    """Return the errors of a report that are no known bug of a service."""
    found = []
    for finding in report["findings"]:
        known = [says for law, says in BUGS[name] if law == finding["law"] and re.search(says, finding["summary"])]
        is_lost = finding["law"] == "event-for-success" and not finding["case"].startswith(AT_STOP)
        if finding["severity"] == "error" and (not known or is_lost):
            found.append(f"{finding['case']}: {finding['law']}: {finding['summary']}")
    return found


@pytest.mark.long  # minutes each; `test_init.py` has what must succeed
@pytest.mark.parametrize("name", BUGS)
def test_each_error_is_a_bug_of_the_service(name: str, tmp_path: Path) -> None:
    """What `init` writes lints without an error, and makes nothing wrong that is right."""
    begin(name, tmp_path)
    probe = () if name == "stripe" else ("--probe",)  # its events come a second late
    assert 0 == bothends(tmp_path, "init", "--seed", "1", *probe, measured=False).returncode
    overlays = [each for each in ("corrections.overlay.yaml", OVERLAY) if (tmp_path / each).exists()]
    text = (tmp_path / SETTINGS).read_text("utf-8")
    (tmp_path / SETTINGS).write_text(f'overlays = {json.dumps(overlays)}\npacts = "contracts/pacts"\n{text}')
    assert [] == errors(tmp_path)
    done = bothends(tmp_path, "verify", "--seed", "1", "--json", "report.json", measured=False)
    report = json.loads((tmp_path / "report.json").read_text("utf-8"))
    assert [] == unexplained(name, report), done.stdout
    assert bool(BUGS[name]) == (done.returncode == 1), done.stdout
