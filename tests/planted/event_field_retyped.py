"""Plants a fault in the reference: `features` in the event is a list of names, not a map of booleans."""

from reference.app import main
from reference.contract import Contract

_event = Contract.event


def _retyped(self, values):
    event = _event(self, values)
    settings = event["data"]["appSettings"]
    event["data"]["appSettings"] = {**settings, "features": list(settings["features"])}
    return event


Contract.event = _retyped
main()
