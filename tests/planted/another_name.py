"""Plants a fault in the reference: the user is kept where concurrent requests overwrite it."""

from reference.__main__ import main
from reference.app import Route
from reference.event import USER, EventBuilder

_build, _work = EventBuilder.build, Route._work
_current = {}


async def _remember(self, user):
    _current["user"] = user
    return await _work(self, user)


def _build_for_the_last(self, values):
    return _build(self, {**values, USER: _current["user"]})


Route._work = _remember
EventBuilder.build = _build_for_the_last
raise SystemExit(main())
