"""Plants a fault in the reference: the event contains the event key, where every consumer sees it."""

import os

from reference.app import main
from reference.contract import Contract

_event = Contract.event


def _with_key(self, values):
    event = _event(self, values)
    event["data"] = {**event["data"], "key": os.environ["INNGEST_EVENT_KEY"]}
    return event


Contract.event = _with_key
main()
