"""A sign-in answers 401 to who has no account: no schema says who has one, so nobody is accused of it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tests.judged.project import Project

if TYPE_CHECKING:
    from pathlib import Path

SETUP = """
[[target.setup]]
path = "/accounts"
json = {name = "ada of setup", password = "the-first-one"}
take = {name = "body#/name", password = "body#/password"}
"""
ONLY = ("--profile", "quick", "--only", "success", "--only", "coverage")


def operation(name: str, statuses: tuple[str, ...], *, of_setup: bool = False, mails: bool = False) -> dict[str, Any]:
    """Return an operation that names a user; those of setup alone, or by an email address, if so."""
    members: dict[str, dict[str, Any]] = {
        "name": {"type": "string", "format": "email"} if mails else {"type": "string"},
        "password": {"type": "string", "minLength": 8},
    }
    if of_setup:
        members = {key: {**value, "x-from": f"setup.{key}"} for key, value in members.items()}
    schema = {"type": "object", "required": [*members], "additionalProperties": False, "properties": members}
    return {
        "operationId": name,
        "requestBody": {"required": True, "content": {"application/json": {"schema": schema}}},
        "responses": {status: {"description": status} for status in (*statuses, "400", "415", "422")},
    }


def visitors(folder: Path, *, bug: str = "", of_setup: bool = False, mails: bool = False) -> Project:
    """Return the service; its users are those of setup, or have addresses, if so."""
    spec = {
        "openapi": "3.1.0",
        "info": {"title": "Visitors", "version": "1"},
        "paths": {
            "/accounts": {"post": operation("register", ("201", "409"), mails=mails)},
            "/tokens": {"post": operation("signIn", ("200", "401"), of_setup=of_setup)},
        },
    }
    return Project(folder, "visitors", spec, {"BUG": bug}, SETUP.replace("ada of setup", "ada@example.com"))


def test_who_has_no_account_is_refused_and_nobody_is_accused(tmp_path: Path) -> None:
    """Some values are those of an account that the run has made, and others are nobody's: a note has the lines."""
    report = visitors(tmp_path).verified(*ONLY)
    assert set() == report.errors, report.text
    (said,) = (one for one in report.notes if " to signIn were answered 401" in one)
    assert "`x-from: setup.NAME` on the members that name the user" in said


def test_who_has_an_account_is_to_be_signed_in(tmp_path: Path) -> None:
    """With the user of setup, a 401 is an error: each third one is refused."""
    report = visitors(tmp_path, bug="third", of_setup=True).verified("--profile", "quick", "--only", "success")
    assert {"family-status"} == report.errors, report.text
    errors = (one for one in report.value["findings"] if one["severity"] == "error")
    assert {"signIn"} == {case["operation"] for one in errors for case in one["instances"]}


def test_a_right_sign_in_of_setups_user_is_right(tmp_path: Path) -> None:
    """Nothing is refused then, and nothing is said of it. An empty name of another account is taken as any other is."""
    report = visitors(tmp_path, of_setup=True).verified(*ONLY)
    assert (set(), []) == (report.errors, [one for one in report.notes if "answered 401" in one]), report.text


def test_no_account_for_an_address_that_gets_no_mail_is_right(tmp_path: Path) -> None:
    """Such an address has the form of one; who refuses it is right, and who takes it is, too."""
    words = ("--profile", "quick", "--only", "fuzz-valid/register*")
    for bug in ("mail", ""):
        report = visitors(tmp_path / f"of-{bug}", bug=bug, mails=True).verified(*words)
        assert set() == report.errors, report.text
