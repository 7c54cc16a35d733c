"""Plants a fault in the reference: the settings are read for a method that is none of the route's."""

from reference import app

_build = app.build


def _reads_for_other_methods(route):
    built = _build(route)

    async def read(request):
        if request.method == "PATCH":
            await route.upstreams.settings()

    built.add_signal(read, "http.lifecycle.request")
    return built


app.build = _reads_for_other_methods
app.main()
