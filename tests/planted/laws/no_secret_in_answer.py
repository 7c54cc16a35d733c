"""Plants a fault in the reference: a failure of the ingest is answered with the URL that it called."""

import json
import os

from reference import app

_respond = app.respond


def _with_url(answer, **headers):
    response = _respond(answer, **headers)
    url = f"{os.environ['INNGEST_BASE_URL']}/e/{os.environ['INNGEST_EVENT_KEY']}"
    if response.status >= 400:
        response.body = json.dumps({**json.loads(response.body), "detail": f"POST {url} failed"}).encode()
    return response


app.respond = _with_url
app.main()
