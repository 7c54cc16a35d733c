"""States of a session's token: tampered with, of another algorithm, with odd members in its header."""

from __future__ import annotations

import os
import zlib
from base64 import urlsafe_b64decode
from typing import TYPE_CHECKING, Any, ClassVar

from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.pbkdf2 import PBKDF2HMAC
from cryptography.hazmat.primitives.keywrap import aes_key_wrap

from bothends.world.sessions.base import session_state
from bothends.world.sessions.compact_serialization import CONTENT_KEYS, base64url, encrypted, json_text, signed
from bothends.world.sessions.forge import TokenState

if TYPE_CHECKING:
    from collections.abc import Mapping

    from bothends.world.sessions.sealed import Issuer


# A session of which one part was changed after it was issued.

# RFC 7516 section 7.1
HEADER, KEY, VECTOR, CIPHERTEXT, TAG = range(5)
_SHORT_TAG = 12  # bytes: NIST SP 800-38D lets GCM have tags of 96 bits, and some ciphers take what they are given


def decoded(part: str) -> bytes:
    """Return the bytes of a part of a token."""
    return urlsafe_b64decode(part + "=" * (-len(part) % 4))


def with_part(token: str, part: int, data: bytes) -> str:
    """Return a token with other bytes in one of its parts."""
    parts = token.split(".")
    parts[part] = base64url(data)
    return ".".join(parts)


