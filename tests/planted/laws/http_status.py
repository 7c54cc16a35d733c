"""Plants a fault in the reference: nobody looks whether a request says which host it is for."""

from reference import app
from reference.__main__ import main


async def _look_at_nothing(request):
    del request


app.check_head = _look_at_nothing
raise SystemExit(main())
