"""Readers of signed tokens after `Bearer` (RFC 6750, 7515, 7519), checked with a key set (RFC 7517) or a secret."""

from __future__ import annotations

import asyncio
import hashlib
import hmac
import json
import logging
from typing import TYPE_CHECKING, Any

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, padding, rsa, utils

from bothends.contract.kinds import ForbiddenCaller
from bothends.mock.credentials.readers import Asking, Known, Sources, reader
from bothends.mock.credentials.sealed import TokenError, check_times, octets_of
from bothends.mock.destinations import NotSentError, UnreachableError
from bothends.mock.sending import BrokenError

if TYPE_CHECKING:
    from collections.abc import Mapping

_LOG = logging.getLogger("bothends.mock")
_LEEWAY = 30
_OK = 200
_PARTS = 3
_P256 = 32
_FRESH_SECONDS = 300.0
"""How long a key set is used before it is asked for anew."""
_AGAIN_SECONDS = 1.0
"""How soon it is asked for again where a key is not in it."""


class KeySet:
    """The keys at a URL."""

    def __init__(self, sources: Sources) -> None:
        self._sources = sources
        self._keys: list[dict[str, Any]] = []
        self._asked = float("-inf")

    async def key(self, kid: str | None) -> dict[str, Any] | None:
        """Return the key of a name; of no name, the only one."""
        now = asyncio.get_running_loop().time()
        found = self._find(kid)
        if now - self._asked > _FRESH_SECONDS or (found is None and now - self._asked > _AGAIN_SECONDS):
            await self._ask()
            found = self._find(kid)
        return found

    def _find(self, kid: str | None) -> dict[str, Any] | None:
        named = [key for key in self._keys if kid is None or key.get("kid") == kid]
        return named[0] if len(named) == 1 else None

    async def _ask(self) -> None:
        url = self._sources.value("jwks")
        if not url:
            return
        try:
            async with asyncio.timeout(self._sources.seconds):
                answer = await self._sources.client.request("GET", url, (("Accept", "application/json"),), new=True)
            keys = json.loads(answer.body).get("keys") if answer.status == _OK else None
        except NotSentError as error:
            _LOG.warning("the key set of %s was not asked for: %s", self._sources.scheme.name, error)
            return
        except (UnreachableError, BrokenError, TimeoutError, ValueError, AttributeError, RecursionError):
            return  # whom it can't verify, it does not let in
        if isinstance(keys, list):
            self._keys = [key for key in keys if isinstance(key, dict)]
            self._asked = asyncio.get_running_loop().time()


@reader("jwt")
class TokenReader:
    """Verifies the token of one scheme."""

    def __init__(self, sources: Sources) -> None:
        self._sources = sources
        self._values: Mapping[str, Any] = sources.session.values
        self._algorithm: str = self._values.get("algorithm", "RS256")
        self._keys = KeySet(sources)

    async def known(self, asking: Asking) -> Known | None:
        """Return whose token it is, if it is one."""
        token = asking.after("bearer")
        if not token:
            return None
        try:
            claims = await self._claims(token)
            self._check(claims, asking.now)
        except TokenError:
            return None
        names = self._values.get("claims", {"sub": ""})
        identity = {name: claims[name] for name in names if name in claims}
        return Known(str(claims.get("sub") or json.dumps(identity, sort_keys=True)), identity, self._forbidden(claims))

    async def _claims(self, token: str) -> dict[str, Any]:
        parts = token.split(".")
        if len(parts) != _PARTS:
            raise TokenError("no compact JWS")
        header = _object(octets_of(parts[0]))
        wanted = self._values.get("type")
        if header.get("alg") != self._algorithm or "crit" in header:
            raise TokenError("another algorithm, or what is critical and not known")
        if wanted is not None and str(header.get("typ", "")).lower() != str(wanted).lower():
            raise TokenError("another type")
        text = f"{parts[0]}.{parts[1]}".encode()
        kid = header.get("kid")
        if kid is not None and not isinstance(kid, str):
            raise TokenError("a key's name that is no text")
        if not await self._is_right(kid, text, octets_of(parts[2])):
            raise TokenError("another key, or other bytes")
        return _object(octets_of(parts[1]))

    async def _is_right(self, kid: str | None, text: bytes, signature: bytes) -> bool:
        if self._algorithm == "HS256":
            secret = self._values.get("secret") or self._sources.value("secret")
            made = hmac.digest(secret.encode(), text, hashlib.sha256)
            return bool(secret) and hmac.compare_digest(made, signature)
        key = await self._keys.key(kid)
        if key is None:
            return False
        try:
            _verify(self._algorithm, key, text, signature)
        except (InvalidSignature, TokenError, ValueError, KeyError, TypeError):
            return False
        return True

    def _check(self, claims: dict[str, Any], now: float) -> None:
        check_times(claims, now, _LEEWAY)
        issuer = self._values.get("issuer") or self._sources.value("issuer")
        audience = self._values.get("audience") or self._sources.value("audience") or "bothends"
        if issuer and claims.get("iss") != issuer:
            raise TokenError("another issuer")
        told = claims.get("aud")
        if audience not in (told if isinstance(told, list) else [told]):
            raise TokenError("for somebody else")

    def _forbidden(self, claims: Mapping[str, Any]) -> ForbiddenCaller | None:
        for each in self._values.get("forbidden", ()):
            if all(claims.get(name) == value for name, value in each["claims"].items() if "{" not in str(value)):
                return ForbiddenCaller.of(each.get("operations"))
        return None


def _object(octets: bytes) -> dict[str, Any]:
    try:
        value = json.loads(octets.decode())
    except (ValueError, RecursionError) as error:
        raise TokenError("no JSON") from error
    if not isinstance(value, dict):
        raise TokenError("no object")
    return value


def _number(text: str) -> int:
    return int.from_bytes(octets_of(text), "big")


def _verify(algorithm: str, key: Mapping[str, Any], text: bytes, signature: bytes) -> None:
    """Hold a signature against a public key.

    Raises:
        InvalidSignature: It is another key's, or of other bytes.
    """
    match algorithm:
        case "RS256":
            public = rsa.RSAPublicNumbers(_number(key["e"]), _number(key["n"])).public_key()
            public.verify(signature, text, padding.PKCS1v15(), hashes.SHA256())
        case "ES256":
            if len(signature) != 2 * _P256:
                raise TokenError("a signature of another length")
            r, s = (int.from_bytes(part, "big") for part in (signature[:_P256], signature[_P256:]))
            point = ec.EllipticCurvePublicNumbers(_number(key["x"]), _number(key["y"]), ec.SECP256R1()).public_key()
            point.verify(utils.encode_dss_signature(r, s), text, ec.ECDSA(hashes.SHA256()))
        case _:
            ed25519.Ed25519PublicKey.from_public_bytes(octets_of(key["x"])).verify(signature, text)
