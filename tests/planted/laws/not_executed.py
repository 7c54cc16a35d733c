"""Plants a fault in the reference: a length is read as Python reads numbers, with a plus before it too."""

from reference.app import Connection, main

_data_received = Connection.data_received


def _read_leniently(self, data):
    _data_received(self, data.replace(b"\r\nContent-Length: +", b"\r\nContent-Length: "))


Connection.data_received = _read_leniently
main()
