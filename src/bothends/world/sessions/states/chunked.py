"""Sessions in several cookies, `….0`, `….1` and so on, as the libraries split those that are long.

They are joined in the order of their numbers, in whatever order they come. The chunks are small, as
servers differ in how long a head may be.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

from bothends.world.sessions.states.registry import session_state
from bothends.world.sessions.states.state import SessionState

if TYPE_CHECKING:
    from collections.abc import Mapping

    from bothends.world.sessions.issuer import Issuer
    from bothends.world.sessions.kind import Cookies

_FEW, _MANY = 3, 12  # twelve, as 10 comes before 2 to whoever sorts them as text


def chunks(issuer: Issuer, user: Mapping[str, Any], number: int) -> Cookies:
    """Issue a session in a number of chunks."""
    token = issuer.seal(issuer.claims(user))
    return issuer.chunks(token, -(-len(token) // number))


@session_state("chunks")
class Chunked(SessionState):
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
class ChunkMissing(SessionState):
    """One in the middle has got lost."""

    pattern = "a chunk of the session is missing"
    about = "a session in three cookies, of which the second is not sent"

    def cookies(self, issuer: Issuer, user: Mapping[str, Any]) -> Cookies:
        """Issue a session in chunks, and leave one out."""
        first, _, *rest = chunks(issuer, user, _FEW)
        return (first, *rest)


@session_state("stale-chunk")
class StaleChunk(SessionState):
    """The last one is left over from a session that was longer."""

    pattern = "a chunk of an earlier session is left over"
    about = "a valid session in three cookies, and a fourth that is not of it"
    doubtful = True

    def cookies(self, issuer: Issuer, user: Mapping[str, Any]) -> Cookies:
        """Issue a session in chunks, and add one."""
        return (*chunks(issuer, user, _FEW), (f"{issuer.cookie}.{_FEW}", "c3RhbGU"))


@session_state("whole-and-chunks")
class WholeAndChunks(SessionState):
    """The libraries join whatever begins with the cookie's name; others take the one of that name."""

    pattern = "the session stands whole beside chunks"
    about = "a valid session in one cookie, and the chunks of another"
    doubtful = True

    def cookies(self, issuer: Issuer, user: Mapping[str, Any]) -> Cookies:
        """Issue a session whole, and once more in chunks."""
        return (*issuer.issue(user), *chunks(issuer, user, 2))


@session_state("neighbour")
class Neighbour(SessionState):
    """Another application's cookie, whose name begins like the session's."""

    pattern = "another cookie's name begins like the session's"
    about = "a valid session, and a cookie whose name is one letter longer"
    doubtful = True

    def cookies(self, issuer: Issuer, user: Mapping[str, Any]) -> Cookies:
        """Issue a session, and add the neighbour."""
        return (*issuer.issue(user), (f"{issuer.cookie}X", "neighbour"))
