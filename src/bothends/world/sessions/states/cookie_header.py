"""Valid sessions in a `Cookie` header that is right, and other than the shortest."""

from __future__ import annotations

from abc import abstractmethod
from typing import TYPE_CHECKING, Any, ClassVar

from bothends.world.sessions.states.registry import session_state
from bothends.world.sessions.states.state import SessionState

if TYPE_CHECKING:
    from collections.abc import Mapping

    from bothends.world.sessions.issuer import Issuer
    from bothends.world.sessions.kind import Cookies, Headers

# What sites set beside a session: equals signs, escapes, an escape that is none, a name without a value.
_BEFORE = "_ga=GA1.1.1234567890.1700000000; consent=a=1&b=2==; back=http%3A%2F%2Flocalhost%3A3000%2F%ZZ"
_AFTER = "flag; empty=; theme=dark"


class HeaderState(SessionState):
    """The whole header is the state's own."""

    family = ""
    header: ClassVar[str] = "Cookie"

    def cookies(self, issuer: Issuer, user: Mapping[str, Any]) -> Cookies:  # noqa: ARG002 -- they are in the header
        """Return none."""
        return ()

    def headers(self, issuer: Issuer, user: Mapping[str, Any]) -> Headers:
        """Issue a session, and write the header."""
        return ((self.header, self.value([f"{name}={token}" for name, token in issuer.issue(user)])),)

    @abstractmethod
    def value(self, pairs: list[str]) -> str:
        """Return the header's value.

        Args:
            pairs: The session's cookies, each `name=value`.
        """


@session_state("lower-case-header")
class LowerCaseHeader(HeaderState):
    """Names of headers match without regard to case (RFC 9110 section 5.1)."""

    pattern = "the cookie header is in lower case"
    about = "a valid session in a header that is named `cookie`"
    header = "cookie"

    def value(self, pairs: list[str]) -> str:
        """Return the cookies."""
        return "; ".join(pairs)


@session_state("upper-case-header")
class UpperCaseHeader(LowerCaseHeader):
    """As above."""

    pattern = "the cookie header is in upper case"
    about = "a valid session in a header that is named `COOKIE`"
    header = "COOKIE"


@session_state("among-other-cookies")
class AmongOthers(HeaderState):
    """Other applications on the same host have cookies too."""

    pattern = "other cookies stand around the session"
    about = "a valid session between cookies of others, some of them odd"

    def value(self, pairs: list[str]) -> str:
        """Return the cookies among others."""
        return "; ".join((_BEFORE, *pairs, _AFTER))


@session_state("spaces-around")
class SpacesAround(HeaderState):
    """White space around a header's value is not of it (RFC 9110 section 5.5); readers pass over it between cookies."""

    pattern = "white space stands around the session"
    about = "a valid session, and more white space around its cookie than there need be"

    def value(self, pairs: list[str]) -> str:
        """Return the cookies, spaced."""
        return f"  theme=dark;  {';  '.join(pairs)} ;  lang=en  "
