"""Plants a fault in the reference: problem details say 400, whatever the HTTP status is."""

from reference import app
from reference.__main__ import main

_problem = app.problem


def _always_400(answer):
    response = _problem(answer)
    response.body = response.body.replace(f'"status":{answer.status}'.encode(), b'"status":400')
    return response


app.problem = _always_400
raise SystemExit(main())
