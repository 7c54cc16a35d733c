"""HTTP/1.1 as the mock speaks it: a strict server, and a client that keeps its connections."""

from bothends.mock.wire.client import BrokenError, HttpClient, Response, UnreachableError
from bothends.mock.wire.head import BODY_LIMIT, Message, RefusedError, Reply
from bothends.mock.wire.server import HttpServer

__all__ = [
    "BODY_LIMIT",
    "BrokenError",
    "HttpClient",
    "HttpServer",
    "Message",
    "RefusedError",
    "Reply",
    "Response",
    "UnreachableError",
]
