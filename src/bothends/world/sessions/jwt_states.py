"""States of a signed token: its claims, its header, its signature, and how it is shown (RFC 7515, 7519, 8725)."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any

from bothends.world.sessions.base import Part, session_state, state
from bothends.world.sessions.jose import SharedKey, base64url, hs256, json_text, token
from bothends.world.sessions.jwt import JwtState, bearer

if TYPE_CHECKING:
    from collections.abc import Callable

    from bothends.world.sessions.base import Caller
    from bothends.world.sessions.jwt import JwtSession

    Token = Callable[[JwtSession, Caller, float], str]

_HOUR = 3600

_jwt = partial(state, JwtState)
_valid = partial(_jwt, family="")
_of_issuer = partial(_jwt, applies=lambda session: session.promises("issuer"))
_of_audience = partial(_jwt, applies=lambda session: session.promises("audience"))


# The claims: a token that is signed rightly, with other ones.


def _claims(changed: Callable[[JwtSession, dict[str, Any], float], dict[str, Any]]) -> Token:
    """Return what makes a token of changed claims; `_ABSENT` leaves one out."""

    def made(session: JwtSession, caller: Caller, now: float) -> str:
        claims = changed(session, session.tokens.claims(caller, now), now)
        return session.tokens.signed({name: value for name, value in claims.items() if value is not _ABSENT})

    return made


_ABSENT: Any = object()


def _with(**claims: Any) -> Token:
    return _claims(lambda _, usual, __: {**usual, **claims})


def _expired(ago: int) -> Token:
    def changed(_: JwtSession, claims: dict[str, Any], now: float) -> dict[str, Any]:
        end = int(now) - ago
        return {**claims, "iat": end - _HOUR, "nbf": end - _HOUR, "exp": end}

    return _claims(changed)


def _with_slash(_: JwtSession, claims: dict[str, Any], __: float) -> dict[str, Any]:
    issuer: str = claims["iss"]
    return {**claims, "iss": issuer.removesuffix("/") if issuer.endswith("/") else f"{issuer}/"}


_jwt(
    "jwt-expired",
    "the token has expired",
    "a signed token that expired an hour ago",
    "RFC 7519 section 4.1.4.",
    has_its_form=True,
    token=_expired(_HOUR),
)
_jwt(
    "jwt-expired-just-now",
    "the token expired ten minutes ago",
    "a signed token that expired ten minutes ago: more than a difference of clocks",
    "Longer ago than the few minutes of skew that section 4.1.4 allows.",
    token=_expired(600),
)
_jwt(
    "jwt-not-yet-valid",
    "the token is not valid yet",
    "a signed token whose `nbf` is in an hour",
    "RFC 7519 section 4.1.5.",
    token=_claims(lambda _, claims, now: {**claims, "nbf": int(now) + _HOUR, "exp": int(now) + 2 * _HOUR}),
)
_jwt(
    "jwt-without-end",
    "the token never expires",
    "a signed token without `exp`",
    "`exp` is optional (RFC 7519 section 4.1.4), and many verifiers demand it.",
    doubtful=True,
    token=_with(exp=_ABSENT),
)
_jwt(
    "jwt-end-is-text",
    "the token's end is a text",
    "a signed token that expired an hour ago, with `exp` as a string",
    "A NumericDate is a number (RFC 7519 section 2).",
    token=_claims(lambda _, claims, now: {**claims, "exp": str(int(now) - _HOUR)}),
)
_valid(
    "jwt-end-has-a-fraction",
    "the token's end has a fraction",
    "a valid token whose `exp` is not a whole number",
    "A NumericDate may have one (RFC 7519 section 2).",
    token=_claims(lambda _, claims, __: {**claims, "exp": claims["exp"] + 0.5}),
)
_of_issuer(
    "jwt-of-another-issuer",
    "the token is of another issuer",
    "a token signed with the right key, with another `iss`",
    "RFC 8725 section 3.8.",
    has_its_form=True,
    token=_with(iss="https://issuer.invalid/"),
)
_of_issuer(
    "jwt-issuer-with-slash",
    "the token's issuer differs by a slash",
    "a token signed with the right key; its `iss` has a slash at its end too much, or too few",
    "Issuers are compared letter by letter (RFC 7519 section 4.1.1, OpenID Connect Core section 3.1.3.7).",
    doubtful=True,
    token=_claims(_with_slash),
)
_of_issuer(
    "jwt-without-issuer",
    "the token has no issuer",
    "a token signed with the right key, without `iss`",
    "Nobody says whose it is.",
    token=_with(iss=_ABSENT),
)
_of_audience(
    "jwt-for-another-audience",
    "the token is for another audience",
    "a token signed with the right key, with the `aud` of another service",
    "RFC 7519 section 4.1.3: a token for another service must be refused.",
    token=_claims(lambda session, claims, _: {**claims, "aud": f"not-{session.tokens.audience}"}),
)
_of_audience(
    "jwt-without-audience",
    "the token has no audience",
    "a token signed with the right key, without `aud`",
    "RFC 8725 section 3.9.",
    token=_with(aud=_ABSENT),
)
_valid(
    "jwt-for-several-audiences",
    "the token is for several audiences",
    "a valid token whose `aud` is a list with the right audience in it",
    "One of a list will do (RFC 7519 section 4.1.3).",
    token=_claims(lambda session, claims, _: {**claims, "aud": ["https://userinfo.invalid/", session.tokens.audience]}),
)
_of_audience(
    "jwt-for-a-longer-audience",
    "the token's audience contains the right one",
    "a token signed with the right key, whose `aud` has the right audience within a longer text",
    "Audiences are compared whole.",
    token=_claims(lambda session, claims, _: {**claims, "aud": f"{session.tokens.audience}-admin"}),
)
_valid(
    "jwt-with-more-claims",
    "the token has other claims",
    "a valid token with additional claims: numbers, lists, objects",
    "What a verifier does not know it ignores (RFC 7519 section 4).",
    token=_with(**{"https://example.com/groups": [None, 1.5, []], "cnt": {"a": 1}, "ver": 2}),
)


# The header: a token that is signed rightly, with another one.


def _header(**members: Any) -> Token:
    """Return what makes a token with other members in its header; None leaves one out."""
    return lambda session, caller, now: session.tokens.signed(session.tokens.claims(caller, now), **members)


_jwt(
    "jwt-unknown-critical",
    "the token has an unknown critical header",
    "a token signed with the right key, with a header in `crit` that no verifier knows",
    "What is critical has to be understood (RFC 7515 section 4.1.11).",
    token=_header(**{"crit": ["bothends.invalid/only-once"], "bothends.invalid/only-once": True}),
)
_valid(
    "jwt-with-more-headers",
    "the token has other headers",
    "a valid token with an additional header that is not critical",
    "What a verifier does not know it ignores (RFC 7515 section 4).",
    token=_header(**{"example.com/env": "test"}),
)
_jwt(
    "jwt-of-another-type",
    "the token is of another type",
    "a token signed with the right key, with the `typ` of a logout token",
    "RFC 8725 section 3.11: where types are told apart, another one must be refused.",
    applies=lambda session: session.checks_type,
    token=_header(typ="logout+jwt"),
)
_jwt(
    "jwt-without-key-name",
    "the token names no key",
    "a token signed with the right key, without `kid`",
    "`kid` is optional (RFC 7515 section 4.1.4); some verifiers demand it.",
    doubtful=True,
    applies=lambda session: session.keys.public,
    token=_header(kid=None),
)


# What signs it: what naive code takes or refuses.

_public = partial(_jwt, applies=lambda session: session.keys.public)


def _unsigned(word: str) -> Token:
    return lambda session, caller, now: token(
        {**session.tokens.header(session.keys.usual), "alg": word}, json_text(session.tokens.claims(caller, now)), b""
    )


def _with_zeros(session: JwtSession, caller: Caller, now: float) -> str:
    size = len(session.keys.usual.signature(b""))
    return token(session.tokens.header(session.keys.usual), json_text(session.tokens.claims(caller, now)), bytes(size))


def _with_signature_of_another(session: JwtSession, caller: Caller, now: float) -> str:
    other = session.tokens.valid(caller, now - 60)
    return f"{session.tokens.valid(caller, now).rpartition('.')[0]}.{other.rpartition('.')[2]}"


def _with_changed_claims(session: JwtSession, caller: Caller, now: float) -> str:
    claims = session.tokens.claims(caller, now)
    head, _, signature = session.tokens.signed(claims).split(".")
    return f"{head}.{base64url(json_text({**claims, 'admin': True}))}.{signature}"


def _under_another_key(session: JwtSession, caller: Caller, now: float) -> str:
    claims = session.tokens.claims(caller, now)
    if not session.keys.public:
        return session.tokens.signed(claims, key=SharedKey("another secret, of which the target knows nothing"))
    return session.tokens.signed(claims, key=session.keys.named("unknown"), kid="key-1")


_jwt(
    "jwt-unsigned",
    "the token is unsigned",
    "a token with `alg: none` and no signature",
    "RFC 8725 section 3.1: the verifier chooses the algorithm, not the token.",
    token=_unsigned("none"),
)
_jwt(
    "jwt-unsigned-capital",
    "the token is unsigned, in capitals",
    "a token with `alg: None` and no signature",
    "A list of forbidden words may lack it.",
    token=_unsigned("None"),
)
_jwt(
    "jwt-unsigned-mixed",
    "the token is unsigned, in mixed case",
    "a token with `alg: nOnE` and no signature",
    "Likewise.",
    token=_unsigned("nOnE"),
)
_jwt(
    "jwt-signature-stripped",
    "the token's signature is stripped",
    "a valid token without its signature: nothing after the second dot",
    "The header says that there is one.",
    token=lambda session, caller, now: token(
        session.tokens.header(session.keys.usual), json_text(session.tokens.claims(caller, now)), b""
    ),
)
_jwt(
    "jwt-two-parts",
    "the token has two parts",
    "a valid token without its signature, and without the second dot",
    "There is no third.",
    token=lambda session, caller, now: session.tokens.valid(caller, now).rpartition(".")[0],
)
_jwt(
    "jwt-zero-signature",
    "the token's signature is zero",
    "a token whose signature is all zero bytes, as many as its algorithm has",
    "CVE-2022-21449: r and s of an ECDSA signature must not be zero.",
    token=_with_zeros,
)
_jwt(
    "jwt-signature-of-another",
    "the token's signature is another token's",
    "a token with the valid signature of another one",
    "A signature is of what was signed; here, of a token that was valid a minute ago.",
    has_its_form=True,
    token=_with_signature_of_another,
)
_jwt(
    "jwt-claims-changed",
    "the token's claims were changed",
    "a token to which a claim was added after it had been signed",
    "So it is with what a caller adds.",
    has_its_form=True,
    token=_with_changed_claims,
)
_jwt(
    "jwt-other-key",
    "the token is signed with another key",
    "a token signed with an unknown key that has the name of the right one",
    "It is named as the right one.",
    has_its_form=True,
    token=_under_another_key,
)


@session_state("jwt-guessed-secret", tried={"guess": "secret"})
class GuessedSecret(JwtState):
    """What a target may fall back on that was given none."""

    pattern = "the token is signed with the guessed secret {guess}"
    about = "a token signed with a secret that anybody would try: `secret`"

    @classmethod
    def applies(cls, session: JwtSession) -> bool:
        """Only where both sides share a secret."""
        return not session.keys.public

    def token(self, session: JwtSession, caller: Caller, now: float) -> str:
        """Return it signed with the guess."""
        return session.tokens.signed(session.tokens.claims(caller, now), key=SharedKey(self.parameters["guess"]))


def _with_public_key(session: JwtSession, caller: Caller, now: float) -> str:
    key = session.keys.named("key-1")
    header = {**session.tokens.header(key), "alg": "HS256"}
    return token(header, json_text(session.tokens.claims(caller, now)), by=lambda text: hs256(key.pem, text))


def _under_nothing(kid: str) -> Token:
    """Return what makes a token with the name of a key by which a verifier may find what everybody knows."""

    def made(session: JwtSession, caller: Caller, now: float) -> str:
        header = {**session.tokens.header(session.keys.usual), "alg": "HS256", "kid": kid}
        return token(header, json_text(session.tokens.claims(caller, now)), by=lambda text: hs256(b"", text))

    return made


def _under_its_own_key(header: Callable[[JwtSession], dict[str, Any]]) -> Token:
    """Return what makes a token under an unknown key, and with what leads to that in its header."""
    return lambda session, caller, now: session.tokens.signed(
        session.tokens.claims(caller, now), key=session.keys.named("unknown"), **header(session)
    )


_public(
    "jwt-unknown-key",
    "the token names an unknown key",
    "a token signed with a key that is not in the key set, under its own name",
    "A key that is not in the set signs nothing.",
    token=_under_its_own_key(lambda _: {}),
)
_public(
    "jwt-new-key",
    "the token is signed with a new key",
    "a valid token signed with a key that has just been added to the key set",
    "Keys are rotated by adding a new one to the set. When a target asks for the set again is its own choice.",
    tried=None,
    doubtful=True,
    token=lambda session, caller, now: session.tokens.signed(
        session.tokens.claims(caller, now), key=session.keys.published("key-2")
    ),
)
_public(
    "jwt-public-key-as-secret",
    "the token is signed with the public key as a secret",
    "a token with `alg: HS256`, signed with the public key in PEM as if it were a secret",
    "RFC 8725 section 2.1: the public key is no secret.",
    token=_with_public_key,
)
_jwt(
    "jwt-key-name-is-path",
    "the token's key name is a path",
    "a token whose `kid` leads to an empty file, signed with an empty secret",
    "RFC 8725 section 3.10.",
    token=_under_nothing("../../../../../../dev/null"),
)
_jwt(
    "jwt-key-name-is-query",
    "the token's key name is a query",
    "a token whose `kid` makes an SQL query return an empty secret, signed with that",
    "Likewise.",
    token=_under_nothing("x' UNION SELECT '' -- "),
)
_public(
    "jwt-with-its-key",
    "the token contains its own key",
    "a token signed with an unknown key, which it has in the header `jwk`",
    "RFC 8725 section 3.10: a key within a token proves nothing.",
    token=_under_its_own_key(lambda session: {"jwk": session.keys.named("unknown").jwk}),
)
_public(
    "jwt-key-at-address",
    "the token says where its key is",
    "a token signed with an unknown key, with the address of a key set in the header `jku`",
    "A target that calls the address can be led anywhere.",
    lures=True,
    token=_under_its_own_key(lambda session: {"jku": f"{session.addresses.elsewhere}/jwks.json"}),
)
_public(
    "jwt-certificate-at-address",
    "the token says where its certificate is",
    "a token signed with an unknown key, with the address of a certificate in the header `x5u`",
    "Likewise.",
    lures=True,
    token=_under_its_own_key(lambda session: {"x5u": f"{session.addresses.elsewhere}/certificate.pem"}),
)


# How it is shown.


def _after(word: str) -> Callable[[JwtSession, Caller, float], Part]:
    return lambda session, caller, now: bearer(session.tokens.valid(caller, now), word)


_valid(
    "jwt-in-small-letters",
    "the token is after bearer in small letters",
    "a valid token under `bearer`",
    "The name of a scheme has no case (RFC 9110 section 11.1).",
    part=_after("bearer"),
)
_valid(
    "jwt-in-capitals",
    "the token is after BEARER in capitals",
    "a valid token under `BEARER`",
    "Likewise.",
    part=_after("BEARER"),
)
_jwt(
    "jwt-after-basic",
    "the token is after Basic",
    "a valid token under `Basic`",
    "It is of another scheme.",
    part=_after("Basic"),
)
_jwt(
    "jwt-garbage",
    "the token is garbage",
    "`not.a.token` after `Bearer`",
    "No token at all.",
    token=lambda *_: "not.a.token",
)
_jwt(
    "jwt-nothing",
    "there is no token after Bearer",
    "`Authorization: Bearer`, with nothing after it",
    "The scheme's name is all there is.",
    part=lambda *_: Part(headers=(("Authorization", "Bearer"),)),
)
