"""What a session state is: which cookies a request gets."""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import TYPE_CHECKING, Any, ClassVar

if TYPE_CHECKING:
    from collections.abc import Mapping

    from bothends.world.sessions.issuer import Issuer
    from bothends.world.sessions.kind import Cookies, Headers

SIGNED_OUT = "signed-out"


class SessionState(ABC):
    """One state of the caller's session.

    A subclass is registered where it is defined, by `session_state`.

    Args:
        parameters: The sentence's parameters.

    Attributes:
        name: The name that it is registered by.
        pattern: The sentence.
        about: What the cookies are, for `bothends states`.
        family: The family that it brings about; empty when the session is valid.
        chooses: Whether it only says by which schemes a caller is signed in: then another state may hold beside it.
        schemes: Those schemes; empty: those that are usual.
        doubtful: Whether the library that it is a session of takes it, or right targets differ. Then either
            answer is right, unless `[world.session] strict` asks for the family's.
    """

    name: ClassVar[str]
    pattern: ClassVar[str]
    about: ClassVar[str]
    family: ClassVar[str] = SIGNED_OUT
    doubtful: ClassVar[bool] = False
    chooses: ClassVar[bool] = False

    def __init__(self, parameters: Mapping[str, str]) -> None:
        self.parameters = parameters
        self.schemes: tuple[str, ...] = ()

    def user(self, default: Mapping[str, Any]) -> Mapping[str, Any]:
        """Return who is signed in: the state's own user, or the one that the case would have."""
        return default

    @abstractmethod
    def cookies(self, issuer: Issuer, user: Mapping[str, Any]) -> Cookies:
        """Return the cookies of a request.

        Args:
            issuer: Issues valid sessions, for now.
            user: Who is, or would be, signed in.
        """

    def headers(self, issuer: Issuer, user: Mapping[str, Any]) -> Headers:  # noqa: ARG002 -- most states have none
        """Return the headers of a request, where the session is in other headers than the usual `Cookie`.

        Args:
            issuer: As for `cookies`.
            user: As for `cookies`.
        """
        return ()
