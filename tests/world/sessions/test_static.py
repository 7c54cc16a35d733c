"""Callers whom the settings give, and credentials that are put together from several schemes."""

from __future__ import annotations

import base64
from typing import TYPE_CHECKING, Any

import pytest

from bothends.clock import Clock
from bothends.contract.openapi import SecurityScheme
from bothends.contract.settings import WorldSettings
from bothends.contract.terms import Requirement, SchemeUse, Security
from bothends.errors import ContractError
from bothends.records import Credential, Request
from bothends.world import World
from bothends.world.sessions.base import Caller, Part, garble
from bothends.world.sessions.nextauth import NextAuthV4Session
from bothends.world.sessions.static import StaticSession
from tests.in_words import conditions

if TYPE_CHECKING:
    from collections.abc import Sequence

KEY = SecurityScheme("key", "apiKey", "header", "X-Key")
TOKEN = SecurityScheme("token", "http", "header", "Authorization", "bearer")
COOKIE = SecurityScheme("cookie", "apiKey", "cookie", "sid")
QUERY = SecurityScheme("query", "apiKey", "query", "q")
PASSWORD = base64.b64encode(b"ada:Secret-pass9").decode()


def callers(*shown: dict[str, Any], **wrong: list[dict[str, Any]]) -> StaticSession:
    """Return a table of the kind `static`."""
    return StaticSession.of(callers=list(shown), **wrong)


SESSIONS = {
    "key": callers(
        {"headers": {"X-Key": "key-one"}, "identity": {"id": 1, "org": "a"}},
        {"headers": {"X-Key": "key-two"}, "identity": {"id": 2}},
        wrong=[{"headers": {"X-Key": "bad"}}],
    ),
    "token": callers(
        {"headers": {"Authorization": "Bearer aB9z"}, "identity": {"name": "Ada"}},
        {"headers": {"Authorization": f"Basic {PASSWORD}"}},
        {"headers": {"Authorization": "Bearer third"}},
    ),
    "cookie": NextAuthV4Session.of(cookie="sid"),
    "query": callers({"query": {"q": "a&b"}}),
}


def security(*alternatives: Sequence[SecurityScheme]) -> Security:
    """Return what asks for these, with what plays them."""
    return Security(
        tuple(
            Requirement(tuple(SchemeUse(scheme, SESSIONS.get(scheme.name)) for scheme in schemes))
            for schemes in alternatives
        )
    )


@pytest.fixture
def world() -> World:
    """Return a world that has not started: signing in needs no port."""
    return World(WorldSettings(sessions=SESSIONS), answer_schemas={}, seed=1, clock=Clock())


def test_callers_take_turns(world: World) -> None:
    """The number of the exchange says whose turn it is, and the credential which of them it was."""
    made = [world.sign_in(number, security=security([KEY])) for number in (1, 2, 3)]
    assert [2, 1, 2] == [one.caller for one in made]
    assert [{"id": 2}, {"id": 1, "org": "a"}, {"id": 2}] == [one.session for one in made]
    assert [True] * 3 == [one.right for one in made]


def test_a_caller_is_one_person_in_all_schemes(world: World) -> None:
    """The credential is the union over the schemes of one requirement, with as many callers as each of them has."""
    made = world.sign_in(2, security=security([KEY, TOKEN, COOKIE]))
    assert (("X-Key", "key-one"), ("Authorization", "Bearer aB9z")) == made.headers
    assert ("sid",) == tuple(name for name, _ in made.cookies)
    assert made.session is not None
    assert {"id": 1, "org": "a"}.items() <= made.session.items()
    assert {"key-one", "Bearer aB9z", "aB9z", made.cookies[0][1]} == set(made.secrets)
    both = security([KEY, TOKEN])
    assert [2, 1, 2, 1] == [world.sign_in(number, security=both).caller for number in (1, 2, 3, 4)]


def test_the_first_alternative_that_is_played_is_the_usual_one(world: World) -> None:
    """Another is chosen by a sentence, and a state of a session's content chooses one that can be in it."""
    asked = security([SecurityScheme("other", "http", "header", "Authorization", "bearer")], [KEY], [KEY, COOKIE])
    assert () == world.sign_in(1, security=asked).cookies
    assert world.sign_in(1, conditions("signed in by cookie and key"), security=asked).cookies
    expired = world.sign_in(1, conditions("the session has expired"), security=asked)
    assert (True, False, None) == (bool(expired.cookies and expired.headers), expired.right, expired.session)
    with pytest.raises(ContractError, match="No caller can sign in by token"):
        world.sign_in(1, conditions("signed in by token"), security=asked)
    with pytest.raises(ContractError, match="can have the state"):
        world.sign_in(1, conditions("the session has expired"), security=security([KEY]))


def test_each_part_can_be_missing_or_wrong(world: World) -> None:
    """The caller's other credentials stay right, and the request is nobody's."""
    asked = security([KEY, TOKEN])

    def shown(sentence: str) -> Credential:
        return world.sign_in(2, conditions(sentence), security=asked)

    missing = shown("the credential for key is missing")
    assert ((("Authorization", "Bearer aB9z"),), False, None) == (missing.headers, missing.right, missing.session)
    wrong = shown("the credential for key is wrong, number 1")
    assert (("X-Key", "bad"), ("Authorization", "Bearer aB9z")) == wrong.headers
    garbled = shown("the credential for token is garbled")
    assert (("X-Key", "key-one"), ("Authorization", "Bearer aC0z")) == garbled.headers
    assert () == shown("signed out").headers
    for sentence in ("the credential for key is wrong, number 2", "the credential for cookie is missing"):
        with pytest.raises(ContractError):
            shown(sentence)


