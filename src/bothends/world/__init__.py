"""The world around the target: sessions, upstreams and the ingest, on real sockets, with their faults."""

from bothends.world.faults import FAULTS, INGEST, Fault
from bothends.world.faults.base import FaultContext, fault, whole_number
from bothends.world.http import Connection, Listener, Received, Reply, origin_form
from bothends.world.identities import test_user
from bothends.world.ingests.base import Ingest, Item, Occasion, Reception
from bothends.world.ingests.service import Teller
from bothends.world.sessions.base import Caller, Cookies, Part, Session, SessionState, UserState, session_state
from bothends.world.sessions.callers import Callers
from bothends.world.sessions.reading import CallerRequest, Known, cookies_of
from bothends.world.sessions.sealed import Issuer, SealedState
from bothends.world.states import MODULES, made, made_together, read
from bothends.world.world import World, own_urls

__all__ = [
    "FAULTS",
    "INGEST",
    "MODULES",
    "Caller",
    "CallerRequest",
    "Callers",
    "Connection",
    "Cookies",
    "Fault",
    "FaultContext",
    "Ingest",
    "Issuer",
    "Item",
    "Known",
    "Listener",
    "Occasion",
    "Part",
    "Received",
    "Reception",
    "Reply",
    "SealedState",
    "Session",
    "SessionState",
    "Teller",
    "UserState",
    "World",
    "cookies_of",
    "fault",
    "made",
    "made_together",
    "origin_form",
    "own_urls",
    "read",
    "session_state",
    "test_user",
    "whole_number",
]
