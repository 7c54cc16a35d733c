"""Plants a fault in the reference: beyond forty connections, idle ones too, a client is cut off."""

from sanic.server.protocols.http_protocol import HttpProtocol

from reference.app import main

_MOST = 40
_made, _lost = HttpProtocol.connection_made, HttpProtocol.connection_lost
_open = set()


def _connection_made(self, transport):
    _made(self, transport)
    _open.add(self)
    if len(_open) > _MOST:
        transport.abort()


def _connection_lost(self, exc):
    _open.discard(self)
    _lost(self, exc)


HttpProtocol.connection_made, HttpProtocol.connection_lost = _connection_made, _connection_lost
main()
