"""The value of a header in the settings: a text with gaps, or a user and a password, which are coded for HTTP Basic."""

from __future__ import annotations

import base64
from typing import TYPE_CHECKING, Any

from bothends.contract.tables.setup import fill, text_of
from bothends.errors import ContractError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from bothends.contract.tables.setup import HeaderValue
    from bothends.errors import Location


def coded(user: str, password: str) -> str:
    """Return a user and a password as Basic shows them: in UTF-8 and Base64 (RFC 7617 section 2.1)."""
    return base64.b64encode(f"{user}:{password}".encode()).decode()


def header_text(value: HeaderValue, values: Mapping[str, Any], where: Location | None = None) -> str:
    """Return the value of a header as it is sent, its gaps filled with values by name, such as `setup.token`.

    Raises:
        ContractError: The user has a colon, which would end it.
    """
    filled = fill(value, values)
    if not isinstance(filled, dict):
        return text_of(filled)
    user, password = text_of(filled["user"]), text_of(filled["password"])
    if ":" in user:
        problem = "The user of an HTTP Basic header has a colon, which would end it."
        raise ContractError(problem, where=where, expected="a user without a colon (RFC 7617 section 2)")
    return f"Basic {coded(user, password)}"
