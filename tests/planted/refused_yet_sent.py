"""Plants a fault in the reference: a body that the schema forbids is answered 422, after the event was sent."""

from reference import app
from reference.__main__ import main
from reference.app import Route
from reference.body import RefusedError

_take_body, _answer = app.take_body, Route.answer
_routes = []


async def _remember_route(self, request):
    _routes[:] = [self]
    return await _answer(self, request)


async def _send_when_invalid(request, operation):
    try:
        await _take_body(request, operation)
    except RefusedError as refusal:
        if refusal.family == "invalid-body":
            route = _routes[0]
            await route._work(route._sessions.user(request.headers.getall("cookie", [])))
        raise


Route.answer = _remember_route
app.take_body = _send_when_invalid
raise SystemExit(main())
