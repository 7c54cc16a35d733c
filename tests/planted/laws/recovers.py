"""Plants a fault in the reference: once the settings have not answered in time, they are never asked again."""

from reference.app import DeclaredError, main
from reference.upstreams import Upstreams

_settings = Upstreams.settings
_gone = []


async def _give_up_for_good(self):
    if _gone:
        raise DeclaredError("upstream-timeout", "given up")
    try:
        return await _settings(self)
    except DeclaredError as error:
        if error.family == "upstream-timeout":
            _gone.append(True)
        raise


Upstreams.settings = _give_up_for_good
main()
