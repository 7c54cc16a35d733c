"""States of a signed token by its claims and its header: right ones that naive code refuses, and wrong ones."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

from bothends.world.sessions.base import session_state
from bothends.world.sessions.jwt import JwtState

if TYPE_CHECKING:
    from bothends.world.sessions.base import Caller
    from bothends.world.sessions.jwt import JwtSession

_HOUR = 3600
_VALID = ""


# The claims.


class ClaimsState(JwtState):
    """A token that is signed rightly, with other claims."""

    def token(self, session: JwtSession, caller: Caller, now: float) -> str:
        """Return the token of the changed claims."""
        claims = self.changed(session, session.claims(caller, now), now)
        return session.signed({name: value for name, value in claims.items() if value is not ABSENT})

    def changed(self, session: JwtSession, claims: dict[str, Any], now: float) -> dict[str, Any]:
        """Return the claims as this state has them; `ABSENT` leaves one out."""
        raise NotImplementedError


ABSENT: Any = object()


@session_state("jwt-expired")
class Expired(ClaimsState):
    """RFC 7519 section 4.1.4."""

    pattern = "the token has expired"
    about = "a signed token that expired an hour ago"
    ago: ClassVar[int] = _HOUR

    def changed(self, session: JwtSession, claims: dict[str, Any], now: float) -> dict[str, Any]:
        """Return them with an end that is over."""
        del session
        end = int(now) - self.ago
        return {**claims, "iat": end - _HOUR, "nbf": end - _HOUR, "exp": end}


@session_state("jwt-expired-just-now")
class JustExpired(Expired):
    """Longer ago than the few minutes of skew that section 4.1.4 allows."""

    pattern = "the token expired ten minutes ago"
    about = "a signed token that expired ten minutes ago: more than a difference of clocks"
    ago = 600


@session_state("jwt-not-yet-valid")
class NotYetValid(ClaimsState):
    """RFC 7519 section 4.1.5."""

    pattern = "the token is not valid yet"
    about = "a signed token whose `nbf` is in an hour"

    def changed(self, session: JwtSession, claims: dict[str, Any], now: float) -> dict[str, Any]:
        """Return them with a later beginning."""
        del session
        return {**claims, "nbf": int(now) + _HOUR, "exp": int(now) + 2 * _HOUR}


@session_state("jwt-without-end")
class WithoutEnd(ClaimsState):
    """`exp` is optional (RFC 7519 section 4.1.4), and many verifiers demand it."""

    pattern = "the token never expires"
    about = "a signed token without `exp`"
    doubtful = True

    def changed(self, session: JwtSession, claims: dict[str, Any], now: float) -> dict[str, Any]:
        """Return them without an end."""
        del session, now
        return {**claims, "exp": ABSENT}


@session_state("jwt-end-is-text")
class EndIsText(ClaimsState):
    """A NumericDate is a number (RFC 7519 section 2)."""

    pattern = "the token's end is a text"
    about = "a signed token that expired an hour ago, with `exp` as a string"

    def changed(self, session: JwtSession, claims: dict[str, Any], now: float) -> dict[str, Any]:
        """Return them with an end that is no number."""
        del session
        return {**claims, "exp": str(int(now) - _HOUR)}


@session_state("jwt-end-has-a-fraction")
class EndHasFraction(ClaimsState):
    """A NumericDate may have one (RFC 7519 section 2)."""

    pattern = "the token's end has a fraction"
    about = "a valid token whose `exp` is not a whole number"
    family = _VALID

    def changed(self, session: JwtSession, claims: dict[str, Any], now: float) -> dict[str, Any]:
        """Return them with half a second more."""
        del session, now
        return {**claims, "exp": claims["exp"] + 0.5}


@session_state("jwt-of-another-issuer")
class OtherIssuer(ClaimsState):
    """RFC 8725 section 3.8."""

    pattern = "the token is of another issuer"
    about = "a token signed with the right key, with another `iss`"

    def changed(self, session: JwtSession, claims: dict[str, Any], now: float) -> dict[str, Any]:
        """Return them with another."""
        del session, now
        return {**claims, "iss": "https://issuer.invalid/"}


@session_state("jwt-issuer-with-slash")
class IssuerWithSlash(ClaimsState):
    """Issuers are compared letter by letter (RFC 7519 section 4.1.1, OpenID Connect Core section 3.1.3.7)."""

    pattern = "the token's issuer differs by a slash"
    about = "a token signed with the right key; its `iss` has a slash at its end too much, or too few"
    doubtful = True

    def changed(self, session: JwtSession, claims: dict[str, Any], now: float) -> dict[str, Any]:
        """Return them with the other form."""
        del session, now
        issuer: str = claims["iss"]
        return {**claims, "iss": issuer.removesuffix("/") if issuer.endswith("/") else f"{issuer}/"}


@session_state("jwt-without-issuer")
class WithoutIssuer(ClaimsState):
    """Nobody says whose it is."""

    pattern = "the token has no issuer"
    about = "a token signed with the right key, without `iss`"

    def changed(self, session: JwtSession, claims: dict[str, Any], now: float) -> dict[str, Any]:
        """Return them without one."""
        del session, now
        return {**claims, "iss": ABSENT}


@session_state("jwt-for-another-audience")
class OtherAudience(ClaimsState):
    """RFC 7519 section 4.1.3: a token for another service must be refused."""

    pattern = "the token is for another audience"
    about = "a token signed with the right key, with the `aud` of another service"

    def changed(self, session: JwtSession, claims: dict[str, Any], now: float) -> dict[str, Any]:
        """Return them with another."""
        del now
        return {**claims, "aud": f"not-{session.audience}"}


@session_state("jwt-without-audience")
class WithoutAudience(ClaimsState):
    """RFC 8725 section 3.9."""

    pattern = "the token has no audience"
    about = "a token signed with the right key, without `aud`"

    def changed(self, session: JwtSession, claims: dict[str, Any], now: float) -> dict[str, Any]:
        """Return them without one."""
        del session, now
        return {**claims, "aud": ABSENT}


@session_state("jwt-for-several-audiences")
class SeveralAudiences(ClaimsState):
    """One of a list will do (RFC 7519 section 4.1.3)."""

    pattern = "the token is for several audiences"
    about = "a valid token whose `aud` is a list with the right audience in it"
    family = _VALID

    def changed(self, session: JwtSession, claims: dict[str, Any], now: float) -> dict[str, Any]:
        """Return them with a list."""
        del now
        return {**claims, "aud": ["https://userinfo.invalid/", session.audience]}


@session_state("jwt-for-a-longer-audience")
class LongerAudience(ClaimsState):
    """Audiences are compared whole."""

    pattern = "the token's audience contains the right one"
    about = "a token signed with the right key, whose `aud` has the right audience within a longer text"

    def changed(self, session: JwtSession, claims: dict[str, Any], now: float) -> dict[str, Any]:
        """Return them with a longer one."""
        del now
        return {**claims, "aud": f"{session.audience}-admin"}


@session_state("jwt-with-more-claims")
class MoreClaims(ClaimsState):
    """What a verifier does not know it ignores (RFC 7519 section 4)."""

    pattern = "the token has other claims"
    about = "a valid token with additional claims: numbers, lists, objects"
    family = _VALID

    def changed(self, session: JwtSession, claims: dict[str, Any], now: float) -> dict[str, Any]:
        """Return them with more."""
        del session, now
        return {**claims, "https://example.com/groups": [None, 1.5, []], "cnt": {"a": 1}, "ver": 2}


# The header.


class HeaderState(JwtState):
    """A token that is signed rightly, with another header."""

    def token(self, session: JwtSession, caller: Caller, now: float) -> str:
        """Return the token with the changed header."""
        return session.signed(session.claims(caller, now), **self.header(session))

    def header(self, session: JwtSession) -> dict[str, Any]:
        """Return what of the header is other than usual; None leaves a member out."""
        raise NotImplementedError


@session_state("jwt-unknown-critical")
class UnknownCritical(HeaderState):
    """What is critical has to be understood (RFC 7515 section 4.1.11)."""

    pattern = "the token has an unknown critical header"
    about = "a token signed with the right key, with a header in `crit` that no verifier knows"

    def header(self, session: JwtSession) -> dict[str, Any]:
        """Return it, and that it is critical."""
        del session
        return {"crit": ["bothends.invalid/only-once"], "bothends.invalid/only-once": True}


@session_state("jwt-with-more-headers")
class MoreHeaders(HeaderState):
    """What a verifier does not know it ignores (RFC 7515 section 4)."""

    pattern = "the token has other headers"
    about = "a valid token with an additional header that is not critical"
    family = _VALID

    def header(self, session: JwtSession) -> dict[str, Any]:
        """Return one more."""
        del session
        return {"example.com/env": "test"}


@session_state("jwt-of-another-type")
class OtherType(HeaderState):
    """RFC 8725 section 3.11: where types are told apart, another one must be refused."""

    pattern = "the token is of another type"
    about = "a token signed with the right key, with the `typ` of a logout token"

    @classmethod
    def applies(cls, session: JwtSession) -> bool:
        """Only where the settings name the type."""
        return session.checks_type

    def header(self, session: JwtSession) -> dict[str, Any]:
        """Return another type."""
        del session
        return {"typ": "logout+jwt"}


@session_state("jwt-without-key-name")
class WithoutKeyName(HeaderState):
    """`kid` is optional (RFC 7515 section 4.1.4); some verifiers demand it."""

    pattern = "the token names no key"
    about = "a token signed with the right key, without `kid`"
    doubtful = True

    @classmethod
    def applies(cls, session: JwtSession) -> bool:
        """Only where a key has a name."""
        return session.public

    def header(self, session: JwtSession) -> dict[str, Any]:
        """Return it without one."""
        del session
        return {"kid": None}
