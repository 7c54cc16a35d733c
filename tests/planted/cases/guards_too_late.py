"""Plants a fault in the reference: whether the page may ask is looked at in the end, once the event is sent."""

from reference.app import HTTPResponse, Route, main

_answer = Route.answer


async def _guarded(self, request):
    answer = await _answer(self, request)
    if "origin" in request.headers and answer.status == 200:
        return HTTPResponse('{"error": "another origin"}', 403, None, "application/json")
    return answer


Route.answer = _guarded
main()
