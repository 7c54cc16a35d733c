"""A hostile target: answers that repaint a terminal, turn text round, and hold markup, wherever text can be."""

import json

from tests.hostile.targets.serving import run_answering

_PAINT = (
    "\x1b[2J\x1b[31m\x1b]0;owned\x07\x9b31m\u202e<script>alert(1)</script><img src=x onerror=alert(1)>&amp;\r\x08\x7f"
)
_FIELD = b"\x9b31m\x9b2J<b>red</b>\x85"
_BODY = json.dumps({"success": _PAINT, _PAINT: [_PAINT]}, ensure_ascii=False).encode()


async def _answer(writer, _request):
    writer.write(
        b"HTTP/1.1 200 \x9b31mOK<b>\r\nContent-Type: application/json\r\nX-Paint: "
        + _FIELD
        + b"\r\nContent-Length: %d\r\n\r\n" % len(_BODY)
        + _BODY
    )
    await writer.drain()


run_answering(_answer)
