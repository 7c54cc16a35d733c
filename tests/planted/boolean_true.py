"""Plants a fault in the reference: it answers `true`, the boolean, for `"true"`, the string."""

from reference.__main__ import main
from reference.app import Route

_work = Route._work


async def _answer(self, user):
    answer = await _work(self, user)
    if answer.status == 200:
        answer.body = b'{"success":true}'
    return answer


Route._work = _answer
raise SystemExit(main())
