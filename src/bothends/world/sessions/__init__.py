"""The sessions that the world signs its callers in with. The libraries' names are known only in here."""

from bothends.world.sessions.issuer import LIFETIME, Issuer
from bothends.world.sessions.kind import Cookies, Headers, SessionKind
from bothends.world.sessions.table import KINDS

__all__ = ["KINDS", "LIFETIME", "Cookies", "Headers", "Issuer", "SessionKind"]