def test_what_was_shown_is_known(world: World) -> None:
    """Of which alternative it is, what of it was left out, and what was spoilt."""
    asked = security([KEY, TOKEN], [COOKIE])

    def shown(*sentences: str) -> tuple[tuple[str, ...], ...]:
        made = world.sign_in(2, conditions(*sentences), security=asked)
        return made.schemes, made.left_out, made.invalid_schemes

    assert (("key", "token"), (), ()) == shown()
    assert (("key", "token"), ("key",), ()) == shown("the credential for key is missing")
    assert (("key", "token"), (), ("token",)) == shown("the credential for token is garbled")
    assert (("key", "token"), (), ("key",)) == shown("the credential for key is wrong, number 1")
    assert (("cookie",), (), ("cookie",)) == shown("the session has expired")
    assert (("cookie",), (), ()) == shown("signed in by cookie")
    assert (("cookie",), (), ()) == shown("signed in with other claims")
    assert ((), (), ()) == shown("signed out")


def test_a_part_of_a_set_is_not_enough(world: World) -> None:
    """Where nothing plays the rest of a set, its part can be shown: it is right, and the caller is nobody."""
    unplayed = SecurityScheme("other", "http", "header", "Authorization", "bearer")
    made = world.sign_in(2, conditions("signed in by key"), security=security([KEY, unplayed]))
    assert ((("X-Key", "key-one"),), False, None) == (made.headers, made.right, made.session)
    assert (("key", "other"), ("other",), ()) == (made.schemes, made.left_out, made.invalid_schemes)
    assert "no credential for other, and valid ones for the rest" == made.shown
    with pytest.raises(ContractError, match="No caller can sign in by key"):
        world.sign_in(2, conditions("signed in by key"), security=security([KEY, TOKEN]))


def test_of_basic_the_password_is_garbled(world: World) -> None:
    """What is coded is decoded first: the user stays who it is."""
    made = world.sign_in(1, conditions("the credential for token is garbled"), security=security([TOKEN]))
    ((_, value),) = made.headers
    assert b"ada:Sfdsfu-qbtt9" == base64.b64decode(value.removeprefix("Basic "))


def test_a_garbled_credential_is_no_other_callers() -> None:
    """Keys that are counted up would else be another one's: `k1a`, `k2a`."""
    keys = [{"query": {"q": value}} for value in ("k1a", "k2a", "k3a")]
    made = callers(*keys).garbled(Caller(1, {}), 0.0)
    assert (("q", "k4a"),) == made.query


def test_what_a_kind_calls_wrong_is_tried() -> None:
    """One that says what is wrong need not count it."""

    class Picky(NextAuthV4Session):
        def wrong(self) -> tuple[Part, ...]:
            return (Part(cookies=(("sid", "old"),)), Part())

    assert (2, None) == (Picky.of(cookie="sid").wrong_credentials, NextAuthV4Session.of(cookie="sid").wrong_credentials)


@pytest.mark.parametrize("value", ["", "a", "ab", "abc", "---", "Bearer x", "zZ9zZ9", "sk_live_0"])
def test_a_garbled_value_is_another_one(value: str) -> None:
    """Whatever it is, and of the same form where there is one to keep."""
    assert value != garble(value)
    assert value.rpartition(" ")[0] == garble(value).rpartition(" ")[0]


def test_secrets_of_callers_are_kept_from_reports_alone(world: World) -> None:
    """A caller's key may come back to the caller; the target's own secret may not."""
    assert {"key-one", "key-two", "bad", "aB9z", "Secret-pass9", "a&b"} <= set(world.secrets.hidden())
    assert {world.variables()["world.session_secret"]} == set(world.secrets.of_target())
    assert world.variables()["world.cookie.secret"] == world.variables()["world.session_secret"]


def test_what_a_scheme_is_called_is_no_secret() -> None:
    """An app whose id is the name of its scheme: reports name the scheme, and the id of another app is hidden."""
    sessions = {"app": callers({"headers": {"X-App": "app"}}, wrong=[{"headers": {"X-App": "another"}}])}
    made = World(WorldSettings(sessions=sessions), answer_schemas={}, seed=1, clock=Clock())
    assert {"another"} == set(made.secrets.hidden()) - set(made.secrets.of_target())


def test_a_credential_is_put_into_a_request(world: World) -> None:
    """What the request has of the same name is replaced, and a query parameter is encoded."""
    made = world.sign_in(1, security=security([QUERY, KEY]))
    request = made.applied(Request("GET", "/a?q=1&x=2", (("x-key", "own"), ("A", "b"))))
    assert ("/a?x=2&q=a%26b", (("A", "b"), ("X-Key", "key-one"))) == (request.target, request.headers)
    assert {"X-Key": "CREDENTIAL_1", "q": "CREDENTIAL_2"} == made.variables()


def test_nobody_is_signed_in_where_nothing_plays(world: World) -> None:
    """Such a request shows nothing, and it is not known whether it is let in; one that is signed out is not."""
    asked = security([SecurityScheme("other", "http")])
    assert (None, ()) == (world.sign_in(1, security=asked).right, world.sign_in(1, security=asked).headers)
    assert world.sign_in(1, conditions("signed out"), security=asked).right is False
