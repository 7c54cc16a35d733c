"""Plants a fault in the reference: the body of a request with an unknown coding is read as the next request."""

from reference.app import Connection, main

_FRAMING = (b"Transfer-Encoding:", b"Content-Length:")
_data_received = Connection.data_received


def _without_body(self, data):
    if b"Transfer-Encoding: xchunked\r\n" in data:
        head, _, body = data.partition(b"\r\n\r\n")
        # What begins with the last chunk ends there: what follows is a request of its own.
        kept = [line for line in head.split(b"\r\n") if not line.startswith(_FRAMING)]
        data = b"\r\n".join(kept) + b"\r\n\r\n" + body.removeprefix(b"0\r\n\r\n")
    _data_received(self, data)


Connection.data_received = _without_body
main()
