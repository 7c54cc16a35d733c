"""The cases of sessions: forged, expired, doubtful, and valid ones that naive code refuses."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from bothends.cases.families.registry import plain_cases
from bothends.cases.families.sessions import DOUBTFUL, SIGNED_IN, SIGNED_OUT
from bothends.contract import load
from bothends.world import all_states, parse_state

if TYPE_CHECKING:
    from bothends.contract import Contract

ROOT = Path(__file__).parents[2]
STATES = {state.pattern: state for state in all_states() if state.kind == "session"}
ANY_USER = {"signed in", "signed in as {user}"}


def test_what_is_called_doubtful_is_so_in_the_world() -> None:
    """The cases and the world agree on which sessions must be refused, may be taken, and must be taken."""
    signed_out = {parse_state(sentence, ()).pattern for sentence in SIGNED_OUT.values()}
    assert {p for p, state in STATES.items() if state.family and not state.doubtful} == signed_out
    assert {pattern for pattern, state in STATES.items() if state.doubtful} == set(DOUBTFUL.values())
    assert {pattern for pattern, state in STATES.items() if not state.family} - ANY_USER == set(SIGNED_IN.values())


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
    assert ("signed out",) == case.given
    assert "admin@example.com" == case.request.header("x-forwarded-user")


def test_one_and_the_same_user_comes_twice(contract: Contract) -> None:
    """Two requests of one user, one after the other: each is to have an event of its own."""
    case = next(case for case in plain_cases(contract, "signed-in") if case.name == "same-user-twice")
    assert (2, True) == (case.crowd, case.alone)
    assert case.given[0].startswith("signed in as {")


def test_valid_sessions_are_to_succeed(contract: Contract) -> None:
    """Whatever form a valid session has."""
    assert {frozenset({200})} == {case.expect.statuses for case in plain_cases(contract, "signed-in")}
