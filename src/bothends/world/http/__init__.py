"""HTTP/1.1 as the world and the mock speak it: on raw sockets, so that a fault can be one on the wire."""

from bothends.world.http.connection import Connection, Service
from bothends.world.http.listener import Listener
from bothends.world.http.message import BODY_LIMIT, HEADERS_LIMIT, Received, Reply
from bothends.world.http.strict import origin_form

__all__ = ["BODY_LIMIT", "HEADERS_LIMIT", "Connection", "Listener", "Received", "Reply", "Service", "origin_form"]
