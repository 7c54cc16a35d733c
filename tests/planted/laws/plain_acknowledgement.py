"""Plants a fault in the reference: any 2xx of the ingest is taken for an acknowledgement."""

from reference.__main__ import main
from reference.ingest import IngestClient

_acknowledged = IngestClient._acknowledged
IngestClient._acknowledged = lambda self, answer: "" if 200 < answer.status < 300 else _acknowledged(self, answer)
raise SystemExit(main())
