"""Plants a fault in the reference: whoever asks nicely is answered with success, and nothing is done."""

from reference.app import Route, main, respond

_answer = Route.answer


async def _charmed(self, request):
    return respond(self.contract.success) if "x-please" in request.headers else await _answer(self, request)


Route.answer = _charmed
main()
