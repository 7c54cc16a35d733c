"""Cases that are right, in real processes: what a correct target does is no finding, and a wrong one is told by it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.right_cases.project import verified

if TYPE_CHECKING:
    from pathlib import Path


def test_a_file_behind_references_has_a_name(tmp_path: Path) -> None:
    """A member that `$ref` and `allOf` lead to is sent as a file, so a target that asks for its name takes it."""
    for only in ("success", "fuzz-valid"):
        report = verified(tmp_path, "/uploads", only)
        assert set() == report.laws(), report.text
        assert {"201"} == {one["status"] for one in report.value["answers"] if one["seen"]}, report.text


def test_an_upload_that_fails_is_told(tmp_path: Path) -> None:
    """Of a target that takes no file, that is an error."""
    report = verified(tmp_path, "/uploads", "success", bug="uploads-fail")
    assert report.laws(), report.text


@pytest.mark.parametrize("only", ["success", "odd-body", "coverage", "fuzz-valid"])
def test_an_integer_is_written_as_one(tmp_path: Path, only: str) -> None:
    """`minimum: 1.0` makes no base of `1.0`; where a case is about it, a target may refuse it, which is a note."""
    report = verified(tmp_path, "/counts", only)
    assert set() == report.laws(), report.text
    noted = "with an integer that is written as a fraction (1.0) was refused" in report.text
    assert noted or only != "odd-body", report.text


def test_a_target_that_refuses_the_least_integer_is_told(tmp_path: Path) -> None:
    """The bound itself is valid, and is sent as an integer."""
    report = verified(tmp_path, "/counts", "success", bug="refuses-one")
    assert {"family-status"} == report.laws(), report.text


def test_a_constant_that_is_written_as_a_fraction_is_sent_so(tmp_path: Path) -> None:
    """`enum: [1.0]` of an integer has valid requests, with `1.0` as it stands; that a target takes none is told."""
    right = verified(tmp_path, "/releases", "success")
    assert set() == right.laws(), right.text
    assert {"201"} == {one["status"] for one in right.value["answers"] if one["seen"]}, right.text
    wrong = verified(tmp_path, "/releases", "success", bug="refuses-constant")
    assert ("not-proven", True) == (wrong.value["verdict"], "No valid request succeeded: 422" in wrong.text), wrong.text
    assert '"version": 1.0' in wrong.text
    reason = 'Likely reason: the member "version": it is a whole number, and is sent as 1.0.'
    assert reason in " ".join(wrong.text.split())


def test_an_id_that_is_too_long_with_what_is_added_to_it(tmp_path: Path) -> None:
    """An id is known when it is sent: 422 is right where `;jsessionid=1` makes it too long, and nowhere else."""
    right = verified(tmp_path, "/notes", "routing")
    assert (set(), set()) == (right.laws(), right.laws("warning")), right.text
    wrong = verified(tmp_path, "/notes", "routing", bug="refuses-semicolon")
    assert {"http-status"} == wrong.laws("warning"), wrong.text


def test_a_path_whose_id_the_schema_refuses(tmp_path: Path) -> None:
    """`/things/1;jsessionid=1` may be answered as what it is to the schema of the id: a wrong value."""
    report = verified(tmp_path, "/things", "routing")
    assert (set(), set()) == (report.laws(), report.laws("warning")), report.text


def test_a_stale_precondition_in_a_pipeline(tmp_path: Path) -> None:
    """Of two equal requests in a row, the second is about a version that is gone: 412; any other refusal is told."""
    right = verified(tmp_path, "/things", "framing/two-in-a-row")
    assert (set(), set()) == (right.laws(), right.laws("warning")), right.text
    wrong = verified(tmp_path, "/things", "framing/two-in-a-row", bug="wrong-word")
    assert {"http-status"} == wrong.laws("warning"), wrong.text


def test_a_bearer_in_a_trailer_is_no_cookie(tmp_path: Path) -> None:
    """The case is called by what is in the trailer, and the request is shown with it."""
    right = verified(tmp_path, "/counts", "framing/credential-in-a-trailer")
    assert set() == right.laws(), right.text
    wrong = verified(tmp_path, "/counts", "framing/credential-in-a-trailer", bug="open")
    assert "http-status" in wrong.laws("warning"), wrong.text
    assert "cookie" not in wrong.text.lower()


def test_a_url_that_callers_have_given_is_no_secret(tmp_path: Path) -> None:
    """A hook is read with the URL that an earlier request has given it; an upstream's address is still a secret."""
    right = verified(tmp_path, "/hooks", "success")
    assert set() == right.laws(), right.text
    wrong = verified(tmp_path, "/hooks", "success", bug="reveals")
    assert {"no-secret-in-answer"} == wrong.laws(), wrong.text


def test_a_url_leads_nowhere_only_if_that_was_tried(tmp_path: Path) -> None:
    """It may be why requests fail if others without it succeed; of a target that refuses all, that is not said."""
    right = verified(tmp_path, "/links", "success")
    assert set() == right.laws(), right.text
    assert "without one succeeded. It leads nowhere" in " ".join(right.text.split())
    wrong = verified(tmp_path, "/links", "success", bug="refuses-all")
    assert "leads nowhere" not in " ".join(wrong.text.split())


def test_an_id_of_an_object_that_is_beside_another_one(tmp_path: Path) -> None:
    """What was made is read by it: as it is, and with `If-None-Match: *`, whose example leads to 304."""
    report = verified(tmp_path, "/jars", "fuzz-valid")
    assert set() == report.laws(), report.text
    seen = {one["status"] for one in report.value["answers"] if "/jars/{jar}" in one["operation"] and one["seen"]}
    assert {"200", "304", "404"} == seen, report.text
    assert [] == [one for one in report.value["not_proven"] if " id of " in one["what"]], report.text
