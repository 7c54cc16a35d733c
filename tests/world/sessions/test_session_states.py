"""What a caller shows in each session state."""

from __future__ import annotations

import json
import time
from base64 import urlsafe_b64decode
from contextlib import suppress
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest
from joserfc import jwe
from joserfc.errors import JoseError
from joserfc.jwk import OctKey

from bothends.conditions import all_kinds
from bothends.errors import ContractError
from bothends.world import test_user as user_of
from bothends.world.sessions.nextauth import NextAuthV4, NextAuthV4Session
from bothends.world.sessions.token_states import flip_bit
from tests.in_words import conditions

if TYPE_CHECKING:
    from collections.abc import Callable

    from bothends.records import Credential

    Play = Callable[..., Any]
    Scene = Any

COOKIE = "next-auth.session-token"


def shown(play: Play, *sentences: str, user: dict[str, Any] | None = None) -> tuple[Credential, OctKey]:
    """Return what a caller shows, and the key that the target has."""

    async def scenario(scene: Scene) -> tuple[Credential, OctKey]:
        secret = scene.world.variables()["world.session_secret"]
        key = OctKey.import_key(NextAuthV4().key(secret, COOKIE))
        return scene.world.sign_in(5, conditions(*sentences), user), key

    made: tuple[Credential, OctKey] = play(scenario)
    return made


def claims(signed_in: Credential, key: OctKey) -> dict[str, Any]:
    """Return the claims of the one cookie."""
    ((name, token),) = signed_in.cookies
    assert COOKIE == name
    plaintext = jwe.decrypt_compact(token, key, algorithms=["dir", "A256GCM"]).plaintext
    made: dict[str, Any] = json.loads(plaintext or b"")
    return made


@pytest.mark.parametrize("sentences", [(), ("signed in",), ("the ingest hangs",)])
def test_by_default_each_case_has_a_user_of_its_own(play: Play, sentences: tuple[str, ...]) -> None:
    """A valid session of the number's own person, whose token is told."""
    signed_in, key = shown(play, *sentences)
    user = user_of(1, 5)
    assert user == signed_in.session
    assert signed_in.token in str(user)
    held = claims(signed_in, key)
    assert [user["name"], user["email"], user["image"]] == [held["name"], held["email"], held["picture"]]
    assert abs(held["iat"] - time.time()) < 60


def test_a_given_user_is_signed_in(play: Play) -> None:
    """By the argument, by a name, or by JSON; what is absent is null in `session.user`, and no claim."""
    signed_in, key = shown(play, user={"name": "Ada"})
    assert {"name": "Ada", "email": None, "image": None} == signed_in.session
    assert "email" not in claims(signed_in, key)
    assert "Grace" == claims(*shown(play, "signed in as Grace"))["name"]
    signed_in, key = shown(play, 'signed in as {"name": null, "email": "a@example.com"}')
    assert {"name": None, "email": "a@example.com", "image": None} == signed_in.session
    assert claims(signed_in, key)["name"] is None


@pytest.mark.parametrize(
    ("user", "problem"),
    [
        ("{oops", "is not JSON"),
        ('{"name": "\\ud800"}', "is not JSON"),
        ('{"name": 5}', "has claims that are neither strings nor null"),
        ('{"name": "", "email": null, "image": "https://img.example.com"}', "has neither a name nor an email"),
        ("{}", "has neither a name nor an email"),
        ("x" * 4100, "is longer than 4,096 bytes"),
    ],
)
def test_a_user_whom_no_target_must_take_is_refused(user: str, problem: str, play: Play) -> None:
    """Who promises a success for such a session would accuse a target that is right."""
    with pytest.raises(ContractError, match=problem) as caught:
        shown(play, f"signed in as {user}")
    assert len(str(caught.value)) < 400


OWN = {"no-session", *NextAuthV4Session.of(cookie="c").states}
SESSIONS = [state for state in all_kinds() if state.name in OWN and "{" not in state.pattern]
CERTAIN = [state for state in SESSIONS if state.family and not state.doubtful]
TAKEN = [state for state in SESSIONS if not state.family or state.doubtful]
LONGEST_HEAD = 6 * 1024
"""Bytes for the session, so that the whole head of a request stays under 7 KiB."""


def cookie_header(signed_in: Credential) -> str:
    """Return the value of the `Cookie` header."""
    pairs = [f"{name}={value}" for name, value in signed_in.cookies]
    return "; ".join((*pairs, *(value for name, value in signed_in.headers if name.lower() == "cookie")))


@pytest.mark.parametrize("state", CERTAIN, ids=lambda s: s.pattern)
def test_no_signed_out_state_has_a_session(play: Play, state: Any) -> None:
    """There is nobody whom an event could be about, and no valid token among the cookies."""
    signed_in, key = shown(play, state.pattern)
    assert signed_in.session is None
    if COOKIE not in dict(signed_in.cookies):
        return  # a token that stands in no cookie of the session's is none
    with suppress(JoseError, ValueError, TypeError):
        assert not_valid(claims(signed_in, key))


