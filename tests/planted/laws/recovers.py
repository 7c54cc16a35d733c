"""Plants a fault in the reference: once the settings have not answered in time, they are never asked again."""

from reference.__main__ import main
from reference.settings import SettingsClient
from reference.upstream import TimedOutError

_get = SettingsClient.get
_gone = []


async def _give_up_for_good(self):
    if _gone:
        raise TimedOutError("given up")
    try:
        return await _get(self)
    except TimedOutError:
        _gone.append(True)
        raise


SettingsClient.get = _give_up_for_good
raise SystemExit(main())
