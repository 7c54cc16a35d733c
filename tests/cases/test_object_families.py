"""The families of what there is, and what there is not: which answers are right, by what the contract says."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from bothends.cases import plain_cases
from bothends.contract import load

if TYPE_CHECKING:
    from pathlib import Path

    from bothends.records import Case

TEXT = {"type": "string"}
ID = {"name": "id", "in": "path", "required": True, "schema": TEXT}
BODY = {
    "content": {
        "application/json": {"schema": {"type": "object", "required": ["note"], "properties": {"note": TEXT}}},
    }
}


def cases(folder: Path, family: str, answers: dict[str, Any], *headers: str) -> dict[str, Case]:
    """Return the cases of a family for a note that is changed, by their names.

    Args:
        folder: Where the contract is written.
        family: The family.
        answers: What each refusal is for: the `x-given` of each status; None: nothing.
        headers: The header parameters of the operation.
    """
    refusals = {
        status: {"description": "No.", **({} if given is None else {"x-given": given})}
        for status, given in answers.items()
    }
    change = {
        "operationId": "change",
        "parameters": [{"name": name, "in": "header", "schema": TEXT} for name in headers],
        "requestBody": BODY,
        "responses": {"200": {"description": "Changed."}, **refusals},
    }
    paths = {
        "/notes": {"post": {"operationId": "make", "responses": {"201": {"description": "Made."}}}},
        "/notes/{id}": {"parameters": [ID], "put": change},
        "/notes/{id}/close": {
            "parameters": [ID],
            "post": {"operationId": "close", "responses": {"200": {"description": "Closed."}}},
        },
    }
    spec = {"openapi": "3.1.0", "info": {"title": "Notes", "version": "1"}, "paths": paths}
    (folder / "openapi.json").write_text(json.dumps(spec), encoding="utf-8")
    settings = 'spec = "openapi.json"\noperations = ["*"]\n[target]\nurl = "http://127.0.0.1:1"\n'
    (folder / "bothends.toml").write_text(settings, encoding="utf-8")
    return {
        case.name.partition(".")[2]: case
        for case in plain_cases(load(folder / "bothends.toml"), family)
        if case.operation == "change"
    }


def right(case: Case) -> set[int]:
    """Return which of the usual statuses are right for a case."""
    return {status for status in (200, 400, 403, 404, 409, 410, 412, 422, 428, 500) if case.expect.allows(status)}


@pytest.mark.parametrize(
    ("answers", "headers", "found"),
    [
        ({}, (), {200, 400, 403, 404, 409, 410, 412, 422, 428}),
        ({"422": None}, (), {200, 404, 409, 410, 412, 422}),
        ({"403": "forbidden", "422": None}, (), {200, 403, 404, 409, 410, 412, 422}),
        ({"404": "not-found"}, (), {404}),
        ({"404": ["not-found", "forbidden"]}, (), {404}),
        ({"404": "not-found", "410": "not-found"}, (), {404, 410}),
        ({"403": "forbidden", "404": "not-found"}, (), {403, 404}),
        ({"404": "not-found"}, ("If-Match",), {404, 412}),
    ],
)
def test_an_id_that_no_object_has(
    tmp_path: Path, answers: dict[str, Any], headers: tuple[str, ...], found: set[int]
) -> None:
    """Once it is declared, only that is right, and what comes before it: a condition, and who may see it."""
    (case,) = cases(tmp_path, "not-found", answers, *headers).values()
    assert "/notes/~never.id." in case.request.target
    assert found == right(case)
    assert case.expect.refused is (200 not in found)


@pytest.mark.parametrize(
    ("answers", "found"),
    [
        ({"409": "wrong-state"}, {200, 404, 409, 410}),
        ({"409": "wrong-state", "422": None}, {200, 404, 409, 410, 422}),
        ({"409": "wrong-state", "422": "invalid-body"}, {200, 404, 409, 410}),
    ],
)
def test_an_object_that_another_request_has_changed(tmp_path: Path, answers: dict[str, Any], found: set[int]) -> None:
    """A success is right, and what nothing is said of; a refusal that is for another reason is none."""
    named = cases(tmp_path, "wrong-state", answers)
    assert {"after-change", "after-close"} == set(named)
    assert found == right(named["after-close"])
    assert ("close",) == tuple(step.operation for step in named["after-close"].after)


def test_same_values_come_again_only_where_that_is_declared(tmp_path: Path) -> None:
    """The second request is refused, and is one by itself."""
    assert {} == cases(tmp_path, "conflict", {"409": None})
    (case,) = cases(tmp_path, "conflict", {"409": "conflict"}).values()
    (again,) = case.again
    assert (True, {409}) == (again.anew, set(again.expect.statuses))
    assert not again.repeats


def test_conditions_that_hold_and_that_do_not(tmp_path: Path) -> None:
    """Both are promised where one answer is for a failed one, of what has not expired; without a header, 428 is."""
    given = {"412": "precondition-failed", "428": "precondition-failed"}
    found = {name: right(case) for name, case in cases(tmp_path, "precondition-failed", given, "If-Match").items()}
    assert {
        "if-match-another-tag": {404, 410, 412},
        "if-match-other-tags": {404, 410, 412},
        "if-match-any-tag": {200, 404, 410},
        "without-if-match": {404, 410, 428},
    } == found
    left = cases(tmp_path, "precondition-failed", {"412": None, "428": None}, "If-Match").values()
    assert all({200, 412, 428} <= right(case) for case in left)
