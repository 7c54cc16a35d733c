"""Plants a fault in the reference: a 405 does not say what is allowed."""

from reference.__main__ import main
from reference.problems import ProblemHandler

_default = ProblemHandler.default


def _without_allow(self, request, exception):
    response = _default(self, request, exception)
    response.headers.pop("allow", None)
    return response


ProblemHandler.default = _without_allow
raise SystemExit(main())
