"""Plants a fault in the reference: when it starts, it sends an event that nobody has asked for."""

from reference import app

_build = app.build


def _build_with_fault(route):
    sanic = _build(route)

    async def greet(_app):
        nobody = {"name": None, "email": None, "image": None}
        settings = await route.upstreams.settings()
        values = {"clock.ms": 1_800_000_000_000, "session.user": nobody, "upstream.settings": settings}
        await route.upstreams.send(route.contract.event(values))

    sanic.before_server_start(greet)  # once it is ready, the event may come with the first request
    return sanic


app.build = _build_with_fault
app.main()
