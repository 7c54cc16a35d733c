"""The table of session states. Each is a file of its own; here is its one line."""

from bothends.world.registry import Registry
from bothends.world.sessions.states.another_secret import AnotherSecret
from bothends.world.sessions.states.empty import Empty
from bothends.world.sessions.states.expired import Expired
from bothends.world.sessions.states.garbage import Garbage
from bothends.world.sessions.states.signed_in import SignedIn, SignedInAs
from bothends.world.sessions.states.signed_out import SignedOut
from bothends.world.sessions.states.state import SessionState
from bothends.world.sessions.states.tampered import Tampered

SESSION_STATES: Registry[type[SessionState]] = Registry(
    "session state",
    lambda state: state.pattern,
    SignedIn,
    SignedInAs,
    SignedOut,
    Expired,
    AnotherSecret,
    Tampered,
    Garbage,
    Empty,
)
