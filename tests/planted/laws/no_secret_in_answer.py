"""Plants a fault in the reference: a failure of the ingest is answered with the URL that it called."""

import json
import os

from reference import app
from reference.__main__ import main

_problem = app.problem


def _with_url(answer):
    response = _problem(answer)
    url = f"{os.environ['INNGEST_BASE_URL']}/e/{os.environ['INNGEST_EVENT_KEY']}"
    response.body = json.dumps({**json.loads(response.body), "detail": f"POST {url} failed"}).encode()
    return response


app.problem = _with_url
raise SystemExit(main())
