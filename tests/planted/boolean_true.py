"""Plants a fault in the reference: it answers `true`, the boolean, for `"true"`, the string."""

from reference.app import Route, main

_work = Route.work


async def _answer(self, user):
    answer = await _work(self, user)
    if answer.status == 200:
        answer.body = b'{"success":true}'
    return answer


Route.work = _answer
main()
