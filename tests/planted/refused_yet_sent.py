"""Plants a fault in the reference: a body that the schema forbids is answered 422, after the event was sent."""

from reference.app import Route, main

_answer = Route.answer


async def _send_when_invalid(self, request):
    answer = await _answer(self, request)
    if answer.status == 422:
        await self.work(self.sessions.user(request.cookies))
    return answer


Route.answer = _send_when_invalid
main()
