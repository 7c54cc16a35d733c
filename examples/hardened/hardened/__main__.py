"""Runs the hardened endpoint: `python -m hardened`."""

from __future__ import annotations

import logging
import os
import socket
import sys
from contextlib import ExitStack
from typing import TYPE_CHECKING, Any

from hardened.app import build
from hardened.configuration import Configuration, ConfigurationError, read
from hardened.connection import Connection
from hardened.document import SpecError
from hardened.spec import read as read_spec

if TYPE_CHECKING:
    from sanic import Sanic

USAGE_ERROR = 2


def main() -> int:
    """Serve until SIGTERM or SIGINT, then finish what is in flight.

    Returns:
        Exit code: 0 after a signal, 2 when the configuration or the contract is wrong.
    """
    logging.basicConfig(level=logging.WARNING, format="%(levelname)s %(name)s: %(message)s")
    try:
        configuration = read(os.environ)
        spec = read_spec(configuration.spec_file)
        listener = _bind(configuration)
        app = build(configuration, spec)
    except (ConfigurationError, SpecError) as error:
        sys.stderr.write(f"hardened: {error}\n")
        return USAGE_ERROR
    host, port = listener.getsockname()[:2]

    async def say_ready(_app: Sanic[Any, Any]) -> None:
        sys.stdout.write(f"hardened: listening on http://{f'[{host}]' if ':' in host else host}:{port}\n")
        sys.stdout.flush()

    app.after_server_start(say_ready)
    app.run(sock=listener, single_process=True, protocol=Connection, access_log=False, motd=False, backlog=1024)
    return 0


def _bind(configuration: Configuration) -> socket.socket:
    """Return a socket that does not listen yet, so that no request comes before the endpoint is ready."""
    where = f"{configuration.host}:{configuration.port}"
    try:
        family, kind, protocol, _, address = socket.getaddrinfo(
            configuration.host, configuration.port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE
        )[0]
        with ExitStack() as stack:
            listener = stack.enter_context(socket.socket(family, kind, protocol))
            listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            listener.bind(address)
            stack.pop_all()
    except OSError as error:
        raise ConfigurationError(f"can't listen on {where}: {error.strerror}") from error
    return listener


if __name__ == "__main__":
    sys.exit(main())
