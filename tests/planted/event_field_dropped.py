"""Plants a fault in the reference: the event has no `user`."""

from reference.app import main
from reference.contract import Contract

_event = Contract.event


def _without_user(self, values):
    event = _event(self, values)
    del event["user"]
    return event


Contract.event = _without_user
main()
