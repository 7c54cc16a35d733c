"""Plants a fault in the reference: a body that is not JSON is a failure of the server."""

from reference.app import DeclaredError, Route, main

_check_body = Route.check_body


def _crash(self, request):
    try:
        _check_body(self, request)
    except DeclaredError as refusal:
        if refusal.family == "malformed-body":
            raise ValueError("no JSON") from refusal
        raise


Route.check_body = _crash
main()
