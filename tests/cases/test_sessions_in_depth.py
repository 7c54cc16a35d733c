"""The cases of sessions: forged, expired, doubtful, and valid ones that naive code refuses."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from bothends.cases.families.registry import plain_cases
from bothends.conditions import all_kinds
from bothends.contract import load
from bothends.world.sessions.nextauth import NextAuthV4Session
from tests.in_words import conditions

if TYPE_CHECKING:
    from bothends.contract import Contract

ROOT = Path(__file__).parents[2]
OWN = {"no-session", *NextAuthV4Session.of(cookie="c").states}
STATES = {kind.name: kind for kind in all_kinds() if kind.name in OWN and kind.tried}
SIGNED_OUT = {name for name, kind in STATES.items() if kind.family and not kind.doubtful}
DOUBTFUL = {name for name, kind in STATES.items() if kind.doubtful}


def test_each_session_state_is_a_case_of_its_name(contract: Contract) -> None:
    """Those that must be refused or may be taken, of `signed-out`; those that must be taken, of `signed-in`."""
    tried = {
        family: {case.name: case.given[0].name for case in plain_cases(contract, family)}
        for family in ("signed-out", "signed-in")
    }
    assert {"signed-out", ""} == {kind.family for kind in STATES.values()}
    for name, kind in STATES.items():
        assert name == tried[kind.family or "signed-in"][name]
    assert (43, 22, 15) == (len(SIGNED_OUT), len(DOUBTFUL), len(STATES) - len(SIGNED_OUT) - len(DOUBTFUL))


def test_either_answer_to_a_doubtful_session_is_right(contract: Contract) -> None:
    """Signed out or a success, and never a server error; whatever is called, is called with reason."""
    cases = {case.name: case for case in plain_cases(contract, "signed-out")}
    for name in DOUBTFUL:
        expect = cases[name].expect
        assert ({200, 401}, False, False) == (set(expect.statuses), expect.refused, expect.server_error)
    for name in (*SIGNED_OUT, "identity-headers", "basic-credentials", "internal-headers"):
        assert ({401}, True) == (set(cases[name].expect.statuses), cases[name].expect.refused)


def test_a_strict_contract_leaves_no_doubt(tmp_path: Path) -> None:
    """With `strict`, what was not issued is refused, even where the real library would take it."""
    settings = (ROOT / "bothends.toml").read_text().replace('spec = "', f'spec = "{ROOT}/').replace("pacts = ", "# ")
    settings = settings.replace("openapi.yaml#", f"{ROOT}/openapi.yaml#")
    (tmp_path / "bothends.toml").write_text(settings.replace("[world.session]", "[world.session]\nstrict = true"))
    cases = list(plain_cases(load(tmp_path / "bothends.toml"), "signed-out"))
    assert {frozenset({401})} == {case.expect.statuses for case in cases}
    assert all(case.expect.refused for case in cases)


def test_identity_headers_stand_beside_no_cookie(contract: Contract) -> None:
    """The request claims to be somebody, and the caller is signed out."""
    cases = {case.name: case for case in plain_cases(contract, "signed-out")}
    case = cases["identity-headers"]
    assert conditions("signed out") == case.given
    assert "admin@example.com" == case.request.header("x-forwarded-user")


def test_one_and_the_same_user_comes_twice(contract: Contract) -> None:
    """Two requests of one user, one after the other: each is to have an event of its own."""
    case = next(case for case in plain_cases(contract, "signed-in") if case.name == "same-user-twice")
    assert (2, True) == (case.repeat, case.exclusive)
    assert "signed-in-as" == case.given[0].name


def test_valid_sessions_are_to_succeed(contract: Contract) -> None:
    """Whatever form a valid session has."""
    assert {frozenset({200})} == {case.expect.statuses for case in plain_cases(contract, "signed-in")}
