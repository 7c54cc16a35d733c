"""States of a session's token: tampered with, of another algorithm, with odd members in its header."""

from __future__ import annotations

import os
import zlib
from base64 import urlsafe_b64decode
from functools import partial
from typing import TYPE_CHECKING, Any

from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.pbkdf2 import PBKDF2HMAC
from cryptography.hazmat.primitives.keywrap import aes_key_wrap

from bothends.world.sessions.base import state
from bothends.world.sessions.forge import with_token
from bothends.world.sessions.jose import CONTENT_KEYS, base64url, encrypted, json_text, signed
from bothends.world.sessions.sealed import SealedState

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from bothends.world.sessions.forge import Shown
    from bothends.world.sessions.sealed import Issuer

_sealed = partial(state, SealedState)
_doubtful = partial(_sealed, doubtful=True)


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


def _issued(changed: Callable[[str], str]) -> Shown:
    """Return what shows a valid token that is changed."""
    return with_token(lambda issuer, user: changed(issuer.seal(issuer.claims(user))))


def _with_changed_part(part: int, changed: Callable[[bytes], bytes]) -> Shown:
    return _issued(lambda token: with_part(token, part, changed(decoded(token.split(".")[part]))))


_sealed(
    "tampered-ciphertext",
    "the session is tampered with",
    "a valid session with one bit of its ciphertext flipped",
    "The tag no longer fits.",
    cookies=_issued(lambda token: flip_bit(token, CIPHERTEXT)),
)
_sealed(
    "tampered-iv",
    "the session's initialization vector is tampered with",
    "a valid session with one bit of its initialization vector flipped",
    "The tag no longer fits.",
    cookies=_issued(lambda token: flip_bit(token, VECTOR)),
)
_sealed(
    "tampered-tag",
    "the session's tag is tampered with",
    "a valid session with one bit of its authentication tag flipped",
    "It no longer fits.",
    cookies=_issued(lambda token: flip_bit(token, TAG)),
)
_sealed(
    "tampered-header",
    "the session's header is tampered with",
    "a valid session with a space added to its header, which is authenticated",
    "The header is written otherwise and says the same: only the tag tells.",
    cookies=_with_changed_part(HEADER, lambda header: header[:-1] + b" }"),
)
_sealed(
    "tampered-key",
    "the session's key is not empty",
    "a valid session with an encrypted key, which `dir` forbids",
    "The encrypted key is empty with `dir` (RFC 7518 section 4.5).",
    cookies=_with_changed_part(KEY, lambda _: b"key"),
)
_sealed(
    "short-tag",
    "the session's tag is cut short",
    "a valid session whose authentication tag is cut to 96 bits",
    "The fewer bits are checked, the sooner one is guessed.",
    cookies=_with_changed_part(TAG, lambda tag: tag[:_SHORT_TAG]),
)


# Sessions under the right key, encrypted in a way that the library does not issue.
#
# next-auth 4 names no algorithm that it takes, so that all that its library knows will do.

_KEY_BYTES = 32
_GCM_IV, _GCM_TAG = 12, 16  # bytes
_ROUNDS = 1000  # the least that RFC 7518 section 4.8.1.2 recommends
_ENDLESS = 100_000_000  # some 30 s of a processor's time, where the libraries stop at 10,000


def _wrapped(wrap: Callable[[bytes, bytes], tuple[dict[str, Any], bytes]]) -> Shown:
    """Return what shows a token under a fresh key: `wrap` returns header members, and that key as it is told."""

    def token(issuer: Issuer, user: Mapping[str, Any]) -> str:
        enc = issuer.header["enc"]
        fresh = os.urandom(CONTENT_KEYS[enc])
        header, told = wrap(issuer.key, fresh)
        return encrypted({**header, "enc": enc}, json_text(issuer.claims(user)), fresh, told)

    return with_token(token)


