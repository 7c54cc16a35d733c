"""Plants a fault in the reference: the event goes to another path than the callback names."""

from reference.__main__ import main
from reference.spec import EventContract

_url = EventContract.url
EventContract.url = lambda self, base_url, key: _url(self, base_url, key).replace("/e/", "/events/")
raise SystemExit(main())
