"""The reference, but at SIGTERM it waits for connections alone: the work of clients that have gone is dropped."""

from reference.__main__ import main
from reference.app import Route


class _Forgets(set):
    def add(self, _work):
        pass


_init = Route.__init__


def _forgetting(self, *arguments):
    _init(self, *arguments)
    self.at_work = _Forgets()


Route.__init__ = _forgetting
raise SystemExit(main())
