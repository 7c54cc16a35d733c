"""The states that a caller's session can be in: one file each, and one line in `table.py`."""

from bothends.world.sessions.states.state import SessionState
from bothends.world.sessions.states.table import SESSION_STATES

__all__ = ["SESSION_STATES", "SessionState"]
