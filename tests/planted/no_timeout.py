"""Plants a fault in the reference: it waits for the ingest for as long as that takes."""

from reference.__main__ import main
from reference.ingest import IngestClient

_init = IngestClient.__init__


def _without_timeout(self, contract, base_url, event_key, timeout):
    _init(self, contract, base_url, event_key, 3600.0)


IngestClient.__init__ = _without_timeout
raise SystemExit(main())
