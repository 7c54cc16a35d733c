"""Plants a fault in the reference: a header that would override the method is a failure of the server."""

from reference.app import Route, main

_answer = Route.answer


async def _crash(self, request):
    if "x-http-method-override" in request.headers:
        raise ValueError("what is it to be?")
    return await _answer(self, request)


Route.answer = _crash
main()
