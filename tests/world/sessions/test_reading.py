"""What a kind of session reads: of what it writes itself, in each state, the caller, or why there is none."""

from __future__ import annotations

import asyncio
import time
from dataclasses import replace
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode

import pytest

from bothends.conditions import all_kinds
from bothends.contract.openapi import SecurityScheme
from bothends.contract.tables import SESSIONS, ForbiddenCaller
from bothends.kinds import Caller, CallerRequest, Known, Part, Received, Session
from bothends.world.sessions.base import SESSION_STATES
from bothends.world.sessions.listed_callers import ListedCallers

if TYPE_CHECKING:
    from collections.abc import Iterator

NOW = time.time()
CALLER = Caller(7, {"name": "Ada", "email": "ada@example.com", "image": "https://example.com/a.png"}, 1, "u0000007")
COOKIE = SecurityScheme("own", "apiKey", "cookie", "sid")
KEY = SecurityScheme("own", "apiKey", "header", "X-Key")
BEARER = SecurityScheme("own", "http", "header", "Authorization", "bearer")
BASIC = SecurityScheme("own", "http", "header", "Authorization", "basic")
CLAIMS = {"sub": "{caller.subject}", "scope": "write"}
TABLES: dict[str, tuple[SecurityScheme, dict[str, Any]]] = {
    "next-auth-v4": (COOKIE, {"cookie": "sid"}),
    "auth-js-v5": (COOKIE, {"cookie": "sid"}),
    "jwt": (BEARER, {"claims": CLAIMS, "forbidden": [{"claims": {"scope": "read"}, "operations": ["pay"]}]}),
    "jwt ES256": (BEARER, {"algorithm": "ES256", "type": "at+jwt", "audience": "shop", "issuer": "https://a.example"}),
    "jwt EdDSA": (BEARER, {"algorithm": "EdDSA"}),
    "jwt HS256": (BEARER, {"algorithm": "HS256"}),
    "jwt HS256 of a secret": (BEARER, {"algorithm": "HS256", "secret": "a secret"}),
    "api-key": (KEY, {}),
    "api-key in a cookie": (replace(KEY, location="cookie"), {}),
    "api-key in the query": (replace(KEY, location="query"), {"callers": [{"key": "one"}, {"key": "two"}]}),
    "api-key, one forbidden": (
        KEY,
        {"callers": [{"key": "one", "identity": {"id": 1}}, {}, {"key": "three", "forbidden": ["pay"]}]},
    ),
    "basic": (BASIC, {}),
    "basic of accounts": (
        BASIC,
        {"callers": [{"user": "a", "password": "b"}, {"user": "c", "password": "d:e", "identity": {"id": 2}}]},
    ),
    "static": (
        BEARER,
        {
            "callers": [
                {"headers": {"Authorization": "Bearer one", "Cookie": "a=1; b=2"}, "query": {"q": "1"}},
                {"headers": {"Authorization": "Bearer two"}, "cookies": {"c": "3"}, "identity": {"id": 2}},
                {"headers": {"X-Key": "three"}, "forbidden": True},
            ]
        },
    ),
}


def opened(name: str) -> Session:
    """Return the session of a table, that plays its scheme."""
    scheme, values = TABLES[name]
    kind = SESSIONS.get(name.partition(" ")[0].rstrip(","))
    session = kind.of(**values).playing(scheme)
    assert isinstance(session, Session)
    session.addresses.home, session.addresses.elsewhere = "https://keys.example", "https://elsewhere.example"
    return session


def read(session: Session, part: Part, now: float = NOW, told: dict[str, str] | None = None) -> Known | str:
    """Return what a session reads that was told its own variables: it is not that which has made the credential."""
    headers = [(name.lower(), value) for name, value in part.headers]
    if part.cookies:
        headers.append(("cookie", "; ".join(f"{name}={value}" for name, value in part.cookies)))
    received = Received("GET", f"/?{urlencode(part.query)}", tuple(headers), b"", now)
    known = session.variables() if told is None else told

    async def fetch(url: str) -> bytes | None:
        answer = session.answer(Received("GET", url.removeprefix(session.addresses.home), (), b"", now))
        return answer.body if answer.status == 200 else None

    reader = type(session)(session.table).playing(session.scheme)
    return asyncio.run(reader.read(CallerRequest(received, now, lambda key: known.get(key, ""), fetch)))


def states(session: Session) -> Iterator[tuple[Any, bool | None]]:
    """Yield the states that a session can be in, each with whether it lets in; None: right targets differ."""
    for kind in all_kinds():
        if kind.name in session.states:
            tried = next(iter(kind.tried.values()), None)
            state = SESSION_STATES.get(kind.name)({"user": "Grace"} if tried is None else dict(tried.parameters))
            yield state, None if kind.doubtful else not kind.family


