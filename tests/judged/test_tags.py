"""Tags of what is shown: headers of answers are as declared, and conditions go by them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from tests.judged.project import Project, Report

if TYPE_CHECKING:
    from pathlib import Path

TEXT = {"type": "string"}
QUOTED = {"type": "string", "pattern": '^"[0-9a-f]{12}"$'}
BODY = {"type": "object", "additionalProperties": False, "required": ["text"], "properties": {"text": TEXT}}


def spec_of(tag: Any = QUOTED, *, guarded: bool = True, required: bool = True) -> dict[str, Any]:
    """Return the document of drafts.

    Args:
        tag: The schema of `ETag`; None: no answer declares one, and no request has a condition.
        guarded: Whether a change may have `If-Match`.
        required: Whether each of these answers has the tag.
    """
    headers = {} if tag is None else {"headers": {"ETag": {"required": required, "schema": tag}}}
    members = {"id": TEXT, "text": TEXT, "views": {"type": "integer"}}
    draft = {"type": "object", "additionalProperties": False, "required": ["id", "text"], "properties": members}
    shown = {"description": "It.", **headers, "content": {"application/json": {"schema": draft}}}
    body = {"required": True, "content": {"application/json": {"schema": BODY}}}
    gone = {"404": {"description": "None.", "x-given": "not-found"}}
    wrong = {"415": {"description": "Wrong."}, "400": {"description": "Wrong."}}
    wrong |= {"422": {"description": "Wrong.", "x-given": "invalid-body"}}
    failed = {"412": {"description": "Changed.", "x-given": "precondition-failed"}} if guarded else {}
    known = {"304": {"description": "Known.", "x-given": "precondition-failed", **headers}} if headers else {}
    name = {"name": "draftId", "in": "path", "required": True, "schema": TEXT}

    def condition(header: str) -> list[dict[str, Any]]:
        return [{"name": header, "in": "header", "schema": {"type": "string", "maxLength": 1000}}] if headers else []

    links: dict[str, Any] = {"show": {"operationId": "show", "parameters": {"draftId": "$response.body#/id"}}}
    by_tag = {"draftId": "$request.path.draftId", "If-Match": "$response.header.ETag"}
    known_by = {"draftId": "$request.path.draftId", "If-None-Match": "$response.header.ETag"}
    if headers:
        links["again"] = {"operationId": "show", "parameters": known_by}
    if headers and guarded:
        links["change"] = {"operationId": "change", "parameters": by_tag}
    made = {**shown, "links": {"show": links["show"]}}
    get: dict[str, Any] = {"operationId": "show", "responses": {"200": {**shown, "links": links}, **known, **gone}}
    put: dict[str, Any] = {
        "operationId": "change",
        "requestBody": body,
        "responses": {"200": shown, **failed, **gone, **wrong},
    }
    get["parameters"] = condition("If-None-Match")
    put["parameters"] = condition("If-Match") if guarded else []
    post = {"operationId": "begin", "requestBody": body, "responses": {"201": made, **wrong}}
    paths = {"/drafts": {"post": post}, "/drafts/{draftId}": {"parameters": [name], "get": get, "put": put}}
    return {"openapi": "3.1.0", "info": {"title": "Drafts", "version": "1"}, "paths": paths}


FAMILIES = ("success", "not-found", "invalid-body", "crowd")


def drafts(folder: Path, bug: str = "", like: str = "", spec: Any = None, *families: str, promise: str = "") -> Report:
    """Return what a run of some families says of drafts; without one, of all that are about what is here."""
    spec = spec or spec_of()
    project = Project(folder, "drafts", spec, {"BUG": bug, "LIKE": like}, target_lines=promise)
    every = (*FAMILIES, "precondition-failed") if "If-None-Match" in str(spec) else FAMILIES
    chosen = [word for family in families or every for word in ("--only", family)]
    return project.verified("--profile", "quick", *chosen)


def test_tags_as_they_are_declared_are_right(tmp_path: Path) -> None:
    """Each answer has the tag that the contract requires, in the form that it has there."""
    report = drafts(tmp_path)
    assert (set(), set()) == (report.errors, report.warnings), report.text
    assert {"answer-headers"} <= {one["law"] for one in report.value["laws"] if one["judged"]}


@pytest.mark.parametrize(
    ("like", "spec"),
    [
        ("attempts", spec_of(TEXT)),
        ("weak", spec_of({"type": "string", "pattern": "^W/"}, guarded=False)),
        ("views", spec_of(TEXT, guarded=False)),
        ("each-read", spec_of(TEXT, guarded=False)),
        ("views-beside", spec_of()),
        ("bare", spec_of(None)),
        ("bare", spec_of(required=False, guarded=False)),
        ("strict", spec_of()),
    ],
)
def test_right_targets_differ(tmp_path: Path, like: str, spec: Any) -> None:
    """A weak tag may stay the same, and a tag that is not required may be missing, on a 304 too.

    What no request has written may differ under a strong tag: a number of readings, a time.
    """
    report = drafts(tmp_path, "", like, spec)
    assert set() == report.errors, report.text


@pytest.mark.parametrize(
    ("bug", "law", "told"),
    [
        ("known-without-tag", "answer-headers", "The answer 304 has no header ETag."),
        ("tag-of-the-id", "strong-tag", "The strong ETag stays the same, and text does not"),
        ("no-quotes", "answer-headers", "The header ETag of the answer 200 does not match its schema."),
    ],
)
def test_headers_that_are_not_as_declared_are_told(tmp_path: Path, bug: str, law: str, told: str) -> None:
    """A tag that is required is missing, or has another form, or is the same for another content."""
    report = drafts(tmp_path, bug, "", None, "success", "precondition-failed")
    assert law in report.errors, report.text
    assert told in report.text
    # Alone, with what has read and changed its object before.
    found = next(one for one in report.value["findings"] if one["law"] == law)
    assert (True, []) == (found["reproduced"], found["history"])


def test_a_condition_that_does_not_hold_changes_nothing(tmp_path: Path) -> None:
    """RFC 9110 has it that the request is not performed."""
    report = drafts(tmp_path, "failed-is-changed", "", None, "success", "precondition-failed")
    assert {"refused-changes-nothing"} == report.errors, report.text
    assert "change answers 412, and changes the object." in report.text


@pytest.mark.parametrize(
    ("promise", "errors"), [("all_or_nothing = true", {"refused-changes-nothing"}), ("", set[str]())]
)
def test_other_refusals_change_nothing_where_that_is_promised(tmp_path: Path, promise: str, errors: set[str]) -> None:
    """Without the promise, what a refused request leaves behind is the target's own."""
    report = drafts(tmp_path, "refused-is-kept", "", None, "success", "invalid-body", promise=promise)
    assert errors == report.errors, report.text


