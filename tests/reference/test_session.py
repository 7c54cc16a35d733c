"""Which sessions are valid: those that next-auth v4 issues, and no others that its library would take."""

from __future__ import annotations

import base64
import json
import time
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reference.session import NoSessionError, Sessions, cookies
from reference.spec import read
from tests.reference.endpoint import CLAIMS, COOKIE, ROOT, SECRET, USER, encrypt, token

DOCUMENT = read(ROOT / "openapi.yaml").document
USER_SCHEMA = DOCUMENT.validator({"$ref": "#/components/schemas/User"})
SESSIONS = Sessions(SECRET, COOKIE, USER_SCHEMA)
VECTORS = json.loads((ROOT / "tests/vectors/session-tokens.json").read_text())
DIRECT = {"alg": "dir", "enc": "A256GCM"}


def user_of(value: str) -> dict[str, Any] | None:
    """Return whose session a token is; None: nobody's."""
    try:
        return SESSIONS.user([f"{COOKIE}={value}"])
    except NoSessionError:
        return None


def test_token_of_the_real_library(monkeypatch: pytest.MonkeyPatch) -> None:
    """A token that next-auth's own library made is valid in its time, under its secret."""
    vector = VECTORS["v4"]["token"]
    sessions = Sessions(VECTORS["secret"], COOKIE, USER_SCHEMA)
    monkeypatch.setattr(time, "time", lambda: 1_700_000_100.0)
    assert {"name": "Ada", "email": "ada@example.com", "image": "p"} == sessions.user([f"{COOKIE}={vector}"])
    for other in (VECTORS["v5"]["token"], f"{vector}A", vector[:-1]):
        with pytest.raises(NoSessionError):
            sessions.user([f"{COOKIE}={other}"])


@pytest.mark.parametrize(
    ("offset", "valid"), [({"exp": -5}, True), ({"exp": -25}, False), ({"nbf": 5}, True), ({"nbf": 25}, False)]
)
def test_tolerance_of_15_seconds(offset: dict[str, int], *, valid: bool) -> None:
    """The issuer's clock may be off by 15 seconds either way."""
    now = time.time()
    claims: dict[str, Any] = {name: now + seconds for name, seconds in offset.items()}
    assert valid == (user_of(token(**claims)) is not None)


@pytest.mark.parametrize(
    "claims",
    [
        {"exp": None},
        {"exp": "9999999999"},
        {"exp": True},
        {"exp": 0},
        {"exp": -1e300},
        {"nbf": "0"},
        {"nbf": 10**30},
        {"iat": "now"},
        {"name": None, "email": None},
        {"name": "", "email": ""},
        {"name": 7},
        {"picture": {"url": "x"}},
        {"email": ["a"]},
    ],
)
def test_claims_that_make_no_session(claims: dict[str, Any]) -> None:
    """A session expires, was issued at a time, and says whose it is."""
    assert user_of(token(**claims)) is None


@pytest.mark.parametrize(
    ("claims", "user"),
    [
        ({}, USER),
        ({"email": None, "picture": None}, {"name": "Ada", "email": None, "image": None}),
        ({"name": ""}, {**USER, "name": ""}),
        ({"name": "\U0001f600 \u0000"}, {**USER, "name": "\U0001f600 \u0000"}),
        ({"exp": 1e12}, USER),
        ({"exp": 10**400}, USER),
        ({"iat": int(time.time()) + 1000}, USER),
    ],
)
def test_user_of_a_session(claims: dict[str, Any], user: dict[str, Any]) -> None:
    """The user is name, email and image, null where the session has none."""
    assert user == user_of(token(**claims))


def test_absent_claims_are_null() -> None:
    """A claim that is not there is as good as one that is null."""
    payload = {"email": "a@b", "exp": int(time.time()) + 100}
    assert {"name": None, "email": "a@b", "image": None} == user_of(encrypt(json.dumps(payload).encode()))


