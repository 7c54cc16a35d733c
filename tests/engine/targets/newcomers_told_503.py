"""The reference, but what comes after SIGTERM is told that it is ending, when its event has been sent."""

from reference import app
from reference.__main__ import main
from reference.app import HTTPResponse, Route

_add_lifecycle, _answer = app._add_lifecycle, Route.answer
_ending = []
# So long are connections kept that were there before.
app._LAST_CALL = 0.35


def _add_refusal(sanic, route):
    async def note(_app):
        _ending.append(True)

    _add_lifecycle(sanic, route)
    sanic.before_server_stop(note)


async def _refuse_newcomers(self, request):
    late = bool(_ending)
    answer = await _answer(self, request)
    return HTTPResponse(b"", 503) if late else answer


app._add_lifecycle, Route.answer = _add_refusal, _refuse_newcomers
raise SystemExit(main())
