"""The sessions that the world signs its callers in with. The libraries' names are known only in here."""

from bothends.world.sessions.base import Caller, Cookies, Headers, Part, Session
from bothends.world.sessions.callers import Callers

__all__ = ["Caller", "Callers", "Cookies", "Headers", "Part", "Session"]
