"""States of how a session's cookie is sent: in pieces, twice, under another name, empty, in the wrong header."""

from __future__ import annotations

from abc import abstractmethod
from dataclasses import replace
from typing import TYPE_CHECKING, Any, ClassVar

from bothends.world.sessions.base import session_state
from bothends.world.sessions.forge import TokenState
from bothends.world.sessions.sealed import SealedState

if TYPE_CHECKING:
    from collections.abc import Mapping

    from bothends.world.sessions.base import Cookies, Headers
    from bothends.world.sessions.sealed import Issuer


_FEW, _MANY = 3, 12  # twelve, because 10 comes before 2 when sorted as text


def chunks(issuer: Issuer, user: Mapping[str, Any], number: int) -> Cookies:
    """Issue a session in a number of chunks."""
    token = issuer.seal(issuer.claims(user))
    return issuer.chunks(token, -(-len(token) // number))


@session_state("chunks")
class Chunked(SealedState):
    """In the order of their numbers."""

    pattern = "the session is in chunks"
    about = "a valid session in three cookies"
    family = ""
    number: ClassVar[int] = _FEW

    def cookies(self, issuer: Issuer, user: Mapping[str, Any]) -> Cookies:
        """Issue a session in chunks."""
        return chunks(issuer, user, self.number)


@session_state("twelve-chunks")
class ManyChunks(Chunked):
    """Numbers of two digits."""

    pattern = "the session is in twelve chunks"
    about = "a valid session in twelve cookies"
    number = _MANY


@session_state("shuffled-chunks")
class ShuffledChunks(Chunked):
    """As text would be sorted, and then backwards."""

    pattern = "the session is in shuffled chunks"
    about = "a valid session in twelve cookies, not in the order of their numbers"
    number = _MANY

    def cookies(self, issuer: Issuer, user: Mapping[str, Any]) -> Cookies:
        """Issue a session in chunks, and change their order."""
        return tuple(sorted(super().cookies(issuer, user), reverse=True))


@session_state("chunk-missing")
class ChunkMissing(SealedState):
    """One in the middle has got lost."""

    pattern = "a chunk of the session is missing"
    about = "a session in three cookies, without the second one"

    def cookies(self, issuer: Issuer, user: Mapping[str, Any]) -> Cookies:
        """Issue a session in chunks, and leave one out."""
        first, _, *rest = chunks(issuer, user, _FEW)
        return (first, *rest)


@session_state("stale-chunk")
class StaleChunk(SealedState):
    """The last one is left over from a session that was longer."""

    pattern = "a chunk of an earlier session is left over"
    about = "a valid session in three cookies, and a fourth one from another session"
    doubtful = True

    def cookies(self, issuer: Issuer, user: Mapping[str, Any]) -> Cookies:
        """Issue a session in chunks, and add one."""
        return (*chunks(issuer, user, _FEW), (f"{issuer.cookie}.{_FEW}", "c3RhbGU"))


@session_state("whole-and-chunks")
class WholeAndChunks(SealedState):
    """The libraries join all cookies whose name begins like the session's; others take the one of that name."""

    pattern = "the session stands whole beside chunks"
    about = "a valid session in one cookie, and the chunks of another"
    doubtful = True

    def cookies(self, issuer: Issuer, user: Mapping[str, Any]) -> Cookies:
        """Issue a session whole, and once more in chunks."""
        return (*issuer.issue(user), *chunks(issuer, user, 2))


@session_state("neighbour")
class Neighbour(SealedState):
    """Another application's cookie, whose name begins like the session's."""

    pattern = "another cookie's name begins like the session's"
    about = "a valid session, and a cookie whose name is one letter longer"
    doubtful = True

    def cookies(self, issuer: Issuer, user: Mapping[str, Any]) -> Cookies:
        """Issue a session, and add the neighbour."""
        return (*issuer.issue(user), (f"{issuer.cookie}X", "neighbour"))


# What sites set beside a session: equals signs, escapes, an escape that is none, a name without a value.
_BEFORE = "_ga=GA1.1.1234567890.1700000000; consent=a=1&b=2==; back=http%3A%2F%2Flocalhost%3A3000%2F%ZZ"
_AFTER = "flag; empty=; theme=dark"


class HeaderState(SealedState):
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
    about = "a valid session in a header named `cookie`"
    header = "cookie"

    def value(self, pairs: list[str]) -> str:
        """Return the cookies."""
        return "; ".join(pairs)


@session_state("upper-case-header")
class UpperCaseHeader(LowerCaseHeader):
    """As above."""

    pattern = "the cookie header is in upper case"
    about = "a valid session in a header named `COOKIE`"
    header = "COOKIE"


@session_state("among-other-cookies")
class AmongOthers(HeaderState):
    """Other applications on the same host have cookies too."""

    pattern = "other cookies stand around the session"
    about = "a valid session between other cookies, some of them odd"

    def value(self, pairs: list[str]) -> str:
        """Return the cookies among others."""
        return "; ".join((_BEFORE, *pairs, _AFTER))


@session_state("spaces-around")
class SpacesAround(HeaderState):
    """White space around a header's value is not of it (RFC 9110 section 5.5); readers pass over it between cookies."""

    pattern = "white space stands around the session"
    about = "a valid session with extra white space around its cookie"

    def value(self, pairs: list[str]) -> str:
        """Return the cookies, spaced."""
        return f"  theme=dark;  {';  '.join(pairs)} ;  lang=en  "


_OTHER = "no-session"


@session_state("twice-good-first")
class GoodFirst(SealedState):
    """The valid one comes first."""

    pattern = "the session's cookie stands twice, the good one first"
    about = "a valid session, then a cookie of the same name that is not a session"
    doubtful = True

    def cookies(self, issuer: Issuer, user: Mapping[str, Any]) -> Cookies:
        """Issue a session, and put the other behind it."""
        return (*issuer.issue(user), (issuer.cookie, _OTHER))


@session_state("twice-bad-first")
class BadFirst(SealedState):
    """The valid one comes last."""

    pattern = "the session's cookie stands twice, the bad one first"
    about = "a cookie of the session's name that is not a session, then a valid session"
    doubtful = True

    def cookies(self, issuer: Issuer, user: Mapping[str, Any]) -> Cookies:
        """Issue a session, and put the other before it."""
        return ((issuer.cookie, _OTHER), *issuer.issue(user))


@session_state("two-cookie-headers")
class TwoHeaders(SealedState):
    """RFC 6265 section 5.4 allows a browser no second header; some servers join them, some take one."""

    pattern = "the cookies are in two headers"
    about = "another cookie in one `Cookie` header, and a valid session in a second header"
    doubtful = True

    def cookies(self, issuer: Issuer, user: Mapping[str, Any]) -> Cookies:  # noqa: ARG002 -- they are in the headers
        """Return none."""
        return ()

    def headers(self, issuer: Issuer, user: Mapping[str, Any]) -> Headers:
        """Issue a session in a header of its own."""
        pairs = "; ".join(f"{name}={value}" for name, value in issuer.issue(user))
        return (("Cookie", "theme=dark"), ("Cookie", pairs))


_SECURE = "__Secure-"  # RFC 6265bis section 4.1.3.1


@session_state("other-prefix")
class OtherPrefix(SealedState):
    """The libraries name the cookie `__Secure-…` on https, and without that on http."""

    pattern = "the session is in the cookie of the other scheme"
    about = "a valid session under the cookie name with `__Secure-` added or removed"
    doubtful = True

    def cookies(self, issuer: Issuer, user: Mapping[str, Any]) -> Cookies:
        """Issue a session under the other name."""
        bare = issuer.cookie.removeprefix(_SECURE)
        return replace(issuer, cookie=bare if bare != issuer.cookie else _SECURE + bare).issue(user)


@session_state("longer-name")
class LongerName(SealedState):
    """Found by code that compares only the end of the name; anyone who can set a cookie could so add a session."""

    pattern = "the session is in a cookie whose name ends alike"
    about = "a valid session under the cookie name with `x-` before it, and no other cookie"

    def cookies(self, issuer: Issuer, user: Mapping[str, Any]) -> Cookies:
        """Issue a session under the longer name."""
        return replace(issuer, cookie=f"x-{issuer.cookie}").issue(user)


@session_state("empty")
class Empty(SealedState):
    """The cookie is there and has no value."""

    pattern = "the session is empty"
    about = "a session cookie with an empty value"

    def cookies(self, issuer: Issuer, user: Mapping[str, Any]) -> Cookies:  # noqa: ARG002 -- nobody is signed in
        """Return an empty cookie."""
        return ((issuer.cookie, ""),)


@session_state("garbage")
class Garbage(SealedState):
    """Cookie-safe text (RFC 6265 section 4.1.1) of five parts that decode to nothing."""

    pattern = "the session is garbage"
    about = "a session cookie whose value is not a token"

    def cookies(self, issuer: Issuer, user: Mapping[str, Any]) -> Cookies:  # noqa: ARG002 -- nobody is signed in
        """Return a cookie of garbage."""
        return ((issuer.cookie, "gar!bage.-.%ZZ.~.="),)


@session_state("one-word")
class OnePart(TokenState):
    """Text without a dot."""

    pattern = "the session is a word"
    about = "a session cookie whose value is one word"

    def token(self, issuer: Issuer, user: Mapping[str, Any]) -> str:  # noqa: ARG002 -- nobody is signed in
        """Return a word."""
        return "session"


@session_state("three-parts")
class ThreeParts(TokenState):
    """As many parts as a signed token has (RFC 7515 section 7.1)."""

    pattern = "the session has three parts"
    about = "the first three parts of a valid session"

    def token(self, issuer: Issuer, user: Mapping[str, Any]) -> str:
        """Issue a session and leave parts out."""
        return ".".join(issuer.seal(issuer.claims(user)).split(".")[:3])


@session_state("four-parts")
class FourParts(TokenState):
    """The tag is missing."""

    pattern = "the session has four parts"
    about = "a valid session without its authentication tag"

    def token(self, issuer: Issuer, user: Mapping[str, Any]) -> str:
        """Issue a session and leave the last part out."""
        return issuer.seal(issuer.claims(user)).rpartition(".")[0]


@session_state("six-parts")
class SixParts(TokenState):
    """There is one part more."""

    pattern = "the session has six parts"
    about = "a valid session with a sixth part"

    def token(self, issuer: Issuer, user: Mapping[str, Any]) -> str:
        """Issue a session and add a part."""
        return f"{issuer.seal(issuer.claims(user))}.e30"


@session_state("bearer")
class Bearer(SealedState):
    """A valid token in the wrong place: a session that scripts can send is another matter than a cookie."""

    pattern = "the session is a bearer token"
    about = "a valid session in `Authorization: Bearer`, and no cookie"

    def cookies(self, issuer: Issuer, user: Mapping[str, Any]) -> Cookies:  # noqa: ARG002 -- there is none
        """Return none."""
        return ()

    def headers(self, issuer: Issuer, user: Mapping[str, Any]) -> Headers:
        """Issue a session."""
        return (("Authorization", f"Bearer {issuer.seal(issuer.claims(user))}"),)


@session_state("broken-bearer")
class BrokenBearer(Bearer):
    """What a reader of such tokens may stumble over."""

    pattern = "the bearer token is broken"
    about = "`Authorization: Bearer %ZZ`, and no cookie"

    def headers(self, issuer: Issuer, user: Mapping[str, Any]) -> Headers:  # noqa: ARG002 -- nobody is signed in
        """Return a credential with a bad escape in it."""
        return (("Authorization", "Bearer %ZZ"),)
