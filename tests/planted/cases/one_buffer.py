"""Plants a fault in the reference: all bodies are read into one buffer."""

from reference.app import Request, main

_buffer = bytearray()


async def _receive_body(self):
    _buffer.clear()
    while self.stream.request_body:
        _buffer.extend(await self.stream.read() or b"")
    self.body = bytes(_buffer)


Request.receive_body = _receive_body
main()
