"""Plants a fault in the reference: the event has no `user`."""

from reference.__main__ import main
from reference.event import EventBuilder

_build = EventBuilder.build


def _without_user(self, values):
    event = _build(self, values)
    del event["user"]
    return event


EventBuilder.build = _without_user
raise SystemExit(main())
