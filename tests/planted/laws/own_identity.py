"""Plants a fault in the reference: the event's id is the caller's `X-Request-ID`."""

from contextvars import ContextVar

from reference.__main__ import main
from reference.app import Route
from reference.event import EventBuilder

_answer, _build = Route.answer, EventBuilder.build
_asked: ContextVar[str | None] = ContextVar("asked", default=None)


async def _remember(self, request):
    _asked.set(request.headers.get("x-request-id"))
    return await _answer(self, request)


def _with_the_caller_s_id(self, values):
    event = _build(self, values)
    return {**event, "id": _asked.get() or event["id"]}


Route.answer = _remember
EventBuilder.build = _with_the_caller_s_id
raise SystemExit(main())
