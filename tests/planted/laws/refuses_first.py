"""Plants a fault in the reference: the settings are read before anyone asks who is there."""

from reference.app import Route, main

_answer = Route.answer


async def _read_first(self, request):
    await self.upstreams.settings()
    return await _answer(self, request)


Route.answer = _read_first
main()
