"""Plants a fault in the reference: in the event's `data`, `appSettings` is called `settings`."""

from reference.__main__ import main
from reference.event import EventBuilder

_build = EventBuilder.build


def _renamed(self, values):
    event = _build(self, values)
    event["data"]["settings"] = event["data"].pop("appSettings")
    return event


EventBuilder.build = _renamed
raise SystemExit(main())
