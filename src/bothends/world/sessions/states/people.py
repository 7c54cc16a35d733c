"""Valid sessions of people whom naive code has no room for."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from bothends.world.sessions.states.registry import session_state
from bothends.world.sessions.states.signed_in import SignedIn
from bothends.world.sessions.states.token_state import ClaimsState

if TYPE_CHECKING:
    from collections.abc import Mapping

# Long enough for the libraries to split its token, and short enough for a head under 7 KiB, which every server takes.
_LONG = "Wolfeschlegelsteinhausenbergerdorff " * 85
_SCRIPTS = "Zoë 山田 太郎 محمد עדה प्रिया \U0001f469\U0001f3fd\u200d\U0001f680 e\u0301 \u202eadA\u202c \ufdfa"


@session_state("long-name")
class LongName(SignedIn):
    """No limit is told, so none holds."""

    pattern = "signed in with a very long name"
    about = "a valid session of a user with a name of 3,000 characters, in the two cookies that it takes"

    def user(self, default: Mapping[str, Any]) -> Mapping[str, Any]:
        """Return the user with a long name."""
        return {**default, "name": f"{_LONG}{default.get('name') or ''}"}


@session_state("many-scripts")
class NameOfManyScripts(SignedIn):
    """Right to left, composed of several characters, beyond 16 bits."""

    pattern = "signed in with a name of many scripts"
    about = "a valid session of a user whose name is written in eight scripts"

    def user(self, default: Mapping[str, Any]) -> Mapping[str, Any]:
        """Return the user with such a name."""
        return {**default, "name": f"{_SCRIPTS} {default.get('name') or ''}"}


@session_state("null-image")
class NullImage(SignedIn):
    """Most have no picture."""

    pattern = "signed in without an image"
    about = "a valid session of a user whose image is null"

    def user(self, default: Mapping[str, Any]) -> Mapping[str, Any]:
        """Return the user without a picture."""
        return {**default, "image": None}


@session_state("null-name")
class NullName(SignedIn):
    """Who signs in by email has no name."""

    pattern = "signed in without a name"
    about = "a valid session of a user whose name is null"

    def user(self, default: Mapping[str, Any]) -> Mapping[str, Any]:
        """Return the user without a name; the email tells whose it is."""
        return {**default, "email": default.get("email") or f"{_word(default)}@example.com", "name": None}


@session_state("null-email")
class NullEmail(SignedIn):
    """Some providers tell none."""

    pattern = "signed in without an email"
    about = "a valid session of a user whose email is null"

    def user(self, default: Mapping[str, Any]) -> Mapping[str, Any]:
        """Return the user without an email; the name tells whose it is."""
        return {**default, "name": default.get("name") or default.get("email"), "email": None}


@session_state("other-claims")
class OtherClaims(ClaimsState):
    """A site may add claims of its own, which are not of `session.user`."""

    pattern = "signed in with other claims"
    about = "a valid session with claims that a site adds: numbers, lists, objects"
    family = ""

    def changed(self, claims: dict[str, Any]) -> Any:
        """Add them."""
        return {**claims, "role": "admin", "id": 7, "user": {"name": "Mallory"}, "groups": [None, 1.5, []]}


def _word(user: Mapping[str, Any]) -> str:
    """Return the last word of the name, which is the user's token."""
    return str(user.get("name") or "").rpartition(" ")[2] or "somebody"