@pytest.mark.parametrize(
    "payload",
    [
        b"",
        b"{}",
        b"[]",
        b"null",
        b"not JSON",
        b"\xff",
        b'{"name":"a","exp":NaN}',
        b'{"name":"a","exp":1e999}',
        b'{"name":"\\ud800","exp":9999999999}',
        b'{"name":"a","name":"b","exp":9999999999}',
        b'{"name":' + b"[" * 10_000,
    ],
)
def test_payload_that_makes_no_session(payload: bytes) -> None:
    """What can be decrypted need not be a session."""
    assert user_of(encrypt(payload)) is None


@pytest.mark.parametrize(
    "header",
    [
        {"alg": "A256KW", "enc": "A256GCM"},
        {"alg": "A256GCMKW", "enc": "A256GCM"},
        {"alg": "dir", "enc": "A128CBC-HS256"},
        {**DIRECT, "zip": "DEF"},
        {**DIRECT, "kid": "../../etc/passwd"},
    ],
)
def test_other_encryption_is_refused(header: dict[str, Any]) -> None:
    """Only what next-auth issues is taken, though its library takes more under the same key."""
    assert user_of(token(header=header)) is None


@pytest.mark.parametrize(
    "header",
    [
        "{}",
        "[]",
        '"alg enc"',
        "7",
        "",
        "{",
        '{"alg":"dir"}',
        '{"alg":"dir","enc":"A256GCM","crit":["x"],"x":1}',
        "\xff",
    ],
)
def test_header_that_is_none(header: str) -> None:
    """A header of any other kind is refused, and nothing raised of it."""
    whole = token()
    first = base64.urlsafe_b64encode(header.encode("latin-1")).decode().rstrip("=")
    assert user_of(first + whole[whole.index(".") :]) is None


def test_every_altered_character_is_noticed() -> None:
    """No character of a token can be another one, not even where only some of its bits count."""
    whole = token()
    for place, old in enumerate(whole):
        new = "A" if old != "A" else "B"
        assert user_of(whole[:place] + new + whole[place + 1 :]) is None
    for new in "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_":
        assert (user_of(whole[:-1] + new) is not None) == (new == whole[-1])


def test_other_secret_is_refused() -> None:
    """A token under another secret is nobody's."""
    assert user_of(token("another secret")) is None


@given(st.one_of(st.text(), st.from_regex(r"[\w-]{0,80}\.[\w-]{0,4}\.[\w-]{0,20}\.[\w-]{0,80}\.[\w-]{0,30}")))
def test_any_garbage_is_nobody(garbage: str) -> None:
    """Whatever a cookie holds, it is a session or it is none."""
    assert user_of(garbage) is None


@pytest.mark.parametrize(
    ("headers", "expected"),
    [
        ([], {}),
        (["a=1; b=2;c=3 ; =x; d"], {"a": "1", "b": "2", "c": "3", "": "x"}),
        (["a=1; a=2", "a=3; b=4"], {"a": "1", "b": "4"}),
        (['a="quoted"; b="'], {"a": "quoted", "b": '"'}),
        (["a=%41%zz; b=c=d"], {"a": "A%zz", "b": "c=d"}),
    ],
)
def test_cookies(headers: list[str], expected: dict[str, str]) -> None:
    """Cookies are read as next-auth's own parser reads them: the first of a name counts."""
    assert expected == cookies(headers)


def test_neighbours_are_not_the_session() -> None:
    """Only the cookie itself, and its chunks by their plain numbers, are looked at."""
    whole = token()
    for name in (f"__Secure-{COOKIE}", f"{COOKIE}x", f"{COOKIE}.00", f"{COOKIE}.a", COOKIE.upper()):
        with pytest.raises(NoSessionError):
            SESSIONS.user([f"{name}={whole}"])
    half = len(whole) // 2
    chunks = f"{COOKIE}.1={whole[half:]}; {COOKIE}.0={whole[:half]}"
    assert USER == SESSIONS.user([chunks])
    assert USER == SESSIONS.user([f"{COOKIE}.0=stale; {COOKIE}={whole}"])
    with pytest.raises(NoSessionError):
        SESSIONS.user([chunks.partition("; ")[0]])


def test_claims_of_tests_are_the_usual_ones() -> None:
    """The user that the tests expect is the one that their sessions hold."""
    assert {"name": CLAIMS["name"], "email": CLAIMS["email"], "image": CLAIMS["picture"]} == USER
