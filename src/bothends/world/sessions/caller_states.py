"""States of who signs in, by a credential of any kind: somebody, nobody, odd names; which part of it is wrong."""

from __future__ import annotations

import json
from functools import partial
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from bothends.contract.terms import FORBIDDEN
from bothends.errors import ContractError
from bothends.world.sessions.base import SIGNED_OUT, SessionState, UserState, session_state, state
from bothends.world.sessions.forge import with_claims
from bothends.world.sessions.sealed import SealedState

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    User = Callable[[Mapping[str, Any]], Mapping[str, Any]]


# Which alternative a credential belongs to, and which of its parts is missing or wrong.


class OfScheme(SessionState):
    """It is about what is shown for one scheme; the caller's other credentials are right."""

    @property
    def scheme(self) -> str:
        """The scheme."""
        return self.parameters["scheme"]

    @property
    def number(self) -> int:
        """Which one of those that the settings list, from 1."""
        text = self.parameters["number"]
        return int(text) if text.isdecimal() else 0


@session_state("signed-in-by", tried=None)
class SignedInBy(OfScheme):
    """The alternative is chosen; by `and`, the schemes of a set."""

    pattern = "signed in by {schemes}"
    about = "valid credentials of these security schemes: `apiKey`, or `apiKey and signature`"
    family = ""
    chooses = True

    def __init__(self, parameters: Mapping[str, str]) -> None:
        super().__init__(parameters)
        self.schemes = tuple(parameters["schemes"].split(" and "))


@session_state("credential-missing", tried=None)
class Missing(OfScheme):
    """One member of a set is not shown."""

    pattern = "the credential for {scheme} is missing"
    about = "all credentials of the caller except the one for that security scheme"


@session_state("credential-garbled", tried=None)
class Garbled(OfScheme):
    """One that is of the right form, and of no caller."""

    pattern = "the credential for {scheme} is garbled"
    about = "a credential for that security scheme with its letters and digits changed"
    has_its_form = True


@session_state("credential-forbidden", tried=None)
class Forbidden(OfScheme):
    """One of a caller who is known, and lacks permission."""

    pattern = "the caller for {scheme} lacks permission, number {number}"
    about = "a valid credential of a caller that the settings call `forbidden`, counted from 1"
    family = FORBIDDEN


@session_state("credential-wrong", tried=None)
class Wrong(OfScheme):
    """One that the settings call wrong."""

    pattern = "the credential for {scheme} is wrong, number {number}"
    about = "a credential for that security scheme that the settings list under `wrong`, counted from 1"
    has_its_form = True


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

_person = partial(state, SignedIn)


def _without_name(user: Mapping[str, Any]) -> Mapping[str, Any]:
    """Return a user without a name: the email, of the word in it that is the user's token, tells whose it is."""
    word = str(user.get("name") or "").rpartition(" ")[2] or "somebody"
    return {**user, "email": user.get("email") or f"{word}@example.com", "name": None}


_person(
    "long-name",
    "signed in with a very long name",
    "a valid session of a user with a name of 3,000 characters, which needs two cookies",
    "No limit is told, so none holds.",
    user=lambda user: {**user, "name": f"{_LONG}{user.get('name') or ''}"},
)
_person(
    "many-scripts",
    "signed in with a name of many scripts",
    "a valid session of a user whose name is written in eight scripts",
    "Right to left, composed of several characters, beyond 16 bits.",
    user=lambda user: {**user, "name": f"{_SCRIPTS} {user.get('name') or ''}"},
)
_person(
    "null-image",
    "signed in without an image",
    "a valid session of a user whose image is null",
    "Most have no picture.",
    user=lambda user: {**user, "image": None},
)
_person(
    "null-name",
    "signed in without a name",
    "a valid session of a user whose name is null",
    "Who signs in by email has no name.",
    user=_without_name,
)
_person(
    "null-email",
    "signed in without an email",
    "a valid session of a user whose email is null",
    "Some providers tell none. The name tells whose it is.",
    user=lambda user: {**user, "name": user.get("name") or user.get("email"), "email": None},
)
state(
    SealedState,
    "other-claims",
    "signed in with other claims",
    "a valid session with additional claims: numbers, lists, objects",
    "A site may add claims of its own, which are not of `session.user`.",
    family="",
    cookies=with_claims(
        lambda claims: {**claims, "role": "admin", "id": 7, "user": {"name": "Mallory"}, "groups": [None, 1.5, []]}
    ),
)


# Sessions that open, and do not say whose they are.
#
# A target may take them for what they are, or say that nobody is signed in. The picture is the one thing
# left by which the event can be told from others.

_nobody = partial(_person, family=SIGNED_OUT, doubtful=True)


def _nobody_of(**claimed: Any) -> User:
    """Return what makes of a user one of whom only a picture is known."""

    def user(default: Mapping[str, Any]) -> Mapping[str, Any]:
        known = default.get("email") or default.get("name") or ""
        return {**claimed, "image": f"https://img.example.com/?of={quote(known, safe='')}"}

    return user


_nobody(
    "nobody",
    "the session is nobody's",
    "a session without `name` and `email`",
    "Neither name nor email is claimed.",
    user=_nobody_of(),
)
_nobody(
    "nobody-null",
    "the session's user is null",
    "a session whose `name` and `email` are null",
    "Both are null.",
    user=_nobody_of(name=None, email=None),
)
_nobody(
    "nobody-empty",
    "the session's user is empty",
    "a session whose `name` and `email` are empty",
    "Both are empty.",
    user=_nobody_of(name="", email=""),
)
