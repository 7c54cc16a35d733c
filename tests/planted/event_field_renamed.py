"""Plants a fault in the reference: in the event's `data`, `appSettings` is called `settings`."""

from reference.app import main
from reference.contract import Contract

_event = Contract.event


def _renamed(self, values):
    event = _event(self, values)
    event["data"]["settings"] = event["data"].pop("appSettings")
    return event


Contract.event = _renamed
main()