def _by_gcm(key: bytes, fresh: bytes) -> tuple[dict[str, Any], bytes]:
    vector = os.urandom(_GCM_IV)
    sealed = AESGCM(key[:_KEY_BYTES]).encrypt(vector, fresh, None)
    header = {"alg": "A256GCMKW", "iv": base64url(vector), "tag": base64url(sealed[-_GCM_TAG:])}
    return header, sealed[:-_GCM_TAG]


def _by_password(key: bytes, fresh: bytes) -> tuple[dict[str, Any], bytes]:
    salt = os.urandom(16)
    derived = PBKDF2HMAC(SHA256(), 16, b"PBES2-HS256+A128KW\0" + salt, _ROUNDS).derive(key)
    return _password_header(salt, _ROUNDS), aes_key_wrap(derived, fresh)


def _by_endless_password(key: bytes, fresh: bytes) -> tuple[dict[str, Any], bytes]:
    """Ask for more rounds than were made: nobody should get so far as to notice."""
    return _password_header(os.urandom(16), _ENDLESS), aes_key_wrap(key[:16], fresh)


def _password_header(salt: bytes, rounds: int) -> dict[str, Any]:
    return {"alg": "PBES2-HS256+A128KW", "p2s": base64url(salt), "p2c": rounds}


def _by_other_cipher(issuer: Issuer, user: Mapping[str, Any]) -> str:
    """Return a token by a cipher of 256 bits in all (RFC 7518 section 5.2.3)."""
    header = {**issuer.header, "enc": "A128CBC-HS256"}
    return encrypted(header, json_text(issuer.claims(user)), issuer.key[: CONTENT_KEYS["A128CBC-HS256"]])


_doubtful(
    "wrapped-key",
    "the session's key is wrapped",
    "a session with `alg` A256KW under the session key",
    "The content's key is wrapped with the session key (RFC 7518 section 4.4).",
    cookies=_wrapped(lambda key, fresh: ({"alg": "A256KW"}, aes_key_wrap(key[:_KEY_BYTES], fresh))),
)
_doubtful(
    "wrapped-key-gcm",
    "the session's key is wrapped by GCM",
    "a session with `alg` A256GCMKW under the session key",
    "The content's key is encrypted with AES-GCM (RFC 7518 section 4.7).",
    cookies=_wrapped(_by_gcm),
)
_doubtful(
    "wrapped-key-password",
    "the session's key is wrapped by a password",
    "a session with `alg` PBES2-HS256+A128KW, whose password is the session key",
    "The session key is taken for a password (RFC 7518 section 4.8).",
    cookies=_wrapped(_by_password),
)
_sealed(
    "endless-key-work",
    "the session's key takes endless work",
    "a token with `alg` PBES2-HS256+A128KW that demands 100,000,000 rounds",
    "A target that does not check the number first needs half a minute to find that it is wrong.",
    cookies=_wrapped(_by_endless_password),
)
_doubtful(
    "another-cipher",
    "the session is encrypted by another cipher",
    "a session with `enc` A128CBC-HS256 under the first 32 bytes of the session key",
    "`dir`, under a part of the session key.",
    cookies=with_token(_by_other_cipher),
)


# Sessions whose header asks the reader for more than to decrypt them.

# Nobody listens on the port for discarded bytes (RFC 863), and a reader that calls it waits for nothing.
_ADDRESS = "http://127.0.0.1:9/keys.json"


def _with_header(**members: Any) -> Shown:
    """Return what shows a token under the right key, with more in its header."""
    return with_token(
        lambda issuer, user: encrypted({**issuer.header, **members}, json_text(issuer.claims(user)), issuer.key)
    )


def _under_its_own_key(members: Callable[[bytes], dict[str, Any]]) -> Shown:
    """Return what shows a token under a key of its own: `members` says what its header says of that."""

    def token(issuer: Issuer, user: Mapping[str, Any]) -> str:
        key = os.urandom(CONTENT_KEYS[issuer.header["enc"]])
        return encrypted({**issuer.header, **members(key)}, json_text(issuer.claims(user)), key)

    return with_token(token)


