"""Runs a command where only this machine can be reached: `python -m tests.offline pytest tests`.

The command gets a network namespace of its own with nothing but the loopback interface. So whatever it starts, in any
language, can't reach another machine. What was tried is counted by the kernel, and said at the end: a name that is
looked up at a name server counts as well. Whatever was tried is a failure, though the command may not have noticed;
pytest names the tests that were under way. Linux only; as root, or where users may make namespaces.
"""

from __future__ import annotations

import ctypes
import errno
import fcntl
import os
import re
import socket
import struct
import subprocess
import sys
from pathlib import Path

_NEW_USERS, _NEW_NETWORK = 0x10000000, 0x40000000  # CLONE_NEWUSER, CLONE_NEWNET in sched.h
_GET_FLAGS, _SET_FLAGS, _UP = 0x8913, 0x8914, 0x1  # SIOCGIFFLAGS, SIOCSIFFLAGS in sockios.h; IFF_UP in if.h
_ADD_ADDRESS, _LOOPBACK = 0x8916, 1  # SIOCSIFADDR in sockios.h; the index of `lo` in a new namespace
_ASKED_OF_THE_KERNEL = "2001:4860:4860::8888"
"""Before it looks up any name, Chromium asks the kernel for a way there, and sends nothing: here it is this machine."""
_ELSEWHERE = ("192.0.2.1", 443)  # RFC 5737: no machine has it
_HERE = "BOTHENDS_TESTS_OFFLINE"


def main(command: list[str]) -> int:
    """Run a command; return its exit code, or 1 where it would be 0 though another machine was tried."""
    _leave()
    _raise_loopback()
    _answer_chromium()
    _check()
    before = refused()
    code = subprocess.run(command, check=False, env={**os.environ, _HERE: "1"}).returncode
    tried = refused() - before
    sys.stderr.write(f"offline: {tried:,} attempts to reach another machine, all of them refused\n")
    return code or int(tried > 0)


class Tries:
    """Tells a test run which of its tests was under way when another machine was tried."""

    def __init__(self) -> None:
        """Begin now; outside of such a namespace, nothing is ever told."""
        self._is_here = _HERE in os.environ
        self._before = refused() if self._is_here else 0

    def new(self) -> int:
        """Return how many there were since this was last asked, of all that runs in the namespace."""
        if not self._is_here:
            return 0
        before, self._before = self._before, refused()
        return self._before - before


def refused() -> int:
    """Return how often the kernel had no way to a machine, in this namespace, by IPv4 and by IPv6."""
    names, values = (
        line.split() for line in Path("/proc/self/net/snmp").read_text("ascii").splitlines() if line.startswith("Ip:")
    )
    of_6 = Path("/proc/self/net/snmp6")
    found = re.search(r"^Ip6OutNoRoutes\s+(\d+)", of_6.read_text("ascii"), re.MULTILINE) if of_6.exists() else None
    return int(dict(zip(names, values, strict=True))["OutNoRoutes"]) + (0 if found is None else int(found[1]))


def _leave() -> None:
    """Go into a network namespace of this process's own."""
    user, group = os.getuid(), os.getgid()
    library = ctypes.CDLL(None, use_errno=True)
    if library.unshare(_NEW_NETWORK) == 0:
        return
    if ctypes.get_errno() != errno.EPERM or library.unshare(_NEW_USERS | _NEW_NETWORK) != 0:
        reason = os.strerror(ctypes.get_errno())
        raise SystemExit(f"offline: this machine lets nobody make a network namespace: {reason}; try it as root")
    Path("/proc/self/setgroups").write_text("deny", "ascii")
    Path("/proc/self/uid_map").write_text(f"{user} {user} 1", "ascii")
    Path("/proc/self/gid_map").write_text(f"{group} {group} 1", "ascii")


def _answer_chromium() -> None:
    """Give the loopback interface the address that Chromium asks a way to; where there is no IPv6, it does not ask."""
    if not Path("/proc/net/if_inet6").exists():
        return
    request = struct.pack("16sIi", socket.inet_pton(socket.AF_INET6, _ASKED_OF_THE_KERNEL), 128, _LOOPBACK)
    with socket.socket(socket.AF_INET6, socket.SOCK_DGRAM) as sock:
        fcntl.ioctl(sock, _ADD_ADDRESS, request)


def _raise_loopback() -> None:
    """Switch the loopback interface on: in a new namespace, it is off."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as any_socket:
        request = bytearray(struct.pack("16sh22x", b"lo", 0))
        fcntl.ioctl(any_socket, _GET_FLAGS, request)
        (flags,) = struct.unpack_from("h", request, 16)
        fcntl.ioctl(any_socket, _SET_FLAGS, struct.pack("16sh22x", b"lo", flags | _UP))


def _check() -> None:
    """Make sure that it holds: this machine is reached, and no other."""
    with socket.create_server(("127.0.0.1", 0)) as here, socket.create_connection(here.getsockname()[:2]):
        pass
    try:
        socket.create_connection(_ELSEWHERE, 5).close()
    except OSError as error:
        if error.errno == errno.ENETUNREACH:
            return
    raise SystemExit("offline: other machines can still be reached")


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
