"""Plants a fault in the reference: the user is kept where concurrent requests overwrite it."""

from reference.app import Route, main
from reference.contract import Contract

_event, _work = Contract.event, Route.work
_current = {}


async def _remember(self, user):
    _current["user"] = user
    return await _work(self, user)


def _event_for_the_last(self, values):
    return _event(self, {**values, "session.user": _current["user"]})


Route.work = _remember
Contract.event = _event_for_the_last
main()
