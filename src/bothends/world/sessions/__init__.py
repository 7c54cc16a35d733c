"""The sessions that the world signs its callers in with. The libraries' names are known only in here."""

from bothends.world.sessions.base import LIFETIME, Caller, Cookies, Headers, Issuer, Part, Session, SessionKind
from bothends.world.sessions.callers import Callers
from bothends.world.sessions.minted import KINDS

__all__ = ["KINDS", "LIFETIME", "Caller", "Callers", "Cookies", "Headers", "Issuer", "Part", "Session", "SessionKind"]
