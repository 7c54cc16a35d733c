"""Plants a fault in the reference: the redirects of an upstream are followed."""

import aiohttp

from reference.app import main

_request = aiohttp.ClientSession.request


def _following(self, method, url, **more):
    return _request(self, method, url, **{**more, "allow_redirects": True})


aiohttp.ClientSession.request = _following
main()
