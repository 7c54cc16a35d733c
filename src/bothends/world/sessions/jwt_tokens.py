"""Signed tokens as the world makes them: their header, their claims, and the caller's fields in these."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any

from bothends.world.sessions.jose import json_text, token

if TYPE_CHECKING:
    from collections.abc import Mapping

    from bothends.contract.tables import Table
    from bothends.world.sessions.base import Addresses, Caller
    from bothends.world.sessions.jose import Key
    from bothends.world.sessions.jwt_keys import Keys

_LIFETIME = 3600
_CLAIMS: Mapping[str, Any] = {"sub": "{caller.subject}"}
_FIELD = re.compile(r"\{caller\.(subject|name|email|image)\}")


class Tokens:
    """Makes the tokens of one session.

    Args:
        table: The session's table.
        addresses: Where its service is.
        keys: What signs them.

    Attributes:
        audience: The claim `aud`.
        type: The header `typ`.
        own: The claims that the table gives, with a mark where a field of the caller stands.

    Raises:
        ContractError: No claim tells callers apart.
    """

    def __init__(self, table: Table, addresses: Addresses, keys: Keys) -> None:
        self.audience: str = table.text("audience") or "bothends"
        self.type: str = table.text("type") or "JWT"
        self.own: Mapping[str, Any] = table.values.get("claims", _CLAIMS)
        self._issuer = table.text("issuer")
        self._addresses = addresses
        self._keys = keys
        if not _FIELD.search(json.dumps(self.own)):
            raise table.error(
                "claims",
                "No claim tells callers apart: none of them contains a field of the caller.",
                expected='such as {sub = "{caller.subject}"}',
            )

    @property
    def issuer(self) -> str:
        """The claim `iss`."""
        return self._issuer or self._addresses.home

    def header(self, key: Key) -> dict[str, Any]:
        """Return the header of a token that a key signs."""
        named = {"kid": key.kid} if key.kid else {}
        return {"alg": key.algorithm, "typ": self.type, **named}

    def identity(self, caller: Caller) -> dict[str, Any]:
        """Return the claims of the table, with the caller's fields in them."""
        filled = {name: with_caller(value, caller) for name, value in self.own.items()}
        return {name: value for name, value in filled.items() if value is not None}

    def claims(self, caller: Caller, now: float) -> dict[str, Any]:
        """Return all claims of a caller's token."""
        issued = int(now)
        return {
            "iss": self.issuer,
            "aud": self.audience,
            **self.identity(caller),
            "iat": issued,
            "nbf": issued,
            "exp": issued + _LIFETIME,
            "jti": f"{caller.subject}-{issued}",
        }

    def signed(self, claims: Mapping[str, Any], *, key: Key | None = None, **header: Any) -> str:
        """Return a token of claims; without a key, the usual one signs it. What is None in the header is left out."""
        by = self._keys.usual if key is None else key
        whole = {name: value for name, value in {**self.header(by), **header}.items() if value is not None}
        return token(whole, json_text(dict(claims)), by=by.signature)

    def valid(self, caller: Caller, now: float) -> str:
        """Return the token by which a caller is let in."""
        return self.signed(self.claims(caller, now))


def with_caller(value: Any, caller: Caller) -> Any:
    """Return a claim of the table with the caller's fields in it."""
    if isinstance(value, list):
        return [with_caller(each, caller) for each in value]
    if isinstance(value, dict):
        return {name: with_caller(each, caller) for name, each in value.items()}
    if not isinstance(value, str):
        return value
    fields = {"subject": caller.subject, **{key: caller.user.get(key) for key in ("name", "email", "image")}}
    alone = _FIELD.fullmatch(value)
    if alone is not None:
        return fields[alone[1]]
    return _FIELD.sub(lambda found: fields[found[1]] or "", value)
