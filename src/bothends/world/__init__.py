"""The world around the target: sessions, upstreams and the ingest, on real sockets, with their faults."""

from bothends.world.faults import INGEST
from bothends.world.people import person
from bothends.world.states import StateInfo, all_states, parse_state, parse_states
from bothends.world.wire import Reply
from bothends.world.world import World

__all__ = ["INGEST", "Reply", "StateInfo", "World", "all_states", "parse_state", "parse_states", "person"]
