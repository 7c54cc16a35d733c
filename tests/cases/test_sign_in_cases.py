"""Which cases come of what an operation asks of its callers."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from bothends.cases import plain_cases
from bothends.cases.families.registry import plain_families
from bothends.conditions import sentences
from bothends.contract import load
from tests.verdicts.security.project import SCHEMES, environment, table

if TYPE_CHECKING:
    from pathlib import Path

    from bothends.contract import Contract
    from bothends.records import Case

WRONG = 'wrong = [{headers = {Authorization = "Bearer x"}}, {headers = {Authorization = "Bearer y"}}]'


@pytest.fixture
def contract(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, request: pytest.FixtureRequest) -> Contract:
    """Return the contract of an operation with the `security`, the answers and the tables of the test."""
    for name, value in environment().items():
        monkeypatch.setenv(name, value)
    security, tables, *more = request.param
    operation = {
        "operationId": "readReport",
        "security": [{name: [] for name in names} for names in security],
        "responses": {"200": {"description": "Good."}, **(more[0] if more else {})},
    }
    spec = {
        "openapi": "3.1.0",
        "info": {"title": "t", "version": "1"},
        "paths": {"/report": {"get": operation}},
        "components": {"securitySchemes": SCHEMES},
    }
    (tmp_path / "openapi.json").write_text(json.dumps(spec))
    (tmp_path / "bothends.toml").write_text(f'spec = "openapi.json"\n{tables}')
    return load(tmp_path / "bothends.toml")


def of(contract: Contract, family: str) -> dict[str, Case]:
    """Return the cases of a family by their names."""
    return {case.name: case for case in plain_cases(contract, family)}


def changed(contract: Contract) -> dict[str, tuple[str, ...]]:
    """Return the cases in which a credential is not simply absent, with their states in words."""
    found = {name: sentences(case.given) for name, case in of(contract, "signed-out").items()}
    return {name: given for name, given in found.items() if given != ("signed out",)}


@pytest.mark.parametrize("contract", [([["header"]], table("header"))], indirect=True)
def test_one_scheme(contract: Contract) -> None:
    """No credential at all, and one that is garbled; nothing of a session's content."""
    assert {"garbled-header": ("the credential for header is garbled",)} == changed(contract)
    assert 1 == of(contract, "signed-out")["garbled-header"].repeat
    assert {"no-session", "basic-credentials", "identity-headers"} <= set(of(contract, "signed-out"))
    assert ["by-header"] == list(of(contract, "signed-in"))
    refused = of(contract, "signed-out")["no-session"].expect
    assert [False, False, True, True, True, False] == [refused.allows(n) for n in (200, 204, 302, 401, 404, 500)]
    assert refused.refused


@pytest.mark.parametrize(
    "contract", [([["header", "bearer"]], table("header") + table("bearer", more=WRONG))], indirect=True
)
def test_each_member_of_a_set(contract: Contract) -> None:
    """Left out in turn, and spoilt in turn: by each wrong value that the settings give, else by a garbled one."""
    of_set = "-of-header-and-bearer"
    assert {
        f"without-header{of_set}": ("the credential for header is missing",),
        f"garbled-header{of_set}": ("the credential for header is garbled",),
        f"without-bearer{of_set}": ("the credential for bearer is missing",),
        f"wrong-bearer{of_set}-1": ("the credential for bearer is wrong, number 1",),
        f"wrong-bearer{of_set}-2": ("the credential for bearer is wrong, number 2",),
    } == changed(contract)
    # By each caller: a target that takes whatever is wrong for the first one's lets in that one.
    crowds = {case.repeat for name, case in of(contract, "signed-out").items() if name in changed(contract)}
    assert {2} == crowds


@pytest.mark.parametrize(
    "contract",
    [([["header"], ["header", "query"], ["bearer"]], "".join(map(table, ("header", "query", "bearer"))))],
    indirect=True,
)
def test_each_alternative(contract: Contract) -> None:
    """Each succeeds alone; what is left of a set that another alternative asks for is no refusal."""
    assert [("signed in by header",), ("signed in by header and query",), ("signed in by bearer",)] == [
        sentences(case.given) for case in of(contract, "signed-in").values()
    ]
    found = changed(contract)
    assert "without-query-of-header-and-query" not in found
    assert ("signed in by header and query", "the credential for header is missing") == found[
        "without-header-of-header-and-query"
    ]
    assert ("signed in by bearer", "the credential for bearer is garbled") == found["garbled-bearer"]
    assert "basic-credentials" not in of(contract, "signed-out")  # it may be a credential of the scheme


@pytest.mark.parametrize("contract", [([["bearer"]], "")], indirect=True)
def test_what_nothing_plays(contract: Contract) -> None:
    """Only those cases are sent that hold for anybody: the ones of nobody."""
    assert ["signed-out"] == [family for family in plain_families() if of(contract, family)]
    assert {("signed out",)} == {sentences(case.given) for case in of(contract, "signed-out").values()}


