"""The sessions that the world signs its callers in with. The libraries' names are known only in here."""

from bothends.world.sessions.callers import Callers
from bothends.world.sessions.issuer import LIFETIME, Issuer
from bothends.world.sessions.kind import Cookies, Headers, SessionKind
from bothends.world.sessions.session import Caller, Part, Session
from bothends.world.sessions.table import KINDS

__all__ = ["KINDS", "LIFETIME", "Caller", "Callers", "Cookies", "Headers", "Issuer", "Part", "Session", "SessionKind"]
