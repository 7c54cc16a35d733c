"""Plants a fault in the reference: `ts` is in seconds, not in milliseconds."""

from reference.app import main
from reference.contract import Contract

_event = Contract.event


def _in_seconds(self, values):
    return _event(self, {**values, "clock.ms": values["clock.ms"] // 1000})


Contract.event = _in_seconds
main()
