"""Sessions whose header asks the reader for more than to decrypt them."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any

from bothends.world.sessions.forge import CONTENT_KEYS, base64url, encrypted, json_text
from bothends.world.sessions.states.registry import session_state
from bothends.world.sessions.states.token_state import TokenState

if TYPE_CHECKING:
    from collections.abc import Mapping

    from bothends.world.sessions.issuer import Issuer

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
    """The key that a token brings along proves nothing (RFC 8725 section 3.10)."""

    pattern = "the session brings its own key"
    about = "a session under a key that it names in its header, as `jwk`"

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
    about = "a session under a key that its header says to fetch, as `jku` and `x5u`"

    def members(self, key: bytes) -> dict[str, Any]:  # noqa: ARG002 -- it is said to be elsewhere
        """Return an address."""
        return {"jku": _ADDRESS, "x5u": _ADDRESS}


@session_state("key-in-file")
class KeyInFile(TokenState):
    """Whoever reads the file that it names finds nothing, and so a key of zeros."""

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
