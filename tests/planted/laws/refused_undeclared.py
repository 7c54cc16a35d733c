"""Plants a fault in the reference: who wants HTML is answered 406, which the contract does not declare."""

from sanic.response import HTTPResponse

from reference.app import Route, main

_answer = Route.answer


async def _answer_html(self, request):
    if request.headers.get("accept") == "text/html":
        return HTTPResponse(b"{}", 406, content_type="application/problem+json")
    return await _answer(self, request)


Route.answer = _answer_html
main()
