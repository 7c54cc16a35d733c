"""Keeps the processes of the tests on this machine: a connection that leads elsewhere is refused, and fails its test.

What the tests start is not seen by this: `make offline` runs all of it where no other machine can be reached.
"""

from __future__ import annotations

import sys
from ipaddress import ip_address
from typing import Any

_EVENTS = frozenset({"socket.connect", "socket.sendto", "socket.sendmsg"})
_tried: list[str] = []


def begin() -> None:
    """Refuse from now on; there is no way back (PEP 578)."""
    sys.addaudithook(_hook)


def tried() -> list[str]:
    """Return where connections were to go since this was last asked."""
    found = _tried.copy()
    _tried.clear()
    return found


def is_here(address: Any) -> bool:
    """Return whether a socket's address is on this machine, or leaves open where it is."""
    if not isinstance(address, tuple) or not address or not isinstance(address[0], str):
        return True  # a path, or none at all: a socket that is connected already
    host = address[0].partition("%")[0]
    if host in {"", "localhost"}:
        return True
    try:
        found = ip_address(host)
    except ValueError:
        return False  # a name, which a name server would be asked for
    return found.is_loopback or found.is_unspecified


def _hook(event: str, arguments: tuple[Any, ...], events: frozenset[str] = _EVENTS) -> None:
    # Python takes the names of a module away as it ends, and calls this for what is closed then.
    if event in events and not is_here(arguments[1]):
        _tried.append(str(arguments[1]))
        raise ConnectionRefusedError(f"tests stay on this machine: {arguments[1]}")
