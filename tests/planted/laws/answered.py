"""Plants a fault in the reference: a body that is not JSON makes it drop the connection."""

from reference.app import DeclaredError, Route, main

_check_body = Route.check_body


def _drop(self, request):
    try:
        _check_body(self, request)
    except DeclaredError as refusal:
        if refusal.family == "malformed-body":
            request.transport.abort()
        raise


Route.check_body = _drop
main()
