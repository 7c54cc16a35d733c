"""Plants a fault in the reference: the user's name stands at the top level of the event, not in `user`."""

from reference.app import main
from reference.contract import Contract

_event = Contract.event


def _moved(self, values):
    event = _event(self, values)
    event["user"] = dict(event["user"])
    event["userName"] = event["user"].pop("name")
    return event


Contract.event = _moved
main()
