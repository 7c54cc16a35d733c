"""Who signs in by hand: a user that a person has named."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from bothends.errors import ContractError, did_you_mean

_KEYS = ("name", "email", "image")
_EXPECTED = 'a mapping, such as {"name": "Ada", "email": "ada@example.com", "image": None}'


def checked_user(user: object) -> Mapping[str, Any] | None:
    """Return the user that `as_user` names.

    Raises:
        ContractError: It is no mapping, or a key of it is misspelt.
    """
    if user is None:
        return None
    if not isinstance(user, Mapping):
        raise ContractError(f"as_user is no user: {user!r}.", expected=_EXPECTED)
    for key in user:
        if key not in _KEYS and (advice := did_you_mean(str(key), _KEYS)):
            raise ContractError(f"as_user has the key {key!r}.", expected=_EXPECTED, advice=advice)
    return user
