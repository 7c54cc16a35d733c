"""Calling upstreams: one attempt over HTTP, and what can become of it.

    UpstreamError
    ├── WrongAnswerError    it answered, but wrongly
    │   └── BrokenError     the answer broke off, or never came: the connection's fault, maybe
    ├── UnreachableError    no connection to it could be made
    └── TimedOutError       it did not answer in time

No message holds an address: the ingest's has the event key in it.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar, Self

import aiohttp

if TYPE_CHECKING:
    from types import TracebackType

LONGEST_ANSWER = 1 << 20
"""The longest answer that is read, bytes."""


class UpstreamError(Exception):
    """An upstream did not do what was asked of it.

    Attributes:
        family: What the contract calls it (`x-given`).
    """

    family: ClassVar[str] = "upstream-wrong"


class WrongAnswerError(UpstreamError):
    """It answered, but wrongly."""


class BrokenError(WrongAnswerError):
    """The connection ended before the answer did."""


class UnreachableError(UpstreamError):
    """No connection to it could be made."""

    family = "upstream-unreachable"


class TimedOutError(UpstreamError):
    """It did not answer in time."""

    family = "upstream-timeout"


@dataclass(frozen=True, slots=True)
class UpstreamAnswer:
    """A complete answer.

    Attributes:
        status: HTTP status.
        body: Its body.
    """

    status: int
    body: bytes


class Upstream:
    """A client of one upstream: an asynchronous context manager that keeps its connections open.

    Attributes:
        timeout: How long a call may take, attempts and pauses included, seconds.
    """

    def __init__(self, method: str, url: str, timeout: float) -> None:
        """Take the upstream's address; no connection is made yet.

        Args:
            method: HTTP method of all calls.
            url: Where all calls go.
            timeout: How long a call may take, attempts and pauses included, seconds.
        """
        self.timeout = timeout
        self._method = method
        self._url = url
        self._session: aiohttp.ClientSession | None = None

    async def __aenter__(self) -> Self:
        self._session = aiohttp.ClientSession(
            connector=aiohttp.TCPConnector(limit=0),
            # Calls have a deadline as a whole instead: aiohttp's are for single steps too.
            timeout=aiohttp.ClientTimeout(total=None, sock_connect=None),
            # A cookie that an upstream sets is nothing to send along with another caller's request.
            cookie_jar=aiohttp.DummyCookieJar(),
            # Asked for as it is, and never unpacked: a small answer can't become a big one.
            headers={"Accept-Encoding": "identity"},
            auto_decompress=False,
        )
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._session is not None:
            await self._session.close()

    async def attempt(self, body: bytes | None = None, headers: dict[str, str] | None = None) -> UpstreamAnswer:
        """Make one request and read the whole answer; redirects are not followed.

        Raises:
            UpstreamError: There is no complete answer.
        """
        if self._session is None:
            raise RuntimeError("enter the client first")
        request = self._session.request(self._method, self._url, data=body, headers=headers, allow_redirects=False)
        try:
            async with request as answer:
                return UpstreamAnswer(answer.status, await _read(answer))
        except aiohttp.ClientSSLError as error:
            raise WrongAnswerError("it can't be trusted") from error
        except aiohttp.ClientConnectorError as error:
            raise UnreachableError("it can't be reached") from error
        except (aiohttp.ClientOSError, aiohttp.ServerDisconnectedError, aiohttp.ClientPayloadError) as error:
            raise BrokenError("the connection broke") from error
        except (aiohttp.ClientError, ValueError) as error:
            raise WrongAnswerError("no HTTP answer") from error


async def _read(answer: aiohttp.ClientResponse) -> bytes:
    body = bytearray()
    async for part in answer.content.iter_any():
        body += part
        if len(body) > LONGEST_ANSWER:
            raise WrongAnswerError("the answer is too long")
    return bytes(body)