def not_valid(held: Any) -> bool:
    """Whether claims do not hold now: expired, not yet valid, or without a time that is a number."""
    if not isinstance(held, dict):
        return True
    exp: Any = held.get("exp")
    number = isinstance(exp, int | float) and not isinstance(exp, bool)
    return not number or exp < time.time() - 25 or held.get("nbf", 0) > time.time() + 25


@pytest.mark.parametrize("state", TAKEN, ids=lambda s: s.pattern)
def test_a_session_that_may_be_taken_says_whose_it_is(play: Play, state: Any) -> None:
    """Its user is told, bears the token of the exchange, and fits into a head that every server takes."""
    signed_in, _ = shown(play, state.pattern)
    assert signed_in.session is not None
    assert {"name", "email", "image"} == signed_in.session.keys()
    assert signed_in.token in str(signed_in.session)
    assert 0 < len(cookie_header(signed_in)) < LONGEST_HEAD


def test_people_of_all_kinds_can_be_told_apart(play: Play) -> None:
    """Whatever claims a person lacks, each state leaves the token of the exchange in what is left."""

    async def scenario(scene: Scene) -> list[tuple[str, int]]:
        made = [(state, n, scene.world.sign_in(n, conditions(state.pattern))) for state in TAKEN for n in range(1, 25)]
        return [(state.pattern, n) for state, n, signed_in in made if signed_in.token not in str(signed_in.session)]

    assert [] == play(scenario)


def test_each_state_is_what_it_says(play: Play) -> None:
    """No cookie, an hour too late, another key, a changed ciphertext, no token, no value."""
    assert () == shown(play, "signed out")[0].cookies
    assert 3590 < time.time() - claims(*shown(play, "the session has expired"))["exp"] < 3700
    for sentence in ("the session is signed with another secret", "the session is tampered with"):
        signed_in, key = shown(play, sentence)
        assert 5 == len(signed_in.cookies[0][1].split("."))
        with pytest.raises(JoseError):
            claims(signed_in, key)
    assert ((COOKIE, ""),) == shown(play, "the session is empty")[0].cookies
    ((_, garbage),) = shown(play, "the session is garbage")[0].cookies
    assert garbage
    assert not set(garbage) & set(' ",;\\')


@pytest.mark.parametrize(
    ("sentence", "parts"),
    [
        ("the session is a word", 1),
        ("the session has three parts", 3),
        ("the session has four parts", 4),
        ("the session has six parts", 6),
        ("the session is an unsigned token", 3),
        ("the session is signed with the secret, not encrypted", 3),
        ("the session's key is not empty", 5),
    ],
)
def test_tokens_have_as_many_parts_as_they_say(play: Play, sentence: str, parts: int) -> None:
    """An encrypted token has five parts, a signed one three."""
    ((_, token),) = shown(play, sentence)[0].cookies
    assert parts == len(token.split("."))


@pytest.mark.parametrize(
    ("sentence", "part"),
    [
        ("the session's header is tampered with", 0),
        ("the session's key is not empty", 1),
        ("the session's initialization vector is tampered with", 2),
        ("the session is tampered with", 3),
        ("the session's tag is tampered with", 4),
        ("the session's tag is cut short", 4),
    ],
)
def test_what_is_tampered_with_opens_when_the_part_is_put_right(play: Play, sentence: str, part: int) -> None:
    """All else in the token is right: a reader that passes over the one part takes it."""
    signed_in, key = shown(play, sentence)
    parts = signed_in.cookies[0][1].split(".")
    with pytest.raises((JoseError, ValueError)):
        claims(signed_in, key)
    ours = {"header": parts[0], "vector": parts[2], "ciphertext": parts[3], "tag": parts[4]}
    assert [16, 16 if part == 4 and "cut" in sentence else 22] == [len(ours["vector"]), len(ours["tag"])]
    if part == 0:
        assert {"alg": "dir", "enc": "A256GCM"} == json.loads(urlsafe_b64decode(parts[0] + "=="))
    if part == 1:
        assert claims(replace(signed_in, cookies=((COOKIE, ".".join((parts[0], "", *parts[2:]))),)), key)["name"]


@pytest.mark.parametrize(
    ("sentence", "number", "order"),
    [
        ("the session is in chunks", 3, [0, 1, 2]),
        ("the session is in twelve chunks", 12, list(range(12))),
        ("the session is in shuffled chunks", 12, [9, 8, 7, 6, 5, 4, 3, 2, 11, 10, 1, 0]),
    ],
)
def test_chunks_join_to_a_session_in_the_order_of_their_numbers(
    play: Play, sentence: str, number: int, order: list[int]
) -> None:
    """However they come, it is the number in the name that tells where a chunk belongs."""
    signed_in, key = shown(play, sentence)
    chunks = {int(name.removeprefix(f"{COOKIE}.")): value for name, value in signed_in.cookies}
    assert order == list(chunks)
    token = "".join(chunks[index] for index in range(number))
    assert user_of(1, 5)["email"] == claims(replace(signed_in, cookies=((COOKIE, token),)), key)["email"]


