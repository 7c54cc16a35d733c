"""Plants a fault in the reference: a number at the edge of what a double can hold is answered 418."""

from sanic.exceptions import SanicException

from reference.app import Route, main

_check_body = Route.check_body


def _look(self, request):
    if b"e+308" in request.body:
        raise SanicException(status_code=418)
    _check_body(self, request)


Route.check_body = _look
main()
