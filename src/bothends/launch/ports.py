"""A port for a target: nobody listens there, and no other bothends gives it to a target of its own meanwhile."""

from __future__ import annotations

import contextlib
import errno
import random
import socket
from typing import TYPE_CHECKING

from bothends.errors import MachineError

if TYPE_CHECKING:
    from collections.abc import Iterator

# Below the ports that systems give to outgoing connections, one of which could take it meanwhile,
# and above those that browsers and `fetch` refuse to connect to.
_PORTS = range(11_000, 32_000)
_TRIES = 100

# A target listens some time after its port was chosen. Till then, a UDP port of the loopback stands for its TCP port:
# it can be had once on a machine, and it is free again however its owner ends. No target uses one of these.
_RESERVED = 32_768
_LOOPBACK = "127.0.0.1"


@contextlib.contextmanager
def reserved_port(host: str) -> Iterator[int]:
    """Choose a free port, and keep it from others that choose one like this while the body runs.

    Args:
        host: The address that the target listens on.

    Raises:
        MachineError: No port is free.
        OSError: The process, or the system, may open no further file.
    """
    chosen = random.SystemRandom()
    problem: OSError | None = None
    for _ in range(_TRIES):
        port = chosen.choice(_PORTS)
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as reservation:
            try:
                reservation.bind((_LOOPBACK, port + _RESERVED))
                _check_free(host, port)
            except OSError as error:
                if error.errno in {errno.EMFILE, errno.ENFILE}:
                    raise
                problem = error
                continue
            yield port
            return
    raise MachineError(f"{host} has no free port for the target: {problem}.", advice="Check [world] host.")


def _check_free(host: str, port: int) -> None:
    """Raise an `OSError` where somebody listens on a port, or where the host is none of this machine."""
    with socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET, socket.SOCK_STREAM) as sock:
        sock.bind((host, port))
