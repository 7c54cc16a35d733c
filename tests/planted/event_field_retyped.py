"""Plants a fault in the reference: `features` in the event is a list of names, not a map of booleans."""

from reference.__main__ import main
from reference.event import EventBuilder

_build = EventBuilder.build


def _retyped(self, values):
    event = _build(self, values)
    settings = event["data"]["appSettings"]
    event["data"]["appSettings"] = {**settings, "features": list(settings["features"])}
    return event


EventBuilder.build = _retyped
raise SystemExit(main())
