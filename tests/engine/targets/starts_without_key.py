"""The reference, but it starts without an event key: the ingest refuses what it sends, and so does it."""

from reference import configuration
from reference.__main__ import main

_required = configuration._required


def _required_but_for_the_key(given, name):
    return given.get(name, "") if name == "INNGEST_EVENT_KEY" else _required(given, name)


configuration._required = _required_but_for_the_key
raise SystemExit(main())
