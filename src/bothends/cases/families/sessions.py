"""The sentences of the world's session states that leave a caller signed out."""

from __future__ import annotations

# As `bothends states` lists them. The name is the case's.
SIGNED_OUT = {
    "no-session": "signed out",
    "expired": "the session has expired",
    "another-secret": "the session is signed with another secret",
    "tampered": "the session is tampered with",
    "garbage": "the session is garbage",
    "empty": "the session is empty",
}
