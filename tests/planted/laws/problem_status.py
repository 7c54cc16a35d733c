"""Plants a fault in the reference: problem details say 400, whatever the HTTP status is."""

from reference import app

_respond = app.respond


def _always_400(answer, **headers):
    response = _respond(answer, **headers)
    response.body = response.body.replace(f'"status":{response.status}'.encode(), b'"status":400')
    return response


app.respond = _always_400
app.main()
