"""Point 1: sign-in. A right server was BROKEN, and PROVEN with its sign-in taken out."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
import yaml

from tests.verdicts.command import ROOT
from tests.verdicts.rows import callers_of
from tests.yaml_files import read_yaml

if TYPE_CHECKING:
    from tests.verdicts.command import Ended
    from tests.verdicts.points.shop import Shop

SCHEMES: dict[str, Any] = {
    "bearer": {"type": "http", "scheme": "bearer"},
    "key": {"type": "apiKey", "in": "header", "name": "X-Api-Key"},
    "oauth2": {
        "type": "oauth2",
        "flows": {"clientCredentials": {"tokenUrl": "https://id.invalid/token", "scopes": {}}},
    },
    "basic": {"type": "http", "scheme": "basic"},
}
# Of the schemes, one is played by `make test`.
ONE_SCHEME = ["bearer", *(pytest.param(scheme, marks=pytest.mark.long) for scheme in SCHEMES if scheme != "bearer")]


def demanding(*alternatives: list[str], schemes: dict[str, Any] = SCHEMES) -> dict[str, Any]:
    """Return what differs in a shop that demands a sign-in which nothing in the settings plays."""
    return {
        "spec": {"components": {"securitySchemes": schemes}},
        "post": {"security": [{name: [] for name in names} for names in alternatives]},
    }


def about(ended: Ended, scheme: str) -> list[Any]:
    """Return what is told as not proven of a scheme."""
    return [each for each in ended.missing if f"/components/securitySchemes/{scheme}" in each["where"]]


@pytest.mark.parametrize("scheme", ONE_SCHEME)
def test_a_right_server_is_not_proven_without_callers(shop: Shop, scheme: str) -> None:
    """Nothing plays the scheme: the verdict says so, with its place in the contract and the lines to add."""
    ended = shop.verify(f"1 {scheme}, right server", demanding([scheme]))
    assert 4 == ended.code, ended
    [line] = about(ended, scheme)
    assert f"[world.sessions.{scheme}]" in line["add"]


@pytest.mark.parametrize("scheme", ONE_SCHEME)
def test_a_server_that_lets_everybody_in_is_broken(shop: Shop, scheme: str) -> None:
    """A success without a credential is wrong, whether or not anything plays the scheme."""
    ended = shop.verify(f"1 {scheme}, sign-in taken out", demanding([scheme]), "--only", "s*", breaks="no-sign-in")
    assert 1 == ended.code, ended


@pytest.mark.parametrize(
    ("security", "name"),
    [
        ([{"bearer": []}], "a bearer"),
        ([{"session": []}, {"bearer": []}], "the session or a bearer"),
    ],
    ids=["bearer", "session-or-bearer"],
)
@pytest.mark.long
def test_the_route_with_another_sign_in_is_not_proven(shop: Shop, security: list[Any], name: str) -> None:
    """The project's own contract with a bearer that nothing plays: not proven, and the session keeps its cases."""
    contract = read_yaml(ROOT / "openapi.yaml")
    settings = (ROOT / "bothends.toml").read_text(encoding="utf-8").replace('pacts = "contracts/pacts"\n', "")
    settings = settings.replace("[target]\n", f'[target]\ncwd = "{ROOT}"\n', 1)
    (shop.folder / "bothends.toml").write_text(settings, encoding="utf-8")
    seen = {}
    for what, alternatives in (("as it is", None), (name, security)):
        if alternatives is not None:
            contract["paths"]["/api/route"]["post"]["security"] = alternatives
            contract["components"]["securitySchemes"]["bearer"] = SCHEMES["bearer"]
        (shop.folder / "openapi.yaml").write_text(yaml.safe_dump(contract, sort_keys=False), encoding="utf-8")
        ended = shop.run(f"1 the route, {what}", "verify", "--profile", "quick", "--max-examples", "8", "--seed", "1")
        seen[what] = next(each["cases"] for each in ended.report["answers"] if each["family"] == "signed-out")
    assert 4 == ended.code, ended
    assert 1 == len(about(ended, "bearer"))
    if "session" in name:
        # But for a few that would have stood where the bearer has its place.
        assert 0.9 * seen["as it is"] <= seen[name]


TWO_COOKIES: dict[str, Any] = {
    "csrf": {"type": "apiKey", "in": "cookie", "name": "csrf"},
    "session": {"type": "apiKey", "in": "cookie", "name": "next-auth.session-token"},
}
SESSION = '[world.session]\nkind = "next-auth-v4"\ncookie = "next-auth.session-token"'


def with_two_cookies() -> dict[str, Any]:
    """Return what differs in a shop that demands two cookies, of which the settings play the last."""
    row = demanding(["csrf", "session"], schemes=TWO_COOKIES)
    env = 'INGEST = "{world.ingest}"\nEVENT_KEY = "{world.event_key}"\nNEXTAUTH_SECRET = "{world.session_secret}"'
    return {**row, "env": env, "settings": SESSION}


@pytest.mark.long
def test_a_set_is_not_proven_by_its_last_member(shop: Shop) -> None:
    """Of two cookies that are demanded together, one is played: that is no caller, and the other is named."""
    ended = shop.verify("1 two cookies in one requirement, right server", with_two_cookies())
    assert 4 == ended.code, ended
    assert 1 == len(about(ended, "csrf"))


@pytest.mark.long
def test_a_set_of_which_one_member_is_enough_is_not_proven(shop: Shop) -> None:
    """A target that asks for one of two cookies lets in who should not be: it may be caught, and is never proven."""
    ended = shop.verify("1 two cookies in one requirement, one not asked for", with_two_cookies(), breaks="skips:csrf")
    assert ended.code in (1, 4), ended
    assert 1 == len(about(ended, "csrf"))


@pytest.mark.long
def test_callers_in_the_settings_prove_a_bearer(shop: Shop) -> None:
    """With two callers in the settings all is judged, and a right server is proven."""
    [caller] = callers_of(SCHEMES, ["bearer"], 1)
    assert caller["bearer"].startswith("Bearer ")
    ended = shop.verify("1 bearer, two static callers", {**demanding(["bearer"]), "play": ["bearer"]})
    assert 0 == ended.code, ended
