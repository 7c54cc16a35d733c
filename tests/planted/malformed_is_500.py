"""Plants a fault in the reference: a body that is not JSON is a failure of the server."""

from reference import app
from reference.__main__ import main
from reference.body import RefusedError

_take_body = app.take_body


async def _crash(request, operation):
    try:
        await _take_body(request, operation)
    except RefusedError as refusal:
        if refusal.family == "malformed-body":
            raise ValueError("no JSON") from refusal
        raise


app.take_body = _crash
raise SystemExit(main())