def flip_bit(token: str, part: int) -> str:
    """Return a token with one bit of one of its parts flipped, in the middle of it.

    The bit is flipped in the decoded bytes: the last characters of base64url can differ and mean the same.
    """
    data = bytearray(decoded(token.split(".")[part]))
    data[len(data) // 2] ^= 1
    return with_part(token, part, bytes(data))


@session_state("tampered-ciphertext")
class Tampered(TokenState):
    """One bit of the ciphertext is flipped: the tag no longer fits."""

    pattern = "the session is tampered with"
    about = "a valid session with one bit of its ciphertext flipped"
    part: ClassVar[int] = CIPHERTEXT

    def token(self, issuer: Issuer, user: Mapping[str, Any]) -> str:
        """Issue a session and flip a bit."""
        return flip_bit(issuer.seal(issuer.claims(user)), self.part)


@session_state("tampered-iv")
class TamperedVector(Tampered):
    """One bit of the initialization vector is flipped."""

    pattern = "the session's initialization vector is tampered with"
    about = "a valid session with one bit of its initialization vector flipped"
    part = VECTOR


@session_state("tampered-tag")
class TamperedTag(Tampered):
    """One bit of the tag is flipped."""

    pattern = "the session's tag is tampered with"
    about = "a valid session with one bit of its authentication tag flipped"
    part = TAG


@session_state("tampered-header")
class TamperedHeader(TokenState):
    """The header is written otherwise and says the same: only the tag tells."""

    pattern = "the session's header is tampered with"
    about = "a valid session with a space added to its header, which is authenticated"

    def token(self, issuer: Issuer, user: Mapping[str, Any]) -> str:
        """Issue a session and change its header."""
        token = issuer.seal(issuer.claims(user))
        header = decoded(token.split(".")[HEADER])
        return with_part(token, HEADER, header[:-1] + b" }")


@session_state("tampered-key")
class KeyWhereNoneBelongs(TokenState):
    """The encrypted key is empty with `dir` (RFC 7518 section 4.5)."""

    pattern = "the session's key is not empty"
    about = "a valid session with an encrypted key, which `dir` forbids"

    def token(self, issuer: Issuer, user: Mapping[str, Any]) -> str:
        """Issue a session and fill the empty part."""
        return with_part(issuer.seal(issuer.claims(user)), KEY, b"key")


@session_state("short-tag")
class ShortTag(TokenState):
    """A tag of 96 bits: the fewer bits are checked, the sooner one is guessed."""

    pattern = "the session's tag is cut short"
    about = "a valid session whose authentication tag is cut to 96 bits"

    def token(self, issuer: Issuer, user: Mapping[str, Any]) -> str:
        """Issue a session and cut its tag."""
        token = issuer.seal(issuer.claims(user))
        return with_part(token, TAG, decoded(token.split(".")[TAG])[:_SHORT_TAG])


# Sessions under the right key, encrypted in a way that the library does not issue.
#
# next-auth 4 names no algorithm that it takes, so that all that its library knows will do.

_KEY_BYTES = 32
_GCM_IV, _GCM_TAG = 12, 16  # bytes
_ROUNDS = 1000  # the least that RFC 7518 section 4.8.1.2 recommends
_ENDLESS = 100_000_000  # some 30 s of a processor's time, where the libraries stop at 10,000


@session_state("wrapped-key")
class WrappedKey(TokenState):
    """The content's key is wrapped with the session key (RFC 7518 section 4.4)."""

    pattern = "the session's key is wrapped"
    about = "a session with `alg` A256KW under the session key"
    doubtful = True

    def token(self, issuer: Issuer, user: Mapping[str, Any]) -> str:
        """Encrypt with a fresh key, and wrap that."""
        enc = issuer.header["enc"]
        fresh = os.urandom(CONTENT_KEYS[enc])
        header, wrapped = self.wrap(issuer.key, fresh)
        return encrypted({**header, "enc": enc}, json_text(issuer.claims(user)), fresh, wrapped)

    def wrap(self, key: bytes, fresh: bytes) -> tuple[dict[str, Any], bytes]:
        """Return header members, and the fresh key as it is told.

        Args:
            key: The session key.
            fresh: The content's key.
        """
        return {"alg": "A256KW"}, aes_key_wrap(key[:_KEY_BYTES], fresh)


@session_state("wrapped-key-gcm")
class GcmWrappedKey(WrappedKey):
    """The content's key is encrypted with AES-GCM (RFC 7518 section 4.7)."""

    pattern = "the session's key is wrapped by GCM"
    about = "a session with `alg` A256GCMKW under the session key"

    def wrap(self, key: bytes, fresh: bytes) -> tuple[dict[str, Any], bytes]:
        """Encrypt the fresh key."""
        vector = os.urandom(_GCM_IV)
        sealed = AESGCM(key[:_KEY_BYTES]).encrypt(vector, fresh, None)
        header = {"alg": "A256GCMKW", "iv": base64url(vector), "tag": base64url(sealed[-_GCM_TAG:])}
        return header, sealed[:-_GCM_TAG]


@session_state("wrapped-key-password")
class PasswordWrappedKey(WrappedKey):
    """The session key is taken for a password (RFC 7518 section 4.8)."""

    pattern = "the session's key is wrapped by a password"
    about = "a session with `alg` PBES2-HS256+A128KW, whose password is the session key"

    def wrap(self, key: bytes, fresh: bytes) -> tuple[dict[str, Any], bytes]:
        """Derive a key from the password, and wrap the fresh key with it."""
        salt = os.urandom(16)
        derived = PBKDF2HMAC(SHA256(), 16, b"PBES2-HS256+A128KW\0" + salt, _ROUNDS).derive(key)
        return {**_password_header(salt), "p2c": _ROUNDS}, aes_key_wrap(derived, fresh)


@session_state("endless-key-work")
class EndlessPassword(WrappedKey):
    """A target that does not check the number first needs half a minute to find that it is wrong."""

    pattern = "the session's key takes endless work"
    about = "a token with `alg` PBES2-HS256+A128KW that demands 100,000,000 rounds"
    doubtful = False

    def wrap(self, key: bytes, fresh: bytes) -> tuple[dict[str, Any], bytes]:
        """Ask for more rounds than were made: nobody should get so far as to notice."""
        salt = os.urandom(16)
        return {**_password_header(salt), "p2c": _ENDLESS}, aes_key_wrap(key[:16], fresh)


@session_state("another-cipher")
class OtherCipher(TokenState):
    """`dir`, under a part of the session key, by a cipher of 256 bits in all (RFC 7518 section 5.2.3)."""

    pattern = "the session is encrypted by another cipher"
    about = "a session with `enc` A128CBC-HS256 under the first 32 bytes of the session key"
    doubtful = True

    def token(self, issuer: Issuer, user: Mapping[str, Any]) -> str:
        """Encrypt by the other cipher."""
        header = {**issuer.header, "enc": "A128CBC-HS256"}
        return encrypted(header, json_text(issuer.claims(user)), issuer.key[: CONTENT_KEYS["A128CBC-HS256"]])


def _password_header(salt: bytes) -> dict[str, Any]:
    return {"alg": "PBES2-HS256+A128KW", "p2s": base64url(salt)}


# Sessions whose header asks the reader for more than to decrypt them.

# Nobody listens on the port for discarded bytes (RFC 863), and a reader that calls it waits for nothing.
_ADDRESS = "http://127.0.0.1:9/keys.json"


@session_state("unknown-critical")
class UnknownCritical(TokenState):
    """What is named as critical must be understood, or the token refused (RFC 7516 section 4.1.13)."""

    pattern = "the session names a critical header that nobody knows"
    about = "a session under the right key, with an unknown name in `crit`"

    def token(self, issuer: Issuer, user: Mapping[str, Any]) -> str:
        """Encrypt under that header."""
        header = {**issuer.header, "crit": ["x-unknown"], "x-unknown": True}
        return encrypted(header, json_text(issuer.claims(user)), issuer.key)


@session_state("own-key")
class BringsItsKey(TokenState):
    """A key inside the token proves nothing (RFC 8725 section 3.10)."""

    pattern = "the session brings its own key"
    about = "a session under a key that is in its own header, as `jwk`"

    def token(self, issuer: Issuer, user: Mapping[str, Any]) -> str:
        """Encrypt under a key of its own."""
        key = os.urandom(CONTENT_KEYS[issuer.header["enc"]])
        header = {**issuer.header, **self.members(key)}
        return encrypted(header, json_text(issuer.claims(user)), key)

    def members(self, key: bytes) -> dict[str, Any]:
        """Return what the header says of the key."""
        return {"jwk": {"kty": "oct", "k": base64url(key)}}


@session_state("key-at-address")
class KeyAtAddress(BringsItsKey):
    """A reader that fetches it lets any caller say what it calls."""

    pattern = "the session's key is at an address"
    about = "a session under a key that its header says to download, as `jku` and `x5u`"

    def members(self, key: bytes) -> dict[str, Any]:  # noqa: ARG002 -- it is said to be elsewhere
        """Return an address."""
        return {"jku": _ADDRESS, "x5u": _ADDRESS}


@session_state("key-in-file")
class KeyInFile(TokenState):
    """A target that reads the file that it names finds nothing, and so a key of zeros."""

    pattern = "the session's key is in a file"
    about = "a session under a key of zeros, whose `kid` is the path of an empty file"

    def token(self, issuer: Issuer, user: Mapping[str, Any]) -> str:
        """Encrypt under a key of zeros."""
        header = {**issuer.header, "kid": "../../../../dev/null"}
        return encrypted(header, json_text(issuer.claims(user)), bytes(CONTENT_KEYS[header["enc"]]))


@session_state("odd-key-name")
class OddKeyName(TokenState):
    """A version that has no use for `kid` takes it; one that looks its keys up finds none of this name."""

    pattern = "the session's key has an odd name"
    about = "a session under the right key, whose `kid` is SQL"
    doubtful = True

    def token(self, issuer: Issuer, user: Mapping[str, Any]) -> str:
        """Encrypt under that header."""
        header = {**issuer.header, "kid": "x' UNION SELECT 'AAAA' --"}
        return encrypted(header, json_text(issuer.claims(user)), issuer.key)


# Sessions that are compressed (`zip`, RFC 7516 section 4.1.3).

_BOMB = 2_000_000  # bytes, of which some 2,000 are left: the libraries stop at 250,000 (CVE-2024-28176)


@session_state("compressed")
class Compressed(TokenState):
    """The libraries of some versions take it, and none issues it."""

    pattern = "the session is compressed"
    about = "a session with `zip` DEF"
    doubtful = True
    padding: ClassVar[int] = 0

    def token(self, issuer: Issuer, user: Mapping[str, Any]) -> str:
        """Compress the claims, and encrypt them."""
        squeeze = zlib.compressobj(9, wbits=-15)
        text = json_text(issuer.claims(user))[:-1] + b',"padding":"' + b"0" * self.padding + b'"}'
        header = {**issuer.header, "zip": "DEF"}
        return encrypted(header, squeeze.compress(text) + squeeze.flush(), issuer.key)


@session_state("compression-bomb")
class CompressionBomb(Compressed):
    """Small on the wire, and large for a target that unpacks it without a limit."""

    pattern = "the session unpacks to megabytes"
    about = "a session of 3 kB with `zip` DEF, which unpacks to 2 MB"
    doubtful = False
    padding = _BOMB


# Signed tokens where an encrypted one belongs: what a reader that takes either would be told.


@session_state("unsigned")
class Unsigned(TokenState):
    """Anybody can write it (RFC 8725 section 2.1)."""

    pattern = "the session is an unsigned token"
    about = "a JWT with `alg` none"
    algorithm: ClassVar[str] = "none"

    def token(self, issuer: Issuer, user: Mapping[str, Any]) -> str:
        """Return the claims in a signed token."""
        return signed({"alg": self.algorithm, "typ": "JWT"}, json_text(issuer.claims(user)), self.key(issuer))

    def key(self, issuer: Issuer) -> bytes | None:  # noqa: ARG002 -- others sign
        """Return what it is signed with."""
        return None


@session_state("signed-with-secret")
class SignedWithSecret(Unsigned):
    """Signed with the secret itself, as next-auth 3 did: not what its successors issue."""

    pattern = "the session is signed with the secret, not encrypted"
    about = "a JWT with `alg` HS256, signed with the session secret"
    algorithm = "HS256"

    def key(self, issuer: Issuer) -> bytes | None:
        """Return the secret."""
        return issuer.secret.encode()


@session_state("signed-with-key")
class SignedWithKey(Unsigned):
    """Signed with the key that is for encryption."""

    pattern = "the session is signed with the key, not encrypted"
    about = "a JWT with `alg` HS256, signed with the key that sessions are encrypted with"
    algorithm = "HS256"

    def key(self, issuer: Issuer) -> bytes | None:
        """Return the derived key."""
        return issuer.key
