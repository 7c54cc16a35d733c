"""Two cookies of one name: which of them counts is the reader's choice (RFC 6265 section 4.2.2)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from bothends.world.sessions.states.registry import session_state
from bothends.world.sessions.states.state import SessionState

if TYPE_CHECKING:
    from collections.abc import Mapping

    from bothends.world.sessions.issuer import Issuer
    from bothends.world.sessions.kind import Cookies, Headers

_OTHER = "no-session"


@session_state("twice-good-first")
class GoodFirst(SessionState):
    """The valid one comes first."""

    pattern = "the session's cookie stands twice, the good one first"
    about = "a valid session, then a cookie of the same name that is none"
    doubtful = True

    def cookies(self, issuer: Issuer, user: Mapping[str, Any]) -> Cookies:
        """Issue a session, and put the other behind it."""
        return (*issuer.issue(user), (issuer.cookie, _OTHER))


@session_state("twice-bad-first")
class BadFirst(SessionState):
    """The valid one comes last."""

    pattern = "the session's cookie stands twice, the bad one first"
    about = "a cookie of the session's name that is none, then a valid session"
    doubtful = True

    def cookies(self, issuer: Issuer, user: Mapping[str, Any]) -> Cookies:
        """Issue a session, and put the other before it."""
        return ((issuer.cookie, _OTHER), *issuer.issue(user))


@session_state("two-cookie-headers")
class TwoHeaders(SessionState):
    """RFC 6265 section 5.4 allows a browser no second header; some servers join them, some take one."""

    pattern = "the cookies are in two headers"
    about = "another cookie in one `Cookie` header, and a valid session in a second"
    doubtful = True

    def cookies(self, issuer: Issuer, user: Mapping[str, Any]) -> Cookies:  # noqa: ARG002 -- they are in the headers
        """Return none."""
        return ()

    def headers(self, issuer: Issuer, user: Mapping[str, Any]) -> Headers:
        """Issue a session in a header of its own."""
        pairs = "; ".join(f"{name}={value}" for name, value in issuer.issue(user))
        return (("Cookie", "theme=dark"), ("Cookie", pairs))
