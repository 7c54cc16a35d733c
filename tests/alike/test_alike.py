"""Equal requests under way together have equal events: nobody is accused of what may be another's doing.

Each contract of the table is verified with a target that is right, and with targets that lose, double or swap events.
The target says what it did, so a request that is accused must be one with which something was wrong.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from bothends.engine.run import examine
from tests.alike.contracts import CONTRACTS, FAULTS, ONLY, WIDE, problems, verified

if TYPE_CHECKING:
    from pathlib import Path

_BY_CONTRACT = {
    name: [fault for fault in FAULTS if fault and (fault != "swap" or contract.tells)]
    for name, contract in CONTRACTS.items()
}
_SHORT = {(name, faults[number % len(faults)]) for number, (name, faults) in enumerate(_BY_CONTRACT.items())}
"""What `make test` has of the wrong targets: one of each contract, and each fault with several contracts."""
ROWS = [
    pytest.param(
        name,
        fault,
        id=f"{name}: {fault or 'right'}",
        marks=pytest.mark.long if fault and (name, fault) not in _SHORT else (),
    )
    for name, faults in _BY_CONTRACT.items()
    for fault in ("", *faults)
]
ONE_CROWD = "crowd/distinct-users"
"""The case that shows what a target does wrong: some thirty requests at once, where the contract allows it."""


_SURE = {"empty, behind, identity", "constant, identity", "kind, beside, identity"}
"""Contracts of which a right target leaves no guess: an event that nobody took is not taken for another one's."""


@pytest.mark.parametrize(("name", "fault"), ROWS)
def test_equal_requests(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str, fault: str) -> None:
    """A right target has no error; what is wrong is found or not proven, and the request that is accused is wrong.

    A wrong one is tried with one crowd; with all cases below, and with many seeds by `make ties`.
    """
    monkeypatch.setattr(examine, "EXAMINING_SECONDS", 0.0)  # whether it shows again is not asked here
    words = ("--profile", "quick", "--only", ONE_CROWD if fault else ONLY)
    seen = verified(tmp_path, CONTRACTS[name], *words, fault=fault)
    assert [] == problems(seen, fault), seen.text
    guesses = [one for one in seen.report["not_proven"] if one["what"] == "attribution of events"]
    assert fault or name not in _SURE or not guesses, seen.text


def test_what_was_sent_to_a_receiver_that_is_gone_is_no_loss(tmp_path: Path) -> None:
    """The next event, which is like it, is then not said to lack."""
    words = "--profile", "quick", "--only", "redelivery/hooks-unreachable", "--only", "success"
    seen = verified(tmp_path, CONTRACTS["kind, behind"], *words)
    assert [] == problems(seen, ""), seen.text


@pytest.mark.long
@pytest.mark.parametrize(
    ("name", "fault"), [(name, fault) for name, faults in _BY_CONTRACT.items() for fault in faults]
)
def test_equal_requests_in_all_cases(tmp_path: Path, name: str, fault: str) -> None:
    """What is wrong is found or not proven, and the request that is accused is wrong."""
    seen = verified(tmp_path, CONTRACTS[name], "--profile", "quick", "--only", ONLY, fault=fault)
    assert [] == problems(seen, fault), seen.text


@pytest.mark.parametrize("name", ["text, behind", "text, media types", "kind, two callers", "text, two callers"])
def test_no_event_is_said_to_be_of_a_refused_request(tmp_path: Path, name: str) -> None:
    """Bodies in other codings have the text of others that succeed, and some of them are refused: they sent nothing.

    Nor is an event lost that came for a request which nobody can read.
    """
    seen = verified(tmp_path, CONTRACTS[name], "--profile", "quick", "--only", WIDE)
    assert [] == problems(seen, ""), seen.text


def test_a_class_is_accused_with_its_count(tmp_path: Path) -> None:
    """Of equal requests, it is unknown which has lost its event; that one is lost is certain.

    On a machine that is too busy to tell what is late from what is lost, that is said.
    """
    seen = verified(tmp_path, CONTRACTS["empty, behind"], "--profile", "quick", "--only", "crowd", fault="lose")
    if not seen.errors:
        assert (4, True) == (seen.code, "busy" in seen.text), seen.text
        return
    [finding] = seen.errors
    assert ("event-for-success", "class") == (finding["law"], finding["tied"]["by"])
    assert finding["tied"]["events"] < finding["tied"]["requests"]
    assert "requests are alike, and" in seen.text
