"""Equal requests under way together have equal events: nobody is accused of what may be another's doing.

Each contract of the table is verified with a target that is right, and with targets that lose, double or swap events.
The target says what it did, so a request that is accused must be one with which something was wrong.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.alike.contracts import CONTRACTS, FAULTS, ONLY, Verified, problems, verified

if TYPE_CHECKING:
    from pathlib import Path

SHORT = (
    "empty, behind",
    "empty, once",
    "empty, behind, identity",
    "kind, two callers",
    "list, behind",
    "text, no sources",
)
"""The contracts that are tried with each fault where long tests are left out; all are tried with a right target."""

ROWS = [
    pytest.param(
        name,
        fault,
        id=f"{name}: {fault or 'right'}",
        marks=() if not fault or name in SHORT else pytest.mark.long,
    )
    for name, contract in CONTRACTS.items()
    for fault in FAULTS
    if fault != "swap" or contract.tells
]


@pytest.mark.parametrize(("name", "fault"), ROWS)
def test_equal_requests(tmp_path: Path, name: str, fault: str) -> None:
    """A right target has no error; what is wrong is found or not proven, and the request that is accused is wrong."""
    seen = verified(tmp_path, CONTRACTS[name], "--profile", "quick", "--only", ONLY, fault=fault)
    assert [] == problems(seen, fault), seen.text


def all_of(folder: Path, name: str, *words: str) -> Verified:
    """Return what the quick profile says of a right target."""
    return verified(folder, CONTRACTS[name], "--profile", "quick", *words)


def test_no_event_is_said_to_be_of_a_refused_request(tmp_path: Path) -> None:
    """A body with a byte order mark, or in another encoding, has the text of others that succeed."""
    seen = all_of(tmp_path, "text, behind", "--only", "o[d]d-[bm]*")
    assert (0, []) == (seen.code, seen.errors), seen.text


def test_the_same_text_in_three_media_types(tmp_path: Path) -> None:
    """Each request is told apart from the others, or is not under way with them: none has sent its event twice."""
    seen = all_of(tmp_path, "text, media types", "--only", "odd-media-types")
    assert (0, []) == (seen.code, seen.errors), seen.text


def test_equal_bodies_of_two_callers(tmp_path: Path) -> None:
    """An event that names one caller is not of the other one's request."""
    seen = all_of(tmp_path, "echo, two callers, behind", "--only", "crowd")
    assert (0, []) == (seen.code, seen.errors), seen.text
