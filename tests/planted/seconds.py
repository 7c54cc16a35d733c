"""Plants a fault in the reference: `ts` is in seconds, not in milliseconds."""

from reference.__main__ import main
from reference.event import CLOCK, EventBuilder

_build = EventBuilder.build


def _in_seconds(self, values):
    return _build(self, {**values, CLOCK: values[CLOCK] // 1000})


EventBuilder.build = _in_seconds
raise SystemExit(main())
