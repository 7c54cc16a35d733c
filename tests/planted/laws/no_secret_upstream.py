"""Plants a fault in the reference: the caller's cookies are passed on to the upstreams."""

from contextvars import ContextVar

import aiohttp

from reference.app import Route, main

_answer, _request = Route.answer, aiohttp.ClientSession.request
_cookie: ContextVar[str] = ContextVar("cookie", default="")


async def _remember(self, request):
    _cookie.set(request.headers.get("cookie", ""))
    return await _answer(self, request)


def _with_cookie(self, method, url, *, headers, **more):
    return _request(self, method, url, headers={**headers, "Cookie": _cookie.get()}, **more)


Route.answer = _remember
aiohttp.ClientSession.request = _with_cookie
main()
