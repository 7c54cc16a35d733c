"""HTTP/1.1 as the mock speaks it: a strict server, and a client that keeps its connections."""

from bothends.mock.wire.client import BrokenError, HttpClient, Response
from bothends.mock.wire.destinations import Destinations, NotSentError, UnreachableError, is_of_this_machine
from bothends.mock.wire.head import BODY_LIMIT, Message, RefusedError, Reply
from bothends.mock.wire.server import HttpServer

__all__ = [
    "BODY_LIMIT",
    "BrokenError",
    "Destinations",
    "HttpClient",
    "HttpServer",
    "Message",
    "NotSentError",
    "RefusedError",
    "Reply",
    "Response",
    "UnreachableError",
    "is_of_this_machine",
]
