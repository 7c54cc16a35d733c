"""The states that a caller's session can be in, each registered where it is defined."""

from bothends.world.sessions.states.registry import SESSION_STATES
from bothends.world.sessions.states.state import SessionState

__all__ = ["SESSION_STATES", "SessionState"]
