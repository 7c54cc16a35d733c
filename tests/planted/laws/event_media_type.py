"""Plants a fault in the reference: each event is said to be plain text."""

from reference.app import main
from reference.contract import Contract

Contract.event_type = property(lambda _: "text/plain;charset=UTF-8", lambda *_: None)
main()