def test_headers_carry_what_no_cookie_does(play: Play) -> None:
    """A bearer token, and a `Cookie` header in a form of its own; then no cookies are told beside it."""
    bearer, _ = shown(play, "the session is a bearer token")
    assert () == bearer.cookies
    ((name, value),) = bearer.headers
    assert ["Authorization", "Bearer", 5] == [name, value.split()[0], len(value.split("."))]
    assert (("Authorization", "Bearer %ZZ"),) == shown(play, "the bearer token is broken")[0].headers
    lower, key = shown(play, "the cookie header is in lower case")
    ((name, value),) = lower.headers
    assert "cookie" == name
    assert claims(replace(lower, cookies=((COOKIE, value.partition("=")[2]),)), key)["sub"]
    assert "COOKIE" == shown(play, "the cookie header is in upper case")[0].headers[0][0]
    assert ["Cookie", "Cookie"] == [name for name, _ in shown(play, "the cookies are in two headers")[0].headers]


def test_a_compressed_session_is_small_and_unpacks(play: Play) -> None:
    """Two megabytes come in some three kilobytes; the claims are those of a session."""
    signed_in, key = shown(play, "the session unpacks to megabytes")
    token = signed_in.cookies[0][1]
    assert len(token) < 3500
    with pytest.raises(JoseError):  # the library has a limit
        jwe.decrypt_compact(token, key, algorithms=["dir", "A256GCM", "DEF"])
    token = shown_token(play, "the session is compressed")
    assert token.count(".") == 4


def shown_token(play: Play, sentence: str) -> str:
    """Return the token of a state that has one cookie."""
    ((_, token),) = shown(play, sentence)[0].cookies
    return token


@pytest.mark.parametrize(
    ("sentence", "algorithms"),
    [
        ("the session's key is wrapped", ["A256KW", "A256GCM"]),
        ("the session's key is wrapped by GCM", ["A256GCMKW", "A256GCM"]),
        ("the session's key is wrapped by a password", ["PBES2-HS256+A128KW", "A256GCM"]),
        ("the session is encrypted by another cipher", ["dir", "A128CBC-HS256"]),
        ("the session is compressed", ["dir", "A256GCM", "DEF"]),
    ],
)
def test_what_a_library_takes_holds_the_claims(play: Play, sentence: str, algorithms: list[str]) -> None:
    """Whoever allows the algorithm finds a session under the right key."""
    signed_in, key = shown(play, sentence)
    opened = jwe.decrypt_compact(signed_in.cookies[0][1], key, algorithms=algorithms)
    assert user_of(1, 5)["email"] == json.loads(opened.plaintext or b"")["email"]


def test_another_version_derives_another_key(play: Play) -> None:
    """Under the settings of one version, the other's token is told, in the settings' cookie."""
    signed_in, _ = shown(play, "the session is of another version of the library")
    header = json.loads(urlsafe_b64decode(signed_in.cookies[0][1].split(".")[0] + "=="))
    assert ("A256CBC-HS512", COOKIE) == (header["enc"], signed_in.cookies[0][0])


@pytest.mark.parametrize(
    "sentence",
    [
        "the session's key is derived as by another version of the library",
        "the session's key is derived with another salt",
        "the session's key is not derived",
        "the session is signed with an empty secret",
        "the session is signed with the secret changeme",
    ],
)
def test_another_key_of_the_same_secret_is_not_the_key(play: Play, sentence: str) -> None:
    """All is right about the token, but that the key which the library derives does not open it."""
    signed_in, key = shown(play, sentence)
    (name, token) = signed_in.cookies[0]
    header = json.loads(urlsafe_b64decode(token.split(".")[0] + "=="))
    assert (COOKIE, "A256GCM") == (name, header["enc"])
    with pytest.raises(JoseError):
        jwe.decrypt_compact(token, key)


def test_the_prefix_is_added_or_taken_off(play: Play) -> None:
    """A site on https has it, and one on http has not."""
    assert f"__Secure-{COOKIE}" == shown(play, "the session is in the cookie of the other scheme")[0].cookies[0][0]


def test_a_flipped_bit_is_one_bit() -> None:
    """All parts but one stay, and of that one a single bit changes."""
    token = "aGVhZA..aXZpdg.Y2lwaGVydGV4dA.dGFn"
    changed = flip_bit(token, 3).split(".")
    assert [True, True, True, False, True] == [a == b for a, b in zip(token.split("."), changed, strict=True)]
    assert "Y2lwaGVzdGV4dA" == changed[3]
