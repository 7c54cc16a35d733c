"""Plants a fault in the reference: a caller without a session is refused, and an event is sent all the same."""

from reference.app import DeclaredError, Route, main

_answer = Route.answer


async def _send_first(self, request):
    try:
        self.sessions.user(request.cookies)
    except DeclaredError:
        await self.work({"name": None, "email": None, "image": None})
    return await _answer(self, request)


Route.answer = _send_first
main()
