"""States of how a session's cookie is sent: in pieces, twice, under another name, empty, in the wrong header."""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING, Any

from bothends.world.sessions.base import state
from bothends.world.sessions.forge import with_token
from bothends.world.sessions.sealed import SealedState

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from bothends.world.sessions.base import Cookies, Headers
    from bothends.world.sessions.sealed import Issuer

_sealed = partial(state, SealedState)
_valid = partial(_sealed, family="")
_doubtful = partial(_sealed, doubtful=True)

_FEW, _MANY = 3, 12  # twelve, because 10 comes before 2 when sorted as text


def chunks(issuer: Issuer, user: Mapping[str, Any], number: int) -> Cookies:
    """Issue a session in a number of chunks."""
    token = _token(issuer, user)
    return issuer.chunks(token, -(-len(token) // number))


def _token(issuer: Issuer, user: Mapping[str, Any]) -> str:
    return issuer.seal(issuer.claims(user))


def _without_second(issuer: Issuer, user: Mapping[str, Any]) -> Cookies:
    first, _, *rest = chunks(issuer, user, _FEW)
    return (first, *rest)


_valid(
    "chunks",
    "the session is in chunks",
    "a valid session in three cookies",
    "In the order of their numbers.",
    cookies=lambda issuer, user: chunks(issuer, user, _FEW),
)
_valid(
    "twelve-chunks",
    "the session is in twelve chunks",
    "a valid session in twelve cookies",
    "Numbers of two digits.",
    cookies=lambda issuer, user: chunks(issuer, user, _MANY),
)
_valid(
    "shuffled-chunks",
    "the session is in shuffled chunks",
    "a valid session in twelve cookies, not in the order of their numbers",
    "As text would be sorted, and then backwards.",
    cookies=lambda issuer, user: tuple(sorted(chunks(issuer, user, _MANY), reverse=True)),
)
_sealed(
    "chunk-missing",
    "a chunk of the session is missing",
    "a session in three cookies, without the second one",
    "One in the middle has got lost.",
    cookies=_without_second,
)
_doubtful(
    "stale-chunk",
    "a chunk of an earlier session is left over",
    "a valid session in three cookies, and a fourth one from another session",
    "The last one is left over from a session that was longer.",
    cookies=lambda issuer, user: (*chunks(issuer, user, _FEW), (f"{issuer.cookie}.{_FEW}", "c3RhbGU")),
)
_doubtful(
    "whole-and-chunks",
    "the session stands whole beside chunks",
    "a valid session in one cookie, and the chunks of another",
    "The libraries join all cookies whose name begins like the session's; others take the one of that name.",
    cookies=lambda issuer, user: (*issuer.issue(user), *chunks(issuer, user, 2)),
)
_doubtful(
    "neighbour",
    "another cookie's name begins like the session's",
    "a valid session, and a cookie whose name is one letter longer",
    "Another application's cookie, whose name begins like the session's.",
    cookies=lambda issuer, user: (*issuer.issue(user), (f"{issuer.cookie}X", "neighbour")),
)


# The whole header is the state's own.

# What sites set beside a session: equals signs, escapes, an escape that is none, a name without a value.
_BEFORE = "_ga=GA1.1.1234567890.1700000000; consent=a=1&b=2==; back=http%3A%2F%2Flocalhost%3A3000%2F%ZZ"
_AFTER = "flag; empty=; theme=dark"


def _none(_issuer: Issuer, _user: Mapping[str, Any]) -> Cookies:
    return ()


def _header(value: Callable[[str], str], name: str = "Cookie") -> Callable[[Issuer, Mapping[str, Any]], Headers]:
    """Return what shows a session in a header, whose value is made of its cookies."""
    return lambda issuer, user: ((name, value("; ".join(f"{one}={text}" for one, text in issuer.issue(user)))),)


_valid(
    "lower-case-header",
    "the cookie header is in lower case",
    "a valid session in a header named `cookie`",
    "Names of headers match without regard to case (RFC 9110 section 5.1).",
    cookies=_none,
    headers=_header(str, "cookie"),
)
_valid(
    "upper-case-header",
    "the cookie header is in upper case",
    "a valid session in a header named `COOKIE`",
    "As above.",
    cookies=_none,
    headers=_header(str, "COOKIE"),
)
_valid(
    "among-other-cookies",
    "other cookies stand around the session",
    "a valid session between other cookies, some of them odd",
    "Other applications on the same host have cookies too.",
    cookies=_none,
    headers=_header(lambda pairs: f"{_BEFORE}; {pairs}; {_AFTER}"),
)
_valid(
    "spaces-around",
    "white space stands around the session",
    "a valid session with extra white space around its cookie",
    "White space around a value is not of it (RFC 9110 section 5.5); readers pass over it between cookies.",
    cookies=_none,
    headers=_header(lambda pairs: f"  theme=dark;  {pairs.replace('; ', ';  ')} ;  lang=en  "),
)


_OTHER = "no-session"
_SECURE = "__Secure-"  # RFC 6265bis section 4.1.3.1


def _in_second_header(issuer: Issuer, user: Mapping[str, Any]) -> Headers:
    return (("Cookie", "theme=dark"), *_header(str)(issuer, user))


def _of_other_scheme(issuer: Issuer, user: Mapping[str, Any]) -> Cookies:
    bare = issuer.cookie.removeprefix(_SECURE)
    return replace(issuer, cookie=bare if bare != issuer.cookie else _SECURE + bare).issue(user)


_doubtful(
    "twice-good-first",
    "the session's cookie stands twice, the good one first",
    "a valid session, then a cookie of the same name that is not a session",
    "The valid one comes first.",
    cookies=lambda issuer, user: (*issuer.issue(user), (issuer.cookie, _OTHER)),
)
_doubtful(
    "twice-bad-first",
    "the session's cookie stands twice, the bad one first",
    "a cookie of the session's name that is not a session, then a valid session",
    "The valid one comes last.",
    cookies=lambda issuer, user: ((issuer.cookie, _OTHER), *issuer.issue(user)),
)
_doubtful(
    "two-cookie-headers",
    "the cookies are in two headers",
    "another cookie in one `Cookie` header, and a valid session in a second header",
    "RFC 6265 section 5.4 allows a browser no second header; some servers join them, some take one.",
    cookies=_none,
    headers=_in_second_header,
)
_doubtful(
    "other-prefix",
    "the session is in the cookie of the other scheme",
    "a valid session under the cookie name with `__Secure-` added or removed",
    "The libraries name the cookie `__Secure-…` on https, and without that on http.",
    cookies=_of_other_scheme,
)
_sealed(
    "longer-name",
    "the session is in a cookie whose name ends alike",
    "a valid session under the cookie name with `x-` before it, and no other cookie",
    "Found by code that compares only the end of the name; anyone who can set a cookie could so add a session.",
    cookies=lambda issuer, user: replace(issuer, cookie=f"x-{issuer.cookie}").issue(user),
)


# What is no token, or not a whole one.

_sealed(
    "empty",
    "the session is empty",
    "a session cookie with an empty value",
    "The cookie is there and has no value.",
    cookies=lambda issuer, _: ((issuer.cookie, ""),),
)
_sealed(
    "garbage",
    "the session is garbage",
    "a session cookie whose value is not a token",
    "Cookie-safe text (RFC 6265 section 4.1.1) of five parts that decode to nothing.",
    cookies=lambda issuer, _: ((issuer.cookie, "gar!bage.-.%ZZ.~.="),),
)
_sealed(
    "one-word",
    "the session is a word",
    "a session cookie whose value is one word",
    "Text without a dot.",
    cookies=lambda issuer, _: issuer.cookies("session"),
)
_sealed(
    "three-parts",
    "the session has three parts",
    "the first three parts of a valid session",
    "As many parts as a signed token has (RFC 7515 section 7.1).",
    cookies=with_token(lambda issuer, user: ".".join(_token(issuer, user).split(".")[:3])),
)
_sealed(
    "four-parts",
    "the session has four parts",
    "a valid session without its authentication tag",
    "The tag is missing.",
    cookies=with_token(lambda issuer, user: _token(issuer, user).rpartition(".")[0]),
)
_sealed(
    "six-parts",
    "the session has six parts",
    "a valid session with a sixth part",
    "There is one part more.",
    cookies=with_token(lambda issuer, user: f"{_token(issuer, user)}.e30"),
)
_sealed(
    "bearer",
    "the session is a bearer token",
    "a valid session in `Authorization: Bearer`, and no cookie",
    "A valid token in the wrong place: a session that scripts can send is another matter than a cookie.",
    cookies=_none,
    headers=lambda issuer, user: (("Authorization", f"Bearer {_token(issuer, user)}"),),
)
_sealed(
    "broken-bearer",
    "the bearer token is broken",
    "`Authorization: Bearer %ZZ`, and no cookie",
    "What a reader of such tokens may stumble over: a bad escape.",
    cookies=_none,
    headers=lambda *_: (("Authorization", "Bearer %ZZ"),),
)
