"""The sessions that the world signs its callers in with. The libraries' names are known only in here."""

from bothends.world.registry import Registry
from bothends.world.sessions.auth_js_v5 import AuthJsV5
from bothends.world.sessions.issuer import LIFETIME, Issuer
from bothends.world.sessions.kind import Cookies, SessionKind
from bothends.world.sessions.next_auth_v4 import NextAuthV4

KINDS: Registry[SessionKind] = Registry("session kind", lambda kind: kind.name, NextAuthV4(), AuthJsV5())

__all__ = ["KINDS", "LIFETIME", "Cookies", "Issuer", "SessionKind"]
