"""Plants a fault in the reference: nobody looks whether a request says which host it is for."""

from reference import app


async def _look_at_nothing(request):
    del request


app.check_head = _look_at_nothing
app.main()
