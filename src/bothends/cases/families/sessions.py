"""States of the caller's session that families name. All others are tried as they are registered."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from bothends.records import Condition

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

SIGNED_OUT = Condition.of("no-session")
EXPIRED = Condition.of("expired-1h")


def signed_in_as(user: Mapping[str, str | None]) -> Condition:
    """Return the state of the session of one user, whoever asks."""
    return Condition.of("signed-in-as", user=json.dumps(user))


def signed_in_by(schemes: Iterable[str]) -> Condition:
    """Return the state of a caller who shows the credentials of these security schemes together."""
    return Condition.of("signed-in-by", schemes=" and ".join(schemes))


ONE_PERSON = signed_in_as({"name": "Twice Over", "email": "twice@example.com", "image": None})
