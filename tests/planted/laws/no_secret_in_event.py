"""Plants a fault in the reference: the event carries the event key, for whoever consumes it to see."""

import os

from reference.__main__ import main
from reference.event import EventBuilder

_build = EventBuilder.build


def _with_key(self, values):
    event = _build(self, values)
    event["data"] = {**event["data"], "key": os.environ["INNGEST_EVENT_KEY"]}
    return event


EventBuilder.build = _with_key
raise SystemExit(main())
