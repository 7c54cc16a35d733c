"""Signed tokens as a target reads them: the mock takes those that are right, and says of others why they are not."""

from __future__ import annotations

from hmac import compare_digest
from typing import TYPE_CHECKING, Any

from bothends.world.sessions.jose import hs256
from bothends.world.sessions.jose_reading import (
    KeySet,
    WrongTokenError,
    check_times,
    is_signed,
    json_object,
    octets_of,
)

if TYPE_CHECKING:
    from collections.abc import Mapping

    from bothends.world.sessions.reading import CallerRequest

_LEEWAY = 30
"""How far the issuer's clock may be off, seconds, for who reads a token."""
_PARTS = 3


class TokenReader:
    """Reads tokens by what the settings say, and where they are silent by what a target is told.

    Args:
        values: The session's table, by its keys.
        algorithm: How tokens are signed.
        type: The header `typ`; empty: any is right.
        audience: The claim `aud`, where neither says another.
    """

    def __init__(self, values: Mapping[str, Any], *, algorithm: str, type: str, audience: str) -> None:  # noqa: A002 -- the header's name
        self._values = values
        self._algorithm = algorithm
        self._type = type
        self._audience = audience
        self._keys = KeySet()

    async def claims(self, token: str, request: CallerRequest) -> dict[str, Any]:
        """Return the claims of a token that is right, or raise a `WrongTokenError`."""
        claims = await self._signed_claims(token, request)
        self._check_claims(claims, request)
        return claims

    async def _signed_claims(self, token: str, request: CallerRequest) -> dict[str, Any]:
        parts = token.split(".")
        if len(parts) != _PARTS:
            raise WrongTokenError("the token is no compact JWS")
        header = json_object(octets_of(parts[0]))
        if header.get("alg") != self._algorithm or "crit" in header:
            raise WrongTokenError("the token has another algorithm, or what is critical and not known")
        if self._type and str(header.get("typ", "")).lower() != self._type.lower():
            raise WrongTokenError("the token has another type")
        kid = header.get("kid")
        if kid is not None and not isinstance(kid, str):
            raise WrongTokenError("the token has a key's name that is no text")
        text = f"{parts[0]}.{parts[1]}".encode()
        if not await self._is_signed(kid, text, octets_of(parts[2]), request):
            raise WrongTokenError("the token has another key, or other bytes")
        return json_object(octets_of(parts[1]))

    async def _is_signed(self, kid: str | None, text: bytes, signature: bytes, request: CallerRequest) -> bool:
        if self._algorithm == "HS256":
            secret = self._values.get("secret") or request.told("secret")
            return bool(secret) and compare_digest(hs256(secret.encode(), text), signature)
        url = request.told("jwks")
        key = await self._keys.key(kid, url, request.fetch) if url else None
        return key is not None and is_signed(self._algorithm, key, text, signature)

    def _check_claims(self, claims: Mapping[str, Any], request: CallerRequest) -> None:
        check_times(claims, request.now, _LEEWAY)
        issuer = self._values.get("issuer") or request.told("issuer")
        audience = self._values.get("audience") or request.told("audience") or self._audience
        if issuer and claims.get("iss") != issuer:
            raise WrongTokenError("the token has another issuer")
        told = claims.get("aud")
        if audience not in (told if isinstance(told, list) else [told]):
            raise WrongTokenError("the token is for somebody else")
