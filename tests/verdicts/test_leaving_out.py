"""The harness is held to its own first rule: what is declared and left out of a run is missed, never PROVEN."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.verdicts.command import QUICK, record, run, write_trial
from tests.verdicts.rows import trials

if TYPE_CHECKING:
    from pathlib import Path

    from tests.verdicts.rows import Trial

pytestmark = pytest.mark.long

OWN = "got no case of this family"
NO_FAULT = "but no case had a fault of"
LEFT_OUT = {
    "family:success": f"success, but placeOrder {OWN}",
    "family:signed-out": f"signed-out, but placeOrder {OWN}",
    "family:malformed-body": f"malformed-body, but placeOrder {OWN}",
    "family:unsupported-media-type": f"unsupported-media-type, but placeOrder {OWN}",
    "family:invalid-body": f"invalid-body, but placeOrder {OWN}",
    "family:body-too-large": f"body-too-large, but placeOrder {OWN}",
    "family:upstream-wrong": f"upstream-wrong, {NO_FAULT} prices or ingest",
    "family:upstream-unreachable": "upstream-unreachable, but there was no case of this family",
    "family:upstream-timeout": f"upstream-timeout, {NO_FAULT} prices or ingest",
    "state:the prices ": f"upstream-wrong, {NO_FAULT} prices",
    "state:the ingest ": f"upstream-wrong, {NO_FAULT} ingest",
    "state:signed out": "No request without a credential was sent",
    "state:signed in by key": "sign-in by key: No request to placeOrder with this sign-in succeeded",
    "state:the credential for key ": "with a wrong credential for key",
    "state:the credential for bearer ": "with a wrong credential for bearer",
    "callback:orderPlaced": "events arrived that no callback declares",
    "callback:orderPaid": "events arrived that no callback declares",
    "x-from:answer.body#/id": "x-from answer.body#/id: No value",
    "x-from:request.body#/item": "x-from request.body#/item: No value",
    "x-from:session.id": "x-from session.id: No value",
    "x-from:upstream.prices": "x-from upstream.prices: No value",
}
"""What is left out, and what is said of it."""

ELSEWHERE = {
    (
        "both",
        "state:the credential for key is missing",
    ): "without the credential for key and with a valid one for bearer",
    (
        "both",
        "state:the credential for bearer is wrong",
    ): "with a wrong credential for bearer and with a valid one for key",
    ("optional", "state:signed out"): "No request without a credential was sent",
    ("optional", "state:the credential for bearer "): "with a wrong credential for bearer.",
    ("optional", "family:signed-out"): "signed-out, but there was no case of this family",
    ("public-beside", "operation:quote"): "answer 200",
    ("public-beside", "operation:placeOrder"): "answer 201",
}
"""Likewise of rows of the table of security: each with what is left out."""

EVERYTHING = trials("everything")[0]
SECURITY = {trial.row.partition("/")[2]: trial for trial in trials("security") if not trial.breaks}


@pytest.mark.parametrize("what", LEFT_OUT)
def test_what_is_left_out_is_missed(what: str, tmp_path: Path) -> None:
    """The target is right, and all of it is proven by a whole run; without this one thing it is not."""
    assert_missed(EVERYTHING, what, LEFT_OUT[what], tmp_path)


@pytest.mark.parametrize(("row", "what"), ELSEWHERE)
def test_what_is_left_out_of_sign_in_is_missed(row: str, what: str, tmp_path: Path) -> None:
    """Of sets, of sign-in that is optional, and of operations."""
    assert_missed(SECURITY[row], what, ELSEWHERE[row, what], tmp_path)


def assert_missed(trial: Trial, what: str, line: str, folder: Path) -> None:
    """Assert that a run without something is not proven, and says so in a line that has this text."""
    write_trial(folder, trial)
    ended = run(folder, "verify", *QUICK, program=("tests.verdicts.leaving_out", what))
    record(f"left out of {trial.row}: {what}", ended)
    assert ended.code == 4, ended
    assert "PROVEN" != ended.verdict.rpartition(": ")[2], ended
    told = [f"{each['what']}: {each['why']}" for each in ended.missing]
    assert [each for each in told if line in each], ended
