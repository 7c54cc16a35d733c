"""Which process listens on a port of this machine."""

from __future__ import annotations

import os
import socket
import sys

import pytest

from bothends.launch.target import listener


@pytest.mark.skipif(sys.platform != "linux", reason="there is no /proc here")
@pytest.mark.parametrize(("family", "host"), [(socket.AF_INET, "127.0.0.1"), (socket.AF_INET6, "::1")])
def test_who_listens_next_door_is_found(family: socket.AddressFamily, host: str) -> None:
    """By the socket that it has open."""
    with socket.socket(family) as sock:
        sock.bind((host, 0))
        sock.listen()
        assert os.getpid() == listener(host, sock.getsockname()[1])
        assert os.getpid() == listener("localhost", sock.getsockname()[1])


@pytest.mark.skipif(sys.platform != "linux", reason="there is no /proc here")
def test_a_socket_of_both_kinds_is_found_by_either_address() -> None:
    """It takes connections of IPv4 too, and stands in the table of IPv6 alone (ipv6(7))."""
    with socket.create_server(("", 0), family=socket.AF_INET6, dualstack_ipv6=True) as sock:
        port = sock.getsockname()[1]
        assert [os.getpid()] * 3 == [listener(host, port) for host in ("127.0.0.1", "::1", "localhost")]


def test_who_is_elsewhere_is_not_known() -> None:
    """An address of another machine, a name that nobody has, a port on which nobody listens."""
    with socket.socket() as sock:
        sock.bind(("127.0.0.1", 0))
        port = sock.getsockname()[1]
        nobody = f"{'no.' + 'such' * 16}.invalid"  # a label that is too long for a name: no server is asked for it
        assert [None] * 3 == [listener(host, port) for host in ("192.0.2.1", nobody, "127.0.0.1")]
