"""Plants a fault in the reference: the settings of the first request serve all later ones."""

from reference.__main__ import main
from reference.settings import SettingsClient

_get = SettingsClient.get
_kept = {}


async def _get_once(self):
    if "settings" not in _kept:
        _kept["settings"] = await _get(self)
    return _kept["settings"]


SettingsClient.get = _get_once
raise SystemExit(main())
