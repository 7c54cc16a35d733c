"""Plants a fault in the reference: the settings are read before anyone asks who is there."""

from reference.__main__ import main
from reference.app import Route

_answer = Route.answer


async def _read_first(self, request):
    await self._settings.get()
    return await _answer(self, request)


Route.answer = _read_first
raise SystemExit(main())
