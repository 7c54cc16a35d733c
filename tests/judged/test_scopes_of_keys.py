"""For what an idempotency key counts beside its caller (`scope`), and values that each success makes anew (`x-new`)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from tests.judged.project import Project, Report
from tests.judged.test_keys_of_an_object import KEYS, TEXT, content

if TYPE_CHECKING:
    from pathlib import Path

BOTH = ("operation", "path")


def spec(scope: tuple[str, ...], *, new: bool, keyed: bool = False) -> dict[str, Any]:
    """Return the document of a service that sells vouchers; `keyed`: they are issued with a key as well."""
    promised: dict[str, Any] = {"conflict": 422, **({"scope": [*scope]} if scope else {})}
    key = {"name": "Idempotency-Key", "in": "header", "required": True, "schema": TEXT, "x-idempotency": promised}
    name = {"name": "voucherId", "in": "path", "required": True, "schema": TEXT}
    refused = {status: {"description": "Refused."} for status in ("400", "401", "404", "415", "422")}
    receipt = {**TEXT, "x-new": True} if new else TEXT

    def action(operation: str) -> dict[str, Any]:
        done = {"description": "Done.", **content(receipt=receipt)}
        return {"post": {"operationId": operation, "parameters": [name, key], "responses": {"200": done, **refused}}}

    issued = {"description": "Issued.", **content(id=TEXT)}
    body = {"required": True, **content(note=TEXT)}
    own = {"parameters": [key]} if keyed else {}
    return {
        "openapi": "3.1.0",
        "info": {"title": "Vouchers", "version": "1"},
        "security": [{"key": []}],
        "components": {"securitySchemes": {"key": {"type": "apiKey", "in": "header", "name": "X-Key"}}},
        "paths": {
            "/vouchers": {
                "post": {"operationId": "issue", "requestBody": body, "responses": {"201": issued, **refused}, **own}
            },
            "/vouchers/{voucherId}/charge": action("charge"),
            "/vouchers/{voucherId}/void": action("void"),
        },
    }


def vouchers(folder: Path, bug: str = "", *, scope: tuple[str, ...] = BOTH, new: bool = True) -> Report:
    """Return what a run says of a service."""
    project = Project(folder, "vouchers", spec(scope, new=new), {"BUG": bug}, KEYS)
    only = [word for one in ("charge", "void") for word in ("--only", f"idempotency/{one}*")]
    return project.verified("--profile", "quick", *only)


def unproven(report: Report) -> set[str]:
    """Return what a report says of keys that were not proven."""
    return {one["what"] for one in report.value["not_proven"] if "x-idempotency" in one["what"]}


@pytest.mark.parametrize("new", [True, False])
def test_a_scope_as_declared_is_right(tmp_path: Path, new: bool) -> None:  # noqa: FBT001 -- a row
    """The key at another object or operation has an answer of its own, which tells it without `x-new`, too."""
    report = vouchers(tmp_path, new=new)
    assert ("proven", set(), set()) == (report.value["verdict"], report.errors, unproven(report)), report.text


@pytest.mark.parametrize("bug", ["any-path", "any-operation"])
def test_without_a_scope_nothing_is_demanded_elsewhere(tmp_path: Path, bug: str) -> None:
    """A key that counts for all objects or operations of its caller is right where nothing says that it does not."""
    report = vouchers(tmp_path, bug, scope=())
    assert ("proven", set()) == (report.value["verdict"], report.errors), report.text


@pytest.mark.parametrize(
    ("bug", "law"),
    [
        ("any-path", "key-scope"),
        ("any-operation", "key-scope"),
        ("cut", "another-key"),
        ("any-caller", "key-of-its-caller"),
    ],
)
def test_a_key_that_counts_for_more_is_found(tmp_path: Path, bug: str, law: str) -> None:
    """The value that each success makes is the first one's, so the answer is, though no event tells it."""
    report = vouchers(tmp_path, bug)
    assert law in report.errors, report.text


def test_a_value_that_is_not_new_is_found(tmp_path: Path) -> None:
    """Two usual requests with keys of their own have the same value."""
    project = Project(tmp_path, "vouchers", spec((), new=True), {"BUG": "one-number"}, KEYS)
    report = project.verified("--profile", "quick", "--only", "success", "--only", "crowd")
    assert {"new-value"} == report.errors, report.text


@pytest.mark.parametrize(("bug", "broken"), [("", set()), ("any-operation", {"answer-schema"})])
def test_the_key_of_what_makes_an_object_goes_to_one_of_the_same_caller(
    tmp_path: Path, bug: str, broken: set[str]
) -> None:
    """Callers take turns, and a key counts for one of them: else the first answer would not come there again."""
    project = Project(tmp_path, "vouchers", spec(BOTH, new=True, keyed=True), {"BUG": bug}, KEYS)
    report = project.verified("--profile", "quick", "--only", "idempotency/issue.at-*")
    assert broken == report.errors, report.text


@pytest.mark.parametrize(
    ("bug", "broken"), [("", set()), ("any-path", {"key-scope"}), ("one-number", {"another-key", "new-value"})]
)
def test_two_lanes_see_what_one_does(tmp_path: Path, bug: str, broken: set[str]) -> None:
    """Each has a target of its own, whose receipts are its own, too."""
    project = Project(tmp_path, "vouchers", spec(BOTH, new=True), {"BUG": bug}, KEYS, target_lines="isolated = true")
    words = [word for family in ("idempotency", "crowd", "success") for word in ("--only", family)]
    report = project.verified("--profile", "quick", "--lanes", "2", *words)
    assert broken == report.errors, report.text
    assert [] == [note for note in report.notes if note.startswith("lanes")]


@pytest.mark.parametrize(("bug", "broken"), [("", set()), ("one-number", {"new-value"})])
def test_a_soak_knows_what_is_new(tmp_path: Path, bug: str, broken: set[str]) -> None:
    """However many requests there were before."""
    project = Project(tmp_path, "vouchers", spec((), new=True), {"BUG": bug}, KEYS)
    report = project.verified("--only", "soak", "--max-examples", "200")
    assert broken == report.errors, report.text


@pytest.mark.parametrize("bug", ["any-path", "any-caller"])
def test_where_nothing_tells_it_is_not_proven(tmp_path: Path, bug: str) -> None:
    """Without `x-new`, two equal answers may be two: the report says what would tell them apart."""
    report = Project(tmp_path, "vouchers", spec(BOTH, new=False), {"BUG": bug}, KEYS).verified("--profile", "quick")
    lines = [one for one in report.value["not_proven"] if one["what"] == "x-idempotency of charge: answers"]
    assert "x-new: true" in lines[0]["add"], report.text
    assert "second example" not in report.text
