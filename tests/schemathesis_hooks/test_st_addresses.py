"""`st run` of an operation whose request names the URL of its event: it is the world's, and no stranger's."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from typing import TYPE_CHECKING

from tests.deliveries.project import TARGET, Orders
from tests.warm import start as warm

if TYPE_CHECKING:
    from pathlib import Path


def st(folder: Path, orders: Orders, *arguments: str, bug: str = "") -> tuple[int, str]:
    """Write a contract and its target and run Schemathesis on them; return its exit code and what it tells."""
    orders.env = {**orders.env, "BUG": bug}
    orders.write()
    settings = folder / "bothends.toml"
    command = json.dumps([sys.executable, str(TARGET)])
    settings.write_text(settings.read_text("utf-8").replace("[target]\n", f"[target]\ncommand = {command}\n"), "utf-8")
    words = ["run", "spec.json", "--phases", "examples,coverage", "--seed", "1", "--no-color", *arguments]
    done = subprocess.run(
        [*warm.command("st"), *words, "--exclude-checks", "negative_data_rejection,unsupported_method"],
        cwd=folder,
        env={**os.environ, "SCHEMATHESIS_HOOKS": "bothends.schemathesis", "NO_COLOR": "1"},
        capture_output=True,
        text=True,
        check=False,
        timeout=240,
    )
    return done.returncode, done.stdout + done.stderr


def test_events_come_to_the_world(tmp_path: Path) -> None:
    """A right target sends each event to the address that its request names, which is one of the world's."""
    _, out = st(tmp_path, Orders(tmp_path))
    assert "bothends_" not in out, out
    assert "never came" not in out


def test_a_planted_bug_is_found(tmp_path: Path) -> None:
    """A second event for each order is found: it comes to the world as well."""
    code, out = st(tmp_path, Orders(tmp_path, {"answer": "any"}), bug="one-more")
    assert (1, True) == (code, "One request caused 2 events" in out), out


def test_that_no_event_came_is_told(tmp_path: Path) -> None:
    """Where nothing says that an event must come, and none came, that is told at the end."""
    _, out = st(tmp_path, Orders(tmp_path, when=None), bug="never")
    assert "bothends: the callback ordered of order never came in " in out, out
