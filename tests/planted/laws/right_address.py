"""Plants a fault in the reference: the event goes to another path than the callback names."""

from reference.app import main
from reference.upstreams import Upstreams

_init = Upstreams.__init__


def _init_with_another(self, *arguments):
    _init(self, *arguments)
    self._event_url = self._event_url.replace("/e/", "/events/")


Upstreams.__init__ = _init_with_another
main()
