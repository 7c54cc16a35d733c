"""States of a signed token by its signature and its place: what naive code takes or refuses (RFC 7515, 8725)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

from bothends.world.sessions.base import Part, session_state
from bothends.world.sessions.compact_serialization import base64url, json_text
from bothends.world.sessions.jose import SharedKey, hs256, token
from bothends.world.sessions.jwt import JwtState, bearer

if TYPE_CHECKING:
    from bothends.world.sessions.base import Caller
    from bothends.world.sessions.jwt import JwtSession

_HOUR = 3600
_VALID = ""


# What signs it.


class PublicState(JwtState):
    """A state of tokens that are verified by a public key."""

    @classmethod
    def applies(cls, session: JwtSession) -> bool:
        """Only of those."""
        return session.public


@session_state("jwt-unsigned")
class Unsigned(JwtState):
    """RFC 8725 section 3.1: the verifier chooses the algorithm, not the token."""

    pattern = "the token is unsigned"
    about = "a token with `alg: none` and no signature"
    word: ClassVar[str] = "none"

    def token(self, session: JwtSession, caller: Caller, now: float) -> str:
        """Return it without a signature."""
        header = {**session.header(session.key), "alg": self.word}
        return token(header, json_text(session.claims(caller, now)), b"")


@session_state("jwt-unsigned-capital")
class UnsignedCapital(Unsigned):
    """A list of forbidden words may lack it."""

    pattern = "the token is unsigned, in capitals"
    about = "a token with `alg: None` and no signature"
    word = "None"


@session_state("jwt-unsigned-mixed")
class UnsignedMixed(Unsigned):
    """Likewise."""

    pattern = "the token is unsigned, in mixed case"
    about = "a token with `alg: nOnE` and no signature"
    word = "nOnE"


@session_state("jwt-signature-stripped")
class Stripped(JwtState):
    """The header says that there is one."""

    pattern = "the token's signature is stripped"
    about = "a valid token without its signature: nothing after the second dot"

    def token(self, session: JwtSession, caller: Caller, now: float) -> str:
        """Return it without."""
        return token(session.header(session.key), json_text(session.claims(caller, now)), b"")


@session_state("jwt-two-parts")
class TwoParts(JwtState):
    """There is no third."""

    pattern = "the token has two parts"
    about = "a valid token without its signature, and without the second dot"

    def token(self, session: JwtSession, caller: Caller, now: float) -> str:
        """Return header and claims."""
        return session.signed(session.claims(caller, now)).rpartition(".")[0]


@session_state("jwt-zero-signature")
class ZeroSignature(JwtState):
    """CVE-2022-21449: r and s of an ECDSA signature must not be zero."""

    pattern = "the token's signature is zero"
    about = "a token whose signature is all zero bytes, as many as its algorithm has"

    def token(self, session: JwtSession, caller: Caller, now: float) -> str:
        """Return it with zeros."""
        size = len(session.key.signature(b""))
        return token(session.header(session.key), json_text(session.claims(caller, now)), bytes(size))


@session_state("jwt-signature-of-another")
class SignatureOfAnother(JwtState):
    """A signature is of what was signed."""

    pattern = "the token's signature is another token's"
    about = "a token with the valid signature of another one"

    def token(self, session: JwtSession, caller: Caller, now: float) -> str:
        """Return it with the signature of one that was valid a minute ago."""
        other = session.signed(session.claims(caller, now - 60))
        return f"{session.signed(session.claims(caller, now)).rpartition('.')[0]}.{other.rpartition('.')[2]}"


@session_state("jwt-claims-changed")
class ClaimsChanged(JwtState):
    """So it is with what a caller adds."""

    pattern = "the token's claims were changed"
    about = "a token to which a claim was added after it had been signed"

    def token(self, session: JwtSession, caller: Caller, now: float) -> str:
        """Return it with a claim that nobody has signed."""
        claims = session.claims(caller, now)
        head, _, signature = session.signed(claims).split(".")
        return f"{head}.{base64url(json_text({**claims, 'admin': True}))}.{signature}"


@session_state("jwt-other-key")
class OtherKey(JwtState):
    """It is named as the right one."""

    pattern = "the token is signed with another key"
    about = "a token signed with an unknown key that has the name of the right one"

    def token(self, session: JwtSession, caller: Caller, now: float) -> str:
        """Return it signed with that key."""
        claims = session.claims(caller, now)
        if not session.public:
            return session.signed(claims, key=SharedKey("another secret, of which the target knows nothing"))
        return session.signed(claims, key=session.named_key("unknown"), kid="key-1")


@session_state("jwt-guessed-secret", tried={"guess": "secret"})
class GuessedSecret(JwtState):
    """What a target may fall back on that was given none."""

    pattern = "the token is signed with the guessed secret {guess}"
    about = "a token signed with a secret that anybody would try: `secret`"

    @classmethod
    def applies(cls, session: JwtSession) -> bool:
        """Only where both sides share a secret."""
        return not session.public

    def token(self, session: JwtSession, caller: Caller, now: float) -> str:
        """Return it signed with the guess."""
        return session.signed(session.claims(caller, now), key=SharedKey(self.parameters["guess"]))


@session_state("jwt-unknown-key")
class UnknownKey(PublicState):
    """A key that is not in the set signs nothing."""

    pattern = "the token names an unknown key"
    about = "a token signed with a key that is not in the key set, under its own name"

    def token(self, session: JwtSession, caller: Caller, now: float) -> str:
        """Return it signed with that key."""
        return session.signed(session.claims(caller, now), key=session.named_key("unknown"))


@session_state("jwt-new-key", tried=None)
class NewKey(PublicState):
    """Keys are rotated by adding a new one to the set. When a target asks for the set again is its own choice."""

    pattern = "the token is signed with a new key"
    about = "a valid token signed with a key that has just been added to the key set"
    doubtful = True

    def token(self, session: JwtSession, caller: Caller, now: float) -> str:
        """Return it signed with that key, which is published now."""
        return session.signed(session.claims(caller, now), key=session.published("key-2"))


@session_state("jwt-public-key-as-secret")
class PublicKeyAsSecret(PublicState):
    """RFC 8725 section 2.1: the public key is no secret."""

    pattern = "the token is signed with the public key as a secret"
    about = "a token with `alg: HS256`, signed with the public key in PEM as if it were a secret"

    def token(self, session: JwtSession, caller: Caller, now: float) -> str:
        """Return it with an HMAC."""
        key = session.named_key("key-1")
        header = {**session.header(key), "alg": "HS256"}
        return token(header, json_text(session.claims(caller, now)), by=lambda text: hs256(key.pem, text))


class OddKeyName(JwtState):
    """A name by which a verifier may find a file, or a row, whose content everybody knows."""

    kid: ClassVar[str]

    def token(self, session: JwtSession, caller: Caller, now: float) -> str:
        """Return it under that name, with an HMAC under nothing."""
        header = {**session.header(session.key), "alg": "HS256", "kid": self.kid}
        return token(header, json_text(session.claims(caller, now)), by=lambda text: hs256(b"", text))


@session_state("jwt-key-name-is-path")
class KeyNameIsPath(OddKeyName):
    """RFC 8725 section 3.10."""

    pattern = "the token's key name is a path"
    about = "a token whose `kid` leads to an empty file, signed with an empty secret"
    kid = "../../../../../../dev/null"


@session_state("jwt-key-name-is-query")
class KeyNameIsQuery(OddKeyName):
    """Likewise."""

    pattern = "the token's key name is a query"
    about = "a token whose `kid` makes an SQL query return an empty secret, signed with that"
    kid = "x' UNION SELECT '' -- "


@session_state("jwt-with-its-key")
class BringsItsKey(PublicState):
    """RFC 8725 section 3.10: a key within a token proves nothing."""

    pattern = "the token contains its own key"
    about = "a token signed with an unknown key, which it has in the header `jwk`"

    def token(self, session: JwtSession, caller: Caller, now: float) -> str:
        """Return it with its public key."""
        key = session.named_key("unknown")
        return session.signed(session.claims(caller, now), key=key, **self.header(session))

    def header(self, session: JwtSession) -> dict[str, Any]:
        """Return what leads to the key."""
        return {"jwk": session.named_key("unknown").jwk}


@session_state("jwt-key-at-address")
class KeyAtAddress(BringsItsKey):
    """A target that calls the address can be led anywhere."""

    pattern = "the token says where its key is"
    about = "a token signed with an unknown key, with the address of a key set in the header `jku`"
    lures = True

    def header(self, session: JwtSession) -> dict[str, Any]:
        """Return an address that no target may call."""
        return {"jku": f"{session.addresses.elsewhere}/jwks.json"}


@session_state("jwt-certificate-at-address")
class CertificateAtAddress(BringsItsKey):
    """Likewise."""

    pattern = "the token says where its certificate is"
    about = "a token signed with an unknown key, with the address of a certificate in the header `x5u`"
    lures = True

    def header(self, session: JwtSession) -> dict[str, Any]:
        """Return an address that no target may call."""
        return {"x5u": f"{session.addresses.elsewhere}/certificate.pem"}


# How it is shown.


@session_state("jwt-in-small-letters")
class SmallLetters(JwtState):
    """The name of a scheme has no case (RFC 9110 section 11.1)."""

    pattern = "the token is after bearer in small letters"
    about = "a valid token under `bearer`"
    family = _VALID
    word: ClassVar[str] = "bearer"

    def part(self, session: JwtSession, caller: Caller, now: float) -> Part:
        """Return it under that word."""
        return bearer(session.signed(session.claims(caller, now)), self.word)


@session_state("jwt-in-capitals")
class Capitals(SmallLetters):
    """Likewise."""

    pattern = "the token is after BEARER in capitals"
    about = "a valid token under `BEARER`"
    word = "BEARER"


@session_state("jwt-after-basic")
class AfterBasic(SmallLetters):
    """It is of another scheme."""

    pattern = "the token is after Basic"
    about = "a valid token under `Basic`"
    family = "signed-out"
    word = "Basic"


@session_state("jwt-garbage")
class Garbage(JwtState):
    """No token at all."""

    pattern = "the token is garbage"
    about = "`not.a.token` after `Bearer`"

    def token(self, session: JwtSession, caller: Caller, now: float) -> str:
        """Return three words."""
        del session, caller, now
        return "not.a.token"


@session_state("jwt-nothing")
class Nothing(JwtState):
    """The scheme's name is all there is."""

    pattern = "there is no token after Bearer"
    about = "`Authorization: Bearer`, with nothing after it"

    def part(self, session: JwtSession, caller: Caller, now: float) -> Part:
        """Return the word."""
        del session, caller, now
        return Part(headers=(("Authorization", "Bearer"),))
