"""The harness is held to its own first rule: what is declared and left out of a run is missed, never PROVEN."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.verdicts.command import QUICK, record, run, write_trial
from tests.verdicts.rows import trials

if TYPE_CHECKING:
    from pathlib import Path

LEFT_OUT = [
    *(
        f"family:{name}"
        for name in (
            "success",
            "signed-out",
            "malformed-body",
            "unsupported-media-type",
            "invalid-body",
            "body-too-large",
            "upstream-wrong",
            "upstream-unreachable",
            "upstream-timeout",
        )
    ),
    "state:the prices ",
    "state:the ingest ",
    "state:signed in by key",
    "state:the credential for key ",
    "state:the credential for bearer ",
    "callback:orderPlaced",
    "callback:orderPaid",
    "x-from:answer.body#/id",
    "x-from:request.body#/item",
    "x-from:session.id",
    "x-from:upstream.prices",
]
EVERYTHING = trials("everything")[0]


@pytest.mark.parametrize("what", LEFT_OUT)
def test_what_is_left_out_is_missed(what: str, tmp_path: Path) -> None:
    """The target is right, and all of it is proven by a whole run; without this one thing it is not."""
    write_trial(tmp_path, EVERYTHING)
    ended = run(tmp_path, "verify", *QUICK, program=("tests.verdicts.leaving_out", what))
    record(f"left out: {what}", ended)
    assert ended.code in (1, 4), ended
    assert "PROVEN" != ended.verdict.rpartition(": ")[2], ended
