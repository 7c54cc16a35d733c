"""The reference, but once it ends a kept connection when it has served a request over it, without an answer."""

from reference.app import Route, main

_answer = Route.answer
_carried = set()
_ended = []


async def _answer_once(self, request):
    answer = await _answer(self, request)
    transport = request.transport
    if transport in _carried and not _ended:
        _ended.append(transport)
        transport.abort()
    _carried.add(transport)
    return answer


Route.answer = _answer_once
main()
