"""examples/stripe: localstripe as it is released. Its real bugs are found, and what it does right is proven."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.in_process import bothends

if TYPE_CHECKING:
    from typing import Any

ROOT = Path(__file__).resolve().parents[2]
EXAMPLE = ROOT / "examples" / "stripe"

# Cases, the laws that they show to be broken, and the exit code: what is known does not break a run.
FOUND = [
    ("success/createCustomer.name-text", set(), 0),
    ("idempotency/createCustomer.sent-again", {"one-event-per-key"}, 0),  # its answer is another one, too
    ("signed-out/createCustomer.wrong-secretKey-2", {"family-status"}, 0),  # 500 on an unknown scheme
    ("invalid-body/createCustomer.just-list", {"family-status"}, 0),  # 500 on a JSON list
    ("framing/createCustomer.malformed-then-right", {"not-executed"}, 0),  # broken JSON is executed
    ("start-and-stop/sigterm-after-answers", {"event-for-success"}, 0),
]


def verified(only: str, folder: Path) -> tuple[int, dict[str, Any]]:
    """Return the exit code and the report of some cases."""
    report = folder / "report.json"
    words = ("verify", "--config", str(EXAMPLE / "bothends.toml"), "--seed", "1", "--only", only, "--json", str(report))
    done = bothends(folder, *words, measured=False)
    assert done.returncode in {0, 1, 4}, done.stdout + done.stderr
    found: dict[str, Any] = json.loads(report.read_text(encoding="utf-8"))
    return done.returncode, found


@pytest.mark.parametrize(("only", "laws", "code"), FOUND)
def test_its_bugs_are_known(only: str, laws: set[str], code: int, tmp_path: Path) -> None:
    """Each is found, and accepted for a reason; nothing else is."""
    ended, report = verified(only, tmp_path)
    errors = {finding["id"]: finding["law"] for finding in report["findings"] if finding["severity"] == "error"}
    accepted = {finding for known in report["known"] for finding in known["findings"]}
    assert (code, laws, set()) == (ended, set(errors.values()), set(errors) - accepted), report["findings"]
