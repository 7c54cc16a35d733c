"""`bothends explain --tie`: for an event of the last run, the requests that could have sent it, and what decided."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from tests.alike.contracts import CONTRACTS, verified
from tests.in_process import bothends

if TYPE_CHECKING:
    from pathlib import Path

QUICK = ("--profile", "quick", "--only", "crowd")


def explained(folder: Path, *words: str) -> str:
    """Return what the command prints."""
    done = bothends(folder, "explain", "--tie", *words)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def test_an_event_that_several_requests_could_have_sent(tmp_path: Path) -> None:
    """They are listed, and that nothing decides; each event of the run is in the list."""
    verified(tmp_path, CONTRACTS["empty, behind"], *QUICK)
    listed = explained(tmp_path)
    assert "of the callback" not in listed
    [number] = [line.split()[0] for line in listed.splitlines() if "one of" in line][-1:]
    page = explained(tmp_path, number)
    assert page.startswith(f"Event {number} of the callback changed")
    assert "decided by  nothing: several requests could have sent it" in page
    assert page.count("crowd/") > 2


def test_an_event_that_one_request_could_have_sent(tmp_path: Path) -> None:
    """What decides is said, and why the others are ruled out."""
    verified(tmp_path, CONTRACTS["echo, two callers, behind"], *QUICK)
    number = explained(tmp_path).splitlines()[-1].split()[0]
    page = explained(tmp_path, number)
    assert "decided by  its values" in page or "decided by  the time" in page
    assert "nothing: several" not in page


def test_a_finding_about_an_event(tmp_path: Path) -> None:
    """By its ID, the events of the request that shows it are explained."""
    seen = verified(tmp_path, CONTRACTS["text, beside, once"], *QUICK, fault="double")
    [finding] = seen.errors
    page = explained(tmp_path, finding["id"])
    assert "decided by  a text in it that no other request has" in page
    assert json.dumps("crowd/")[1:-1] in page


def test_what_is_not_known_is_an_error(tmp_path: Path) -> None:
    """It says what is known, and how to list it."""
    verified(tmp_path, CONTRACTS["empty, behind"], "--profile", "quick", "--only", "success")
    done = bothends(tmp_path, "explain", "--tie", "12345678")
    assert done.returncode == 2
    assert "tells of no event '12345678'" in done.stderr
    assert "explain --tie" in done.stderr
