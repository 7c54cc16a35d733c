"""A valid session, of the case's own user or of a given one."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from bothends.errors import ContractError
from bothends.world.sessions.states.state import SessionState

if TYPE_CHECKING:
    from collections.abc import Mapping

    from bothends.world.sessions.issuer import Issuer
    from bothends.world.sessions.kind import Cookies


class SignedIn(SessionState):
    """The default: each case has a user of its own."""

    pattern = "signed in"
    about = "a valid session of a user who is the case's own"
    family = ""

    def cookies(self, issuer: Issuer, user: Mapping[str, Any]) -> Cookies:
        """Issue a session."""
        return issuer.issue(user)


class SignedInAs(SignedIn):
    """A given user: a JSON object with any of `name`, `email` and `image`, or just a name."""

    pattern = "signed in as {user}"
    about = 'a valid session of this user: a name, or JSON such as {"name": "Ada", "email": null}'

    def user(self, default: Mapping[str, Any]) -> Mapping[str, Any]:  # noqa: ARG002 -- the sentence says who
        """Return the user that the sentence names.

        Raises:
            ContractError: It looks like JSON and is none.
        """
        text = self.parameters["user"]
        if not text.startswith("{"):
            return {"name": text}
        try:
            user: dict[str, Any] = json.loads(text)
        except ValueError as error:
            raise ContractError(
                f"the user in `signed in as {text}` is not JSON: {error}",
                expected='a name, or JSON such as {"name": "Ada", "email": null}',
            ) from error
        return user
