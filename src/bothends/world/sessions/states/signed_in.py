"""A valid session, of the case's own user or of a given one."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from bothends.errors import ContractError
from bothends.world.sessions.states.registry import session_state
from bothends.world.sessions.states.state import SessionState

if TYPE_CHECKING:
    from collections.abc import Mapping

    from bothends.world.sessions.issuer import Issuer
    from bothends.world.sessions.kind import Cookies

_MOST_BYTES = 4096
"""Of a user as JSON: its cookies, which are longer by half, leave the head of a request under 7 KiB."""

_SHOWN = 200


@session_state("signed-in", tried=None)
class SignedIn(SessionState):
    """The default: each case has a user of its own."""

    pattern = "signed in"
    about = "a valid session of a user who is the case's own"
    family = ""

    def cookies(self, issuer: Issuer, user: Mapping[str, Any]) -> Cookies:
        """Issue a session."""
        return issuer.issue(user)


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
            raise self._wrong("has claims that are neither a text nor null")
        if not user.get("name") and not user.get("email"):
            raise self._wrong("has neither a name nor an email; `the session is nobody's` is the state for that")
        if size > _MOST_BYTES:
            raise self._wrong(
                f"is longer than {_MOST_BYTES:,} bytes, so that a server may refuse the head of the request"
            )
        return user

    def _wrong(self, problem: str) -> ContractError:
        text = self.parameters["user"]
        shown = text if len(text) <= _SHOWN else f"{text[:_SHOWN]}…"
        return ContractError(
            f"the user in `signed in as {shown}` {problem}",
            expected='a name, or JSON such as {"name": "Ada", "email": null}',
        )