def test_a_target_that_keeps_its_promise_is_right(tmp_path: Path) -> None:
    """Each of a few cases has an object of its own, which is read before and after."""
    report = drafts(tmp_path, promise="all_or_nothing = true")
    judged = {one["law"]: one["judged"] for one in report.value["laws"]}
    assert (set(), True) == (report.errors, judged["refused-changes-nothing"] > 2), report.text


@pytest.mark.parametrize(
    ("bug", "law", "case"),
    [
        ("cut", "family-status", "precondition-failed/change.if-match-after-a-comma"),
        ("known-is-412", "family-status", "precondition-failed/show.if-none-match-any-tag"),
        ("any-tag-is-known", "family-status", "precondition-failed/show.if-none-match-another-tag"),
        ("weak-is-unknown", "not-modified", "precondition-failed/show.if-none-match-its-tag-as-a-weak-one"),
    ],
)
def test_conditions_go_by_what_a_tag_is(tmp_path: Path, bug: str, law: str, case: str) -> None:
    """A comma may stand in a tag, 412 is no answer to a reading, another tag is unknown, a weak one is known."""
    report = drafts(tmp_path, bug, "", None, "success", "precondition-failed")
    found = {name for one in report.value["findings"] if one["law"] == law for name in one["cases"]}
    assert case in found, report.text


def test_a_valid_reading_asks_for_what_there_is(tmp_path: Path) -> None:
    """Where a link gives it the tag that its caller has, it is sent with the condition by cases on that alone."""
    report = drafts(tmp_path, "", "", None, "success")
    seen = {(one["operation"], str(one["status"])): one["seen"] for one in report.value["answers"]}
    assert (True, 0) == (seen["show", "200"] > 0, seen.get(("show", "304"), 0)), report.text


def test_a_tag_without_quotes_that_is_taken_is_a_warning(tmp_path: Path) -> None:
    """It is none; some targets are lenient to those who forget the quotes."""
    report = drafts(tmp_path, "unquoted-is-taken", "", None, "success", "precondition-failed")
    assert set() == report.errors, report.text
    assert {"http-status"} <= report.warnings, report.text
