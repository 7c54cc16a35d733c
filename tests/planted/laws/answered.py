"""Plants a fault in the reference: a body that is not JSON makes it drop the connection."""

from reference import app
from reference.__main__ import main
from reference.body import RefusedError

_take_body = app.take_body


async def _drop(request, operation):
    try:
        await _take_body(request, operation)
    except RefusedError as refusal:
        if refusal.family == "malformed-body":
            request.transport.abort()
        raise


app.take_body = _drop
raise SystemExit(main())
