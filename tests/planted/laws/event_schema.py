"""Plants a fault in the reference: the event's user has the session's subject in it, which the schema forbids."""

from reference.__main__ import main
from reference.event import EventBuilder

_build = EventBuilder.build


def _with_subject(self, values):
    event = _build(self, values)
    event["user"] = {**event["user"], "sub": "user-1"}
    return event


EventBuilder.build = _with_subject
raise SystemExit(main())