def _key_in_file(issuer: Issuer, user: Mapping[str, Any]) -> str:
    header = {**issuer.header, "kid": "../../../../dev/null"}
    return encrypted(header, json_text(issuer.claims(user)), bytes(CONTENT_KEYS[header["enc"]]))


_sealed(
    "unknown-critical",
    "the session names a critical header that nobody knows",
    "a session under the right key, with an unknown name in `crit`",
    "What is named as critical must be understood, or the token refused (RFC 7516 section 4.1.13).",
    cookies=_with_header(**{"crit": ["x-unknown"], "x-unknown": True}),
)
_sealed(
    "own-key",
    "the session brings its own key",
    "a session under a key that is in its own header, as `jwk`",
    "A key inside the token proves nothing (RFC 8725 section 3.10).",
    cookies=_under_its_own_key(lambda key: {"jwk": {"kty": "oct", "k": base64url(key)}}),
)
_sealed(
    "key-at-address",
    "the session's key is at an address",
    "a session under a key that its header says to download, as `jku` and `x5u`",
    "A reader that fetches it lets any caller say what it calls.",
    cookies=_under_its_own_key(lambda _: {"jku": _ADDRESS, "x5u": _ADDRESS}),
)
_sealed(
    "key-in-file",
    "the session's key is in a file",
    "a session under a key of zeros, whose `kid` is the path of an empty file",
    "A target that reads the file that it names finds nothing, and so a key of zeros.",
    cookies=with_token(_key_in_file),
)
_doubtful(
    "odd-key-name",
    "the session's key has an odd name",
    "a session under the right key, whose `kid` is SQL",
    "A version that has no use for `kid` takes it; one that looks its keys up finds none of this name.",
    cookies=_with_header(kid="x' UNION SELECT 'AAAA' --"),
)


# Sessions that are compressed (`zip`, RFC 7516 section 4.1.3).

_BOMB = 2_000_000  # bytes, of which some 2,000 are left: the libraries stop at 250,000 (CVE-2024-28176)


def _compressed(padding: int) -> Shown:
    def token(issuer: Issuer, user: Mapping[str, Any]) -> str:
        squeeze = zlib.compressobj(9, wbits=-15)
        text = json_text(issuer.claims(user))[:-1] + b',"padding":"' + b"0" * padding + b'"}'
        return encrypted({**issuer.header, "zip": "DEF"}, squeeze.compress(text) + squeeze.flush(), issuer.key)

    return with_token(token)


_doubtful(
    "compressed",
    "the session is compressed",
    "a session with `zip` DEF",
    "The libraries of some versions take it, and none issues it.",
    cookies=_compressed(0),
)
_sealed(
    "compression-bomb",
    "the session unpacks to megabytes",
    "a session of 3 kB with `zip` DEF, which unpacks to 2 MB",
    "Small on the wire, and large for a target that unpacks it without a limit.",
    cookies=_compressed(_BOMB),
)


# Signed tokens where an encrypted one belongs: what a reader that takes either would be told.


def _signed(algorithm: str, key: Callable[[Issuer], bytes | None]) -> Shown:
    header = {"alg": algorithm, "typ": "JWT"}
    return with_token(lambda issuer, user: signed(header, json_text(issuer.claims(user)), key(issuer)))


_sealed(
    "unsigned",
    "the session is an unsigned token",
    "a JWT with `alg` none",
    "Anybody can write it (RFC 8725 section 2.1).",
    cookies=_signed("none", lambda _: None),
)
_sealed(
    "signed-with-secret",
    "the session is signed with the secret, not encrypted",
    "a JWT with `alg` HS256, signed with the session secret",
    "Signed with the secret itself, as next-auth 3 did: not what its successors issue.",
    cookies=_signed("HS256", lambda issuer: issuer.secret.encode()),
)
_sealed(
    "signed-with-key",
    "the session is signed with the key, not encrypted",
    "a JWT with `alg` HS256, signed with the key that sessions are encrypted with",
    "Signed with the key that is for encryption.",
    cookies=_signed("HS256", lambda issuer: issuer.key),
)
