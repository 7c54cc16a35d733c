"""Plants a fault in the reference: `appSettings` stands at the top level of the event, not in `data`."""

from reference.app import main
from reference.contract import Contract

_event = Contract.event


def _at_top(self, values):
    event = _event(self, values)
    event["appSettings"] = event.pop("data")["appSettings"]
    return event


Contract.event = _at_top
main()
