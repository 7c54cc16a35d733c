"""Plants a fault in the reference: a number at the edge of what a double can hold is answered 418."""

from sanic.response import HTTPResponse

from reference import body
from reference.__main__ import main
from reference.app import Route
from reference.body import RefusedError

_loads, _refuse = body.json_text.loads, Route._refuse


def _look(data):
    if b"e+308" in data:
        raise RefusedError("teapot")
    return _loads(data)


def _answer_418(self, request, family):
    if family == "teapot":
        return HTTPResponse(b"{}", 418, content_type="application/problem+json")
    return _refuse(self, request, family)


body.json_text.loads = _look
Route._refuse = _answer_418
raise SystemExit(main())
