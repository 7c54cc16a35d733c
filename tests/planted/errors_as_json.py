"""Plants a fault in the reference: its errors are `application/json`, not problem details."""

from reference import app

_respond = app.respond


def _as_json(answer, **headers):
    response = _respond(answer, **headers)
    response.content_type = "application/json"
    return response


app.respond = _as_json
app.main()
