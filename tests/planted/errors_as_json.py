"""Plants a fault in the reference: its errors are `application/json`, not problem details."""

from reference import app
from reference.__main__ import main

_problem = app.problem


def _as_json(answer):
    response = _problem(answer)
    response.content_type = "application/json"
    return response


app.problem = _as_json
raise SystemExit(main())
