"""HTTP/1.1 as the world speaks it: on raw sockets, so that a fault can be one on the wire."""

from bothends.world.wire.connection import Connection, Service
from bothends.world.wire.listener import Listener
from bothends.world.wire.message import Received, Reply
from bothends.world.wire.reader import BODY_LIMIT, HEADERS_LIMIT

__all__ = ["BODY_LIMIT", "HEADERS_LIMIT", "Connection", "Listener", "Received", "Reply", "Service"]
