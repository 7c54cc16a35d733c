"""The family `idempotency`: cases of an operation that has a key, and of no other."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from bothends.cases.families.registry import plain_cases
from bothends.cases.plan import calling_nobody
from bothends.contract import load
from tests.idempotency.conftest import BARE, CALLERS, FULL, spec

if TYPE_CHECKING:
    from pathlib import Path

    from bothends.contract import Contract

ALWAYS = {"sent-again", "sent-three-times", "at-once", "while-the-ingest-is-slow"}
KEYS = {"other-end", "other-end-of-a-long-one", "other-case"}


def keyed(folder: Path, promised: Any = FULL, callers: int = 2, key: Any = None) -> Contract:
    """Return a contract with a key."""
    (folder / "openapi.json").write_text(json.dumps(spec(promised, key or BARE, signed_in=callers > 0)), "utf-8")
    lines = ['spec = "openapi.json"', "[target]", 'command = "true"', "[world]", "upstream_timeout_ms = 1000"]
    lines += ["[world.ingest]", 'kind = "inngest"']
    if callers:
        shown = [f"{{headers = {{Authorization = {json.dumps(value)}}}}}" for value in list(CALLERS)[:callers]]
        lines += ["[world.sessions.bearer]", 'kind = "static"', f"callers = [{', '.join(shown)}]"]
    (folder / "bothends.toml").write_text("\n".join(lines), "utf-8")
    return load(folder / "bothends.toml")


@pytest.mark.parametrize(
    ("about", "names"),
    [
        ({}, {*ALWAYS, *KEYS, "other-body", "other-caller", "error-of-the-ingest"}),
        ({"promised": True}, {*ALWAYS, *KEYS, "other-caller"}),
        ({"callers": 1}, {*ALWAYS, *KEYS, "other-body", "error-of-the-ingest"}),
        ({"callers": 0}, {*ALWAYS, *KEYS, "other-body", "error-of-the-ingest"}),
        ({"key": {"type": "string", "format": "uuid"}, "promised": True}, {*ALWAYS, "other-end", "other-caller"}),
    ],
    ids=["all promised", "nothing promised", "one caller", "no sign-in", "uuid"],
)
def test_cases_follow_from_what_is_promised(tmp_path: Path, about: dict[str, Any], names: set[str]) -> None:
    """What nothing is promised of is not sent, and what no caller can be played for neither."""
    contract = keyed(tmp_path, **about)
    cases = list(plain_cases(contract, "idempotency"))
    assert names == {case.name for case in cases}
    assert all(case.exclusive and case.again for case in cases)


def test_the_body_of_another_request_is_another(tmp_path: Path) -> None:
    """The contract admits both, so nothing but the key is a reason to refuse it."""
    case = next(one for one in plain_cases(keyed(tmp_path), "idempotency") if one.name == "other-body")
    (again,) = case.again
    assert again.body is not None
    assert again.body != case.request.body
    assert frozenset({409}) == again.expect.statuses


def test_each_valid_request_has_the_mark_of_a_key(tmp_path: Path) -> None:
    """In its place, each request that is sent has a key of its own."""
    contract = keyed(tmp_path)
    key = contract.operations[0].idempotency
    assert key is not None
    for family in ("success", "malformed-body", "crowd"):
        cases = list(calling_nobody(contract, plain_cases(contract, family)))
        assert cases
        assert all(case.request.header("idempotency-key") == key.mark for case in cases)
