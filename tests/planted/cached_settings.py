"""Plants a fault in the reference: the settings of the first request serve all later ones."""

from reference.app import main
from reference.upstreams import Upstreams

_settings = Upstreams.settings
_kept = {}


async def _get_once(self):
    if "settings" not in _kept:
        _kept["settings"] = await _settings(self)
    return _kept["settings"]


Upstreams.settings = _get_once
main()
