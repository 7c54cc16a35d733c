"""Plants a fault in the reference: the caller's cookies are passed on to the upstreams."""

from contextvars import ContextVar

from reference.__main__ import main
from reference.app import Route
from reference.upstream import Upstream

_answer, _attempt = Route.answer, Upstream.attempt
_cookie: ContextVar[str] = ContextVar("cookie", default="")


async def _remember(self, request):
    _cookie.set(request.headers.get("cookie", ""))
    return await _answer(self, request)


async def _with_cookie(self, body=None, headers=None):
    return await _attempt(self, body, {**(headers or {}), "Cookie": _cookie.get()})


Route.answer = _remember
Upstream.attempt = _with_cookie
raise SystemExit(main())
