"""Faults of an ingest that acknowledges by its status alone: what follows a 2xx says nothing."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from bothends.cases import plain_cases
from bothends.contract import load
from tests.verdicts.command import write
from tests.verdicts.rows import trials

if TYPE_CHECKING:
    from pathlib import Path

WORDS = {"ingest-answers-garbage", "ingest-answers-nothing", "ingest-answers-page-200", "ingest-breaks-off"}
STATUSES = {"ingest-answers-500", "ingest-answers-page-500", "ingest-resets"}


@pytest.mark.parametrize("said", [True, False])
def test_what_is_wrong_only_in_words(tmp_path: Path, said: bool) -> None:  # noqa: FBT001 -- a column of the table
    """It is tried where a callback declares the words; what the status says, or the connection, is tried anyway."""
    trial = trials("everything")[0]
    contract = dict(trial.contract)
    words = {"content": {"application/json": {"schema": {"type": "object"}}}} if said else {}
    for name, url in (("orderPlaced", "{ingest}/orders"), ("orderPaid", "{ingest}/payments")):
        callback = contract["paths"]["/orders"]["post"]["callbacks"][name][url]["post"]
        callback["responses"] = {"200": {"description": "Taken.", **words}}
    write(tmp_path, contract, trial.settings, trial.description)
    read = load(tmp_path / "bothends.toml")
    names = {case.name for family in ("upstream-wrong", "upstream-unclear") for case in plain_cases(read, family)}
    assert (WORDS if said else set()) == names & WORDS
    assert STATUSES == names & STATUSES
    assert {name.replace("ingest", "prices") for name in WORDS} <= names  # an upstream's words are what it is asked for
    odd = {case.name for case in plain_cases(read, "odd-acknowledgement")}
    assert "ingest-answers-204" in odd
    assert "ingest-answers-200" not in odd


@pytest.mark.parametrize(
    ("schema", "beside", "words"),
    [
        ({"type": "object", "required": ["ok"], "properties": {"ok": {"const": True}}}, False, True),
        ({"type": "object", "required": ["ok"], "additionalProperties": False, "properties": {"ok": {}}}, True, True),
        ({}, False, False),
    ],
)
def test_what_the_schema_takes_for_an_acknowledgement(
    tmp_path: Path,
    schema: dict[str, Any],
    beside: bool,  # noqa: FBT001 -- a column of the table
    words: bool,  # noqa: FBT001 -- likewise
) -> None:
    """A member more is a fault where the schema refuses it; a schema that takes anything asks for no words."""
    trial = trials("everything")[0]
    contract = dict(trial.contract)
    for name, url in (("orderPlaced", "{ingest}/orders"), ("orderPaid", "{ingest}/payments")):
        callback = contract["paths"]["/orders"]["post"]["callbacks"][name][url]["post"]
        callback["responses"] = {"200": {"description": "Taken.", "content": {"application/json": {"schema": schema}}}}
    settings = trial.settings.replace('kind = "inngest"', 'kind = "webhook"')
    write(tmp_path, contract, settings, trial.description)
    names = {case.name for case in plain_cases(load(tmp_path / "bothends.toml"), "upstream-wrong")}
    assert beside == ("ingest-answers-200-with-an-error-beside" in names)
    assert words == ("ingest-answers-page-200" in names)
    assert words == ("ingest-answers-200-with-an-error" in names)


@pytest.mark.parametrize(
    ("declared", "others"),
    [
        pytest.param(["200"], set(), id="one status"),
        pytest.param(["2XX"], {"202", "204"}, id="a class, of which 200 is sent"),
        pytest.param(["204", "2XX"], {"200", "202"}, id="a status, and the rest of its class"),
        pytest.param(["202", "200"], {"200"}, id="two statuses"),
        pytest.param(["200", "default"], set(), id="any other answer"),
    ],
)
def test_each_acknowledgement_that_is_declared_is_sent(tmp_path: Path, declared: list[str], others: set[str]) -> None:
    """The first that a callback declares is the usual one; a request succeeds with each of them."""
    trial = trials("everything")[0]
    contract = dict(trial.contract)
    for name, url in (("orderPlaced", "{ingest}/orders"), ("orderPaid", "{ingest}/payments")):
        callback = contract["paths"]["/orders"]["post"]["callbacks"][name][url]["post"]
        callback["responses"] = {status: {"description": "Taken."} for status in declared}
    write(tmp_path, contract, trial.settings, trial.description)
    cases = plain_cases(load(tmp_path / "bothends.toml"), "upstream-odd")
    found = {case.name.rpartition("-")[2]: case for case in cases if "acknowledges-with" in case.name}
    assert others == set(found)
    assert {False} >= {bool(case.expect.statuses - frozenset(range(200, 300))) for case in found.values()}
