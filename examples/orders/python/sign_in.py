"""Who calls: a customer with a token of the company's identity provider, or a partner with an API key."""

from __future__ import annotations

import base64
import binascii
import hmac
import json
import time
from typing import TYPE_CHECKING, Any

import httpx
from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import RSAKey
from joserfc.jws import JWSRegistry

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

SKEW_SECONDS = 60
FETCH_SECONDS = 3.0
REFETCH_SECONDS = 1.0
# The key decides on the algorithm, and never the token (RFC 8725 section 3.1). Headers that nobody knows are ignored.
HOW = JWSRegistry(algorithms=["RS256"], strict_check_header=False)


class NotSignedInError(Exception):
    """Nobody is signed in."""


class SignIn:
    """Tells who a caller is."""

    def __init__(
        self, client: httpx.AsyncClient, *, issuer: str, audience: str, jwks_url: str, partner_keys: Sequence[str]
    ) -> None:
        self._client = client
        self._issuer = issuer
        self._audience = audience
        self._jwks_url = jwks_url
        self._partner_keys = partner_keys
        self._keys: dict[str, dict[str, Any]] = {}
        self._fetched = 0.0

    async def customer(self, headers: Mapping[str, str]) -> str:
        """Return the customer of a bearer token.

        Raises:
            NotSignedInError: There is none, or it is not valid.
        """
        scheme, _, token = headers.get("authorization", "").partition(" ")
        if scheme.lower() != "bearer":
            raise NotSignedInError
        try:
            return await self._subject(token.strip())
        except (JoseError, ValueError, TypeError, binascii.Error, httpx.HTTPError) as error:
            raise NotSignedInError from error

    async def customer_or_partner(self, headers: Mapping[str, str]) -> str:
        """Return the customer of a bearer token, or the partner of an API key where there is no token.

        Raises:
            NotSignedInError: There is neither, or it is not valid.
        """
        if "authorization" in headers or "x-api-key" not in headers:
            return await self.customer(headers)
        return self.partner(headers)

    def partner(self, headers: Mapping[str, str]) -> str:
        """Return the partner of an API key.

        Raises:
            NotSignedInError: There is none, or it is not known.
        """
        shown = headers.get("x-api-key", "").encode()
        for number, key in enumerate(self._partner_keys, 1):
            if hmac.compare_digest(key.encode(), shown):
                return f"partner-{number}"
        raise NotSignedInError

    async def _subject(self, token: str) -> str:
        key = await self._key(_header(token).get("kid"))
        verified = jwt.decode(token, RSAKey.import_key(key), registry=HOW)
        self._check(verified.claims)
        return str(verified.claims["sub"])

    def _check(self, claims: Mapping[str, Any]) -> None:
        now = time.time()
        audience = claims.get("aud")
        if self._audience not in (audience if isinstance(audience, list) else [audience]):
            raise NotSignedInError
        if claims.get("iss") != self._issuer:
            raise NotSignedInError
        if not is_number(claims.get("exp")) or claims["exp"] + SKEW_SECONDS < now:
            raise NotSignedInError
        if "nbf" in claims and (not is_number(claims["nbf"]) or claims["nbf"] - SKEW_SECONDS > now):
            raise NotSignedInError
        if not isinstance(claims.get("sub"), str):
            raise NotSignedInError

    async def _key(self, kid: Any) -> dict[str, Any]:
        """Return the key of a name; without a name, the only key. Keys are rotated, so the set is fetched again."""
        if (not self._keys or kid not in self._keys) and time.monotonic() - self._fetched > REFETCH_SECONDS:
            answer = await self._client.get(self._jwks_url, timeout=FETCH_SECONDS)
            answer.raise_for_status()
            self._keys = {key["kid"]: key for key in answer.json()["keys"]}
            self._fetched = time.monotonic()
        if kid is None and len(self._keys) == 1:
            return next(iter(self._keys.values()))
        if not isinstance(kid, str) or kid not in self._keys:
            raise NotSignedInError
        return self._keys[kid]


def _header(token: str) -> dict[str, Any]:
    part = token.partition(".")[0]
    header = json.loads(base64.urlsafe_b64decode(part + "=" * (-len(part) % 4)))
    if not isinstance(header, dict):
        raise NotSignedInError
    return header


def is_number(value: Any) -> bool:
    """Whether it is a number, which `true` is not."""
    return isinstance(value, int | float) and not isinstance(value, bool)
