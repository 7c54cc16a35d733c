"""Plants a fault in the reference: the user's name stands at the top level of the event, not in `user`."""

from reference.__main__ import main
from reference.event import EventBuilder

_build = EventBuilder.build


def _moved(self, values):
    event = _build(self, values)
    event["user"] = dict(event["user"])
    event["userName"] = event["user"].pop("name")
    return event


EventBuilder.build = _moved
raise SystemExit(main())