@pytest.mark.parametrize("contract", [([["bearer", "header"]], table("header"))], indirect=True)
def test_a_part_of_a_set(contract: Contract) -> None:
    """What is played of a set is shown without the rest, and must be refused."""
    assert {"only-header-of-bearer-and-header": ("signed in by header",)} == changed(contract)
    assert of(contract, "signed-out")["only-header-of-bearer-and-header"].expect.refused


@pytest.mark.parametrize(
    "contract",
    [([["bearer", "header"], ["header"]], table("header")), ([[], ["bearer", "header"]], table("header"))],
    indirect=True,
)
def test_a_part_of_a_set_that_is_enough_is_not_refused(contract: Contract) -> None:
    """Where another alternative asks for no more, or for nothing, it is no partial credential."""
    assert not [name for name in changed(contract) if name.startswith("only-")]


@pytest.mark.parametrize("contract", [([[], ["bearer"]], table("bearer"))], indirect=True)
def test_optional_sign_in(contract: Contract) -> None:
    """Without a credential, both a success and a refusal are right; so they are with a wrong one."""
    found = of(contract, "signed-out")
    assert {"garbled-bearer": ("the credential for bearer is garbled",)} == changed(contract)
    for case in (found["no-session"], found["garbled-bearer"]):
        assert [True, True, True, False] == [case.expect.allows(n) for n in (200, 401, 302, 500)]
        assert not case.expect.refused


SET_OR_NOBODY = ([["header", "bearer"], []], table("header") + table("bearer"))


@pytest.mark.parametrize("contract", [SET_OR_NOBODY], indirect=True)
def test_a_set_where_nobody_has_to_sign_in(contract: Contract) -> None:
    """Each of its members is left out and spoilt, as where a caller must show them."""
    assert {
        f"{how}-{scheme}-of-header-and-bearer" for how in ("without", "garbled") for scheme in ("header", "bearer")
    } == set(changed(contract))


@pytest.mark.parametrize(
    "contract",
    [([[], ["bearer"]], table("bearer"), {"401": {"description": "Who?", "x-given": "signed-out"}})],
    indirect=True,
)
def test_how_a_wrong_credential_is_refused_where_nobody_has_to_sign_in(contract: Contract) -> None:
    """By the answer that the contract gives for it, where it is refused at all."""
    expect = of(contract, "signed-out")["garbled-bearer"].expect
    assert [True, True, False, False] == [expect.allows(n) for n in (200, 401, 403, 302)]


@pytest.mark.parametrize("contract", [([[], ["bearer"]], "")], indirect=True)
def test_optional_sign_in_that_nothing_plays(contract: Contract) -> None:
    """What anybody may do is tried, and may be refused."""
    success = next(iter(of(contract, "success").values())).expect
    assert [True, True, False] == [success.allows(n) for n in (200, 401, 500)]


ANSWER = {"401": {"description": "Who?", "x-given": "signed-out"}}


@pytest.mark.parametrize("contract", [([["bearer"]], table("bearer"), ANSWER)], indirect=True)
def test_a_declared_answer_is_demanded(contract: Contract) -> None:
    """Where the contract says how it refuses, it is that answer."""
    refused = of(contract, "signed-out")["garbled-bearer"].expect
    assert (frozenset({401}), False, False) == (refused.statuses, refused.any_refusal, refused.any_redirect)


@pytest.mark.parametrize("contract", [([[]], ""), ([], "")], indirect=True)
def test_where_nothing_is_asked_there_is_nobody_to_refuse(contract: Contract) -> None:
    """A public operation has no cases of the signed out that must be refused."""
    assert not any(case.expect.refused for case in of(contract, "signed-out").values())
    assert {} == of(contract, "signed-in")


@pytest.mark.parametrize("limit", [None, 300_000])
def test_a_long_body_without_a_sign_in_may_be_refused_for_its_size_where_no_limit_is_named(
    limit: int | None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It may be beyond the target's own limit, which comes first; a body within the contract's is no excuse."""
    for name, value in environment().items():
        monkeypatch.setenv(name, value)
    too_large = {"413": {"description": "Too large.", "x-given": {"family": "body-too-large", "bytes": limit}}}
    operation = {
        "operationId": "addReport",
        "security": [{"bearer": []}],
        "requestBody": {"required": True, "content": {"application/json": {"schema": {"type": "object"}}}},
        "responses": {
            "200": {"description": "Good."},
            "401": {"description": "Nobody.", "x-given": "signed-out"},
            **(too_large if limit else {}),
        },
    }
    spec = {
        "openapi": "3.1.0",
        "info": {"title": "t", "version": "1"},
        "paths": {"/report": {"post": operation}},
        "components": {"securitySchemes": SCHEMES},
    }
    (tmp_path / "openapi.json").write_text(json.dumps(spec))
    (tmp_path / "bothends.toml").write_text(f'spec = "openapi.json"\n{table("bearer")}')
    case = of(load(tmp_path / "bothends.toml"), "sizes")["late-body-signed-out"]
    assert (frozenset({401}), limit is None) == (case.expect.statuses, case.expect.any_refusal)
