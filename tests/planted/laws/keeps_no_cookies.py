"""Plants a fault in the reference: one jar keeps the cookies of an upstream, for all callers."""

import aiohttp

from reference.app import main

aiohttp.DummyCookieJar = lambda: aiohttp.CookieJar(unsafe=True)
main()
