"""States of who is signed in: somebody, nobody, and people with odd names and ids."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, ClassVar
from urllib.parse import quote

from bothends.errors import ContractError
from bothends.world.sessions.base import SIGNED_OUT, SessionState, UserState, session_state
from bothends.world.sessions.forge import ClaimsState

if TYPE_CHECKING:
    from collections.abc import Mapping


# A valid session, of the case's own user or of a given one.

_MOST_BYTES = 4096
"""Of a user as JSON: its cookies, which are longer by half, leave the head of a request under 7 KiB."""

_SHOWN = 200


@session_state("signed-in", tried=None)
class SignedIn(UserState):
    """The default: each case has a user of its own."""

    pattern = "signed in"
    about = "a valid session of the case's own user"


@session_state("signed-in-as", tried=None)
class SignedInAs(SignedIn):
    """A given user: a JSON object with any of `name`, `email` and `image`, or just a name."""

    pattern = "signed in as {user}"
    about = 'a valid session of this user: a name, or JSON such as {"name": "Ada", "email": null}'

    def user(self, default: Mapping[str, Any]) -> Mapping[str, Any]:  # noqa: ARG002 -- the sentence says who
        """Return the user that the sentence names.

        Raises:
            ContractError: It looks like JSON and is none, or no target must take it for a user.
        """
        text = self.parameters["user"]
        try:
            user: dict[str, Any] = json.loads(text) if text.startswith("{") else {"name": text}
            size = len(json.dumps(user, ensure_ascii=False).encode())
        except ValueError as error:
            raise self._wrong(f"is not JSON: {error}") from error
        if any(not isinstance(claim, str | None) for claim in user.values()):
            raise self._wrong("has claims that are neither strings nor null")
        if not user.get("name") and not user.get("email"):
            raise self._wrong("has neither a name nor an email; `the session is nobody's` is the state for that")
        if size > _MOST_BYTES:
            raise self._wrong(f"is longer than {_MOST_BYTES:,} bytes, so a server may refuse the head of the request")
        return user

    def _wrong(self, problem: str) -> ContractError:
        text = self.parameters["user"]
        shown = text if len(text) <= _SHOWN else f"{text[:_SHOWN]}…"
        return ContractError(
            f"The user in `signed in as {shown}` {problem}",
            expected='a name, or JSON such as {"name": "Ada", "email": null}',
        )


# No credential at all.


@session_state("no-session")
class SignedOut(SessionState):
    """The request carries no credential."""

    pattern = "signed out"
    about = "no session cookie"


# Valid sessions of people whom naive code has no room for.

# Long enough for the libraries to split its token, and short enough for a head under 7 KiB, which every server takes.
_LONG = "Wolfeschlegelsteinhausenbergerdorff " * 85
_SCRIPTS = "Zoë 山田 太郎 محمد עדה प्रिया \U0001f469\U0001f3fd\u200d\U0001f680 e\u0301 \u202eadA\u202c \ufdfa"


@session_state("long-name")
class LongName(SignedIn):
    """No limit is told, so none holds."""

    pattern = "signed in with a very long name"
    about = "a valid session of a user with a name of 3,000 characters, which needs two cookies"

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
    about = "a valid session with additional claims: numbers, lists, objects"
    family = ""

    def changed(self, claims: dict[str, Any]) -> Any:
        """Add them."""
        return {**claims, "role": "admin", "id": 7, "user": {"name": "Mallory"}, "groups": [None, 1.5, []]}


def _word(user: Mapping[str, Any]) -> str:
    """Return the last word of the name, which is the user's token."""
    return str(user.get("name") or "").rpartition(" ")[2] or "somebody"


# Sessions that open, and do not say whose they are.
#
# A target may take them for what they are, or say that nobody is signed in. The picture is the one thing
# left by which the event can be told from others.


@session_state("nobody")
class NobodyAbsent(SignedIn):
    """Neither name nor email is claimed."""

    pattern = "the session is nobody's"
    about = "a session without `name` and `email`"
    family = SIGNED_OUT
    doubtful = True
    claimed: ClassVar[Mapping[str, Any]] = {}

    def user(self, default: Mapping[str, Any]) -> Mapping[str, Any]:
        """Return a user of whom only a picture is known."""
        known = default.get("email") or default.get("name") or ""
        return {**self.claimed, "image": f"https://img.example.com/?of={quote(known, safe='')}"}


@session_state("nobody-null")
class NobodyNull(NobodyAbsent):
    """Both are null."""

    pattern = "the session's user is null"
    about = "a session whose `name` and `email` are null"
    claimed: ClassVar[Mapping[str, Any]] = {"name": None, "email": None}


@session_state("nobody-empty")
class NobodyEmpty(NobodyAbsent):
    """Both are empty."""

    pattern = "the session's user is empty"
    about = "a session whose `name` and `email` are empty"
    claimed: ClassVar[Mapping[str, Any]] = {"name": "", "email": ""}
