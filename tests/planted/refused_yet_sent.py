"""Plants a fault in the reference: a body that the schema forbids is answered 422, after the event was sent."""

from reference.app import DeclaredError, Route, main

_answer, _check_body = Route.answer, Route.check_body


def _note_invalid(self, request):
    try:
        _check_body(self, request)
    except DeclaredError as refusal:
        request.ctx.invalid = refusal.family == "invalid-body"
        raise


async def _send_when_invalid(self, request):
    answer = await _answer(self, request)
    if getattr(request.ctx, "invalid", False):
        await self.work(self.sessions.user(request.cookies))
    return answer


Route.answer, Route.check_body = _send_when_invalid, _note_invalid
main()
