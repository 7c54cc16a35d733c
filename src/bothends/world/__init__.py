"""The world around the target: sessions, upstreams and the ingest, on real sockets, with their faults."""

from bothends.world.faults import INGEST
from bothends.world.http import Reply
from bothends.world.identities import test_user
from bothends.world.states import MODULES, made, made_together, read
from bothends.world.world import World

__all__ = ["INGEST", "MODULES", "Reply", "World", "made", "made_together", "read", "test_user"]
