"""Plants a fault in the reference: `appSettings` stands at the top level of the event, not in `data`."""

from reference.__main__ import main
from reference.event import EventBuilder

_build = EventBuilder.build


def _at_top(self, values):
    event = _build(self, values)
    event["appSettings"] = event.pop("data")["appSettings"]
    return event


EventBuilder.build = _at_top
raise SystemExit(main())
