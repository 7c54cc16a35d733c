"""What the whole command says of sign-in: of a right server, of one without it, and of what nothing plays."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.verdicts.security.project import SCHEMES, SECRETS, Project, table

if TYPE_CHECKING:
    from pathlib import Path

PROVEN, BROKEN, NOT_PROVEN = 0, 1, 4
pytestmark = pytest.mark.long

BOTH = table("cookie") + table("bearer")
SET = table("header") + table("bearer")
WRONG = table("bearer", more='wrong = [{headers = {Authorization = "Bearer nobodys"}}]')


@pytest.mark.parametrize("scheme", SCHEMES)
def test_each_scheme_is_played(tmp_path: Path, scheme: str) -> None:
    """A right server is proven; one that lets everybody in, or takes any value, is broken by the law on sign-in.

    Its refusal is right, and told as what the contract does not declare.
    """
    project = Project(tmp_path, [[scheme]], table(scheme))
    right = project.verify()
    assert (PROVEN, set(), {"refused-undeclared"}) == (right.code, right.laws, right.warnings)
    said = project.verify(f"any:{scheme}")
    assert (BROKEN, {"sign-in-demanded"}) == (said.code, said.laws)
    for secret in SECRETS.values():
        assert secret not in said.text
        assert secret not in (tmp_path / "report.json").read_text()


def test_a_scheme_that_nothing_plays_is_not_proven(tmp_path: Path) -> None:
    """With its line in the spec and the lines to add; and a server without sign-in is broken even then."""
    project = Project(tmp_path, [["bearer"]])
    right = project.verify()
    assert (NOT_PROVEN, set()) == (right.code, right.laws)
    (first, *_) = right.report["not_proven"]
    assert "sign-in: bearer" == first["what"]
    assert "/components/securitySchemes/bearer" == first["where"].rpartition(" ")[2]
    assert first["add"].startswith('[world.sessions.bearer]\nkind = "static"\ncallers = [')
    said = project.verify("open")
    assert (BROKEN, {"sign-in-demanded"}) == (said.code, said.laws)
    # The lines that the report says to add are all that is missing.
    project.tables = first["add"]
    assert PROVEN == project.verify().code


@pytest.mark.parametrize(
    ("security", "tables", "broken", "code", "what"),
    [
        ([["cookie"], ["bearer"]], BOTH, "", PROVEN, set()),
        ([["cookie"], ["bearer"]], BOTH, "any:bearer", BROKEN, set()),
        ([["cookie"], ["bearer"]], table("cookie"), "", NOT_PROVEN, {"sign-in: bearer"}),
        ([["header", "bearer"]], SET, "", PROVEN, set()),
        ([["header", "bearer"]], SET, "ignores:header", BROKEN, set()),
        ([["header", "bearer"]], SET, "ignores:bearer", BROKEN, set()),
        ([["header", "bearer"]], table("bearer"), "", NOT_PROVEN, {"sign-in: header", "success", "start-and-stop"}),
        ([[], ["bearer"]], table("bearer"), "", PROVEN, set()),
        ([[], ["bearer"]], table("bearer"), "open", PROVEN, set()),
        ([[], ["bearer"]], "", "", NOT_PROVEN, {"sign-in: bearer"}),
        ([["bearer"]], table("bearer", callers=1), "", NOT_PROVEN, {"leakage between callers: bearer"}),
        ([["bearer"]], WRONG, "", PROVEN, set()),
        ([["bearer"]], WRONG, "any:bearer", BROKEN, set()),
        ([], "", "", PROVEN, set()),
    ],
)
def test_alternatives_and_sets(  # noqa: PLR0913, PLR0917 -- the columns of a table
    tmp_path: Path, security: list[list[str]], tables: str, broken: str, code: int, what: set[str]
) -> None:
    """Each alternative alone, each member left out and spoilt, optional sign-in, and none."""
    said = Project(tmp_path, security, tables).verify(broken)
    assert (code, what) == (said.code, set(said.not_proven))
    assert ({"sign-in-demanded"} if code == BROKEN else set()) == said.laws


@pytest.mark.parametrize(
    ("own", "security", "broken", "code"),
    [
        (False, [], "", PROVEN),
        (False, [], "open", BROKEN),
        (True, [], "", PROVEN),
        (True, [["header"]], "", NOT_PROVEN),
    ],
)
def test_the_operations_own_security_replaces_the_documents(
    tmp_path: Path,
    own: bool,  # noqa: FBT001 -- a column
    security: list[list[str]],
    broken: str,
    code: int,
) -> None:
    """The document's bearer is asked for where the operation says nothing."""
    project = Project(tmp_path, security, table("bearer"), default=[["bearer"]], own=own)
    assert code == project.verify(broken).code


def test_which_refusal_is_free_where_none_is_declared(tmp_path: Path) -> None:
    """A redirect to where callers sign in is as right as a 403; where one is declared, it is that one."""
    assert PROVEN == Project(tmp_path, [["bearer"]], table("bearer")).verify(refusal=302).code
    assert PROVEN == Project(tmp_path, [["bearer"]], table("bearer")).verify(refusal=403).code
    declared = {"401": {"description": "Who?", "x-given": "signed-out"}}
    project = Project(tmp_path, [["bearer"]], table("bearer"), answers=declared)
    right = project.verify()
    assert (PROVEN, set()) == (right.code, right.warnings)
    said = project.verify(refusal=403)
    assert (BROKEN, {"family-status"}) == (said.code, said.laws)


def test_the_event_is_of_the_caller_who_asked(tmp_path: Path) -> None:
    """Callers take turns, and each has the identity that the settings give: the event of another is noticed."""
    project = Project(tmp_path, [["bearer"]], table("bearer"), orders=True)
    only = ("--only", "success")
    assert PROVEN == project.verify("", *only).code
    said = project.verify("wrong-owner", *only)
    assert (BROKEN, {"provenance"}) == (said.code, said.laws)
    assert "Bearer" not in said.text
    assert "-H 'Authorization: '\"$AUTHORIZATION\"" in said.text
