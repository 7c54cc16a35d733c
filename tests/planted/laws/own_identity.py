"""Plants a fault in the reference: the event's id is the caller's `X-Request-ID`."""

from contextvars import ContextVar

from reference.app import Route, main
from reference.contract import Contract

_answer, _event = Route.answer, Contract.event
_asked: ContextVar[str | None] = ContextVar("asked", default=None)


async def _remember(self, request):
    _asked.set(request.headers.get("x-request-id"))
    return await _answer(self, request)


def _with_the_caller_s_id(self, values):
    event = _event(self, values)
    return {**event, "id": _asked.get() or event["id"]}


Route.answer = _remember
Contract.event = _with_the_caller_s_id
main()
