"""Plants a fault in the reference: the event's user has the session's subject in it, which the schema forbids."""

from reference.app import main
from reference.contract import Contract

_event = Contract.event


def _with_subject(self, values):
    event = _event(self, values)
    event["user"] = {**event["user"], "sub": "user-1"}
    return event


Contract.event = _with_subject
main()
