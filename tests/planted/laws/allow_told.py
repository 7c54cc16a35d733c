"""Plants a fault in the reference: a 405 does not say what is allowed."""

from reference import app

_respond = app.respond


def _without_allow(answer, **_headers):
    return _respond(answer)


app.respond = _without_allow
app.main()
