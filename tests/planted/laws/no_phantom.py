"""Plants a fault in the reference: when it starts, it sends an event that nobody has asked for."""

from uuid import uuid4

from reference import app
from reference.__main__ import main
from reference.event import CLOCK, SETTINGS, USER

_add_lifecycle = app._add_lifecycle


def _add_greeting(sanic, route):
    _add_lifecycle(sanic, route)

    async def greet(_app):
        nobody = {"name": None, "email": None, "image": None}
        values = {CLOCK: 1_800_000_000_000, USER: nobody, SETTINGS: await route._settings.get()}
        await route._ingest.send({**route._event.build(values), "id": str(uuid4())})

    sanic.after_server_start(greet)


app._add_lifecycle = _add_greeting
raise SystemExit(main())