@pytest.mark.parametrize("name", TABLES)
def test_a_kind_reads_what_it_writes(name: str) -> None:
    """The right credential is the caller's, with the identity that is known; a garbled one and none are nobody's."""
    session = opened(name)
    found = read(session, session.credential(CALLER, NOW))
    assert isinstance(found, Known), found
    assert (session.identity(CALLER), None) == (found.identity, found.forbidden)
    wrong = [read(session, part) for part in (session.garbled(CALLER, NOW), Part(), *session.wrong())]
    assert [str] * len(wrong) == [type(each) for each in wrong]
    assert all(wrong)


@pytest.mark.parametrize("name", TABLES)
def test_each_state_is_read_as_it_should_be(name: str) -> None:
    """What a right target must take is the caller's, what it must refuse is nobody's."""
    session = opened(name)
    for state, lets_in in states(session):
        made = session.in_state(state, CALLER, NOW)
        assert made is not None
        part, user = made
        found = read(session, part)
        if lets_in:
            assert isinstance(found, Known), (state.name, found)
            assert session.identity(replace(CALLER, user=user)) == found.identity, state.name
        elif lets_in is False:
            assert isinstance(found, str), (state.name, found)


@pytest.mark.parametrize("name", [name for name in TABLES if opened(name).forbidden])
def test_a_caller_without_permission_is_known(name: str) -> None:
    """With what the table says of the operations."""
    session = opened(name)
    found = read(session, session.forbidden_credential(1, CALLER, NOW))
    assert isinstance(found, Known), found
    assert found.forbidden == session.forbidden[0]
    assert found.forbidden in {ForbiddenCaller(), ForbiddenCaller(("pay",))}


@pytest.mark.parametrize("name", [name for name in TABLES if not issubclass(type(opened(name)), ListedCallers)])
def test_a_target_that_was_told_nothing_knows_nobody(name: str) -> None:
    """Where the table has no secret."""
    session = opened(name)
    found = read(session, session.credential(CALLER, NOW), told={})
    assert ("secret" in session.values) == isinstance(found, Known)


@pytest.mark.parametrize("name", ["jwt", "next-auth-v4", "auth-js-v5"])
def test_what_has_expired_is_nobody_s(name: str) -> None:
    """Long after it was made, and long before."""
    session = opened(name)
    part = session.credential(CALLER, NOW)
    late, early = read(session, part, NOW + 90 * 86400), read(session, part, NOW - 86400)
    assert "the token has expired, or never does" == late
    assert (name == "jwt") == (early == "the token is not valid yet")


def test_keys_that_were_told_together() -> None:
    """Those of callers with permission, as a variable with commas has them."""
    session = opened("api-key, one forbidden")
    keys = session.variables()["keys"]
    found = [read(session, Part(headers=(("x-key", key),)), told={"keys": keys}) for key in (*keys.split(","), "three")]
    assert ["own 1", "own 2", "own 3"] == [each.subject for each in found if isinstance(each, Known)]


def test_values_of_setup_are_filled_in() -> None:
    """A key and a header of the settings that setup has yielded."""
    for kind, values in (
        ("api-key", {"callers": [{"key": "{setup.key}"}]}),
        ("static", {"callers": [{"headers": {"X-Key": "{setup.key}"}}]}),
    ):
        session = SESSIONS.get(kind).of(**values).playing(KEY)
        assert isinstance(session, Session)
        told = {"setup.key": "abc", "key_1": "abc"}
        right, wrong = (read(session, Part(headers=(("X-Key", key),)), told=told) for key in ("abc", "abd"))
        assert (Known, str) == (type(right), type(wrong))


class Plain(Session):
    """A kind that brings no reader."""

    def satisfies(self, scheme: SecurityScheme) -> bool:
        """Return that it does."""
        return bool(scheme)

    def credential(self, caller: Caller, now: float) -> Part:
        """Return the caller."""
        return Part(headers=(("X-Key", f"{caller.subject} {now}"),))

    def identity(self, caller: Caller) -> dict[str, Any] | None:
        """Return nothing."""


@pytest.mark.parametrize(
    ("scheme", "part"),
    [
        (KEY, Part(headers=(("X-Key", "any"),))),
        (replace(KEY, location="query"), Part(query=(("X-Key", "any"),))),
        (COOKIE, Part(cookies=(("sid", "any"),))),
        (BASIC, Part(headers=(("Authorization", "bAsIc any"),))),
        (SecurityScheme("own", "oauth2"), Part(headers=(("Authorization", "Bearer any"),))),
    ],
    ids=lambda given: getattr(given, "location", ""),
)
def test_without_a_reader_all_who_show_something_are_known(scheme: SecurityScheme, part: Part) -> None:
    """Where the scheme has its credential, and nowhere else; no scheme and a certificate let nobody in."""
    session = Plain.of().playing(scheme)
    assert Known("own any") == read(session, part)
    assert "there is no credential for own" == read(session, Part(headers=(("X-Other", "any"),)))
    assert str is type(read(session.playing(None), part))
    assert str is type(read(session.playing(SecurityScheme("own", "mutualTLS")), part))
