"""Sessions that are compressed (`zip`, RFC 7516 section 4.1.3)."""

from __future__ import annotations

import zlib
from typing import TYPE_CHECKING, Any, ClassVar

from bothends.world.sessions.forge import encrypted, json_text
from bothends.world.sessions.states.registry import session_state
from bothends.world.sessions.states.token_state import TokenState

if TYPE_CHECKING:
    from collections.abc import Mapping

    from bothends.world.sessions.issuer import Issuer

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
    """Small on the wire, and large for whoever unpacks it without a limit."""

    pattern = "the session unpacks to megabytes"
    about = "a session with `zip` DEF of 3 kB, which unpacks to 2 MB"
    doubtful = False
    padding = _BOMB
