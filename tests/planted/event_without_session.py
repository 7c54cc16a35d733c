"""Plants a fault in the reference: a caller without a session is refused, and an event is sent all the same."""

from reference.__main__ import main
from reference.app import Route
from reference.session import NoSessionError, Sessions

_answer, _user = Route.answer, Sessions.user


async def _send_first(self, request):
    try:
        _user(self._sessions, request.headers.getall("cookie", []))
    except NoSessionError:
        await self._work({"name": None, "email": None, "image": None})
    return await _answer(self, request)


Route.answer = _send_first
raise SystemExit(main())
