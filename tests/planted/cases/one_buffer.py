"""Plants a fault in the reference: all bodies are read into one buffer."""

from reference import body
from reference.__main__ import main

_buffer = bytearray()


async def _read(request, limit):
    stream = request.stream
    if not stream.request_body:
        return b""
    stream.request_max_size = limit
    _buffer.clear()
    while stream.request_body:
        _buffer.extend(await stream.read() or b"")
    return bytes(_buffer)


body._read = _read
raise SystemExit(main())
