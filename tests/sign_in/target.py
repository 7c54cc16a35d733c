"""Takes orders from those who can sign in by a token, a key or a password, with one bug at most.

The environment says how (`KIND`), with what (`ISSUER`, `AUDIENCE`, `JWKS`, `SECRET`, `TYPE`, `KEYS`, `USER_1` …), and
which bug it has (`BUG`). Each bug is a way in which released code has been wrong.
"""

from __future__ import annotations

import asyncio
import base64
import hashlib
import hmac
import json
import os
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

import aiohttp
import uvicorn
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, padding, rsa, utils
from starlette.applications import Starlette
from starlette.responses import Response
from starlette.routing import Route

if TYPE_CHECKING:
    from starlette.requests import Request

KIND, BUG = os.environ["KIND"], os.environ.get("BUG", "")
SKEW = 60
TIMEOUT = float(os.environ["PATIENCE"])
"""How long it waits for another service, seconds."""
READER = os.environ.get("READER")
"""Who may not order; of tokens, those with the scope of a reader."""
HELD: dict[str, Any] = {"keys": None, "at": 0.0}


class RefusedError(Exception):
    """Nobody is signed in."""


def decoded(text: str) -> bytes:
    """Return the bytes of base64url without padding."""
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))


def public_key(jwk: dict[str, Any]) -> Any:
    """Return the public key of a JWK."""
    if jwk["kty"] == "RSA":
        n, e = (int.from_bytes(decoded(jwk[part]), "big") for part in ("n", "e"))
        return rsa.RSAPublicNumbers(e, n).public_key()
    if jwk["kty"] == "EC":
        x, y = (int.from_bytes(decoded(jwk[part]), "big") for part in ("x", "y"))
        return ec.EllipticCurvePublicNumbers(x, y, ec.SECP256R1()).public_key()
    return ed25519.Ed25519PublicKey.from_public_bytes(decoded(jwk["x"]))


def check_signature(jwk: dict[str, Any], text: bytes, signature: bytes) -> None:
    """Check a signature, with the algorithm of the key."""
    key = public_key(jwk)
    try:
        if jwk["kty"] == "RSA":
            key.verify(signature, text, padding.PKCS1v15(), hashes.SHA256())
        elif jwk["kty"] == "EC":
            r, s = (int.from_bytes(part, "big") for part in (signature[:32], signature[32:]))
            if BUG == "zero-signature" and r == s == 0:
                return
            key.verify(utils.encode_dss_signature(r, s), text, ec.ECDSA(hashes.SHA256()))
        else:
            key.verify(signature, text)
    except (InvalidSignature, ValueError) as error:
        raise RefusedError from error


async def fetched(url: str) -> Any:
    """Return the JSON at an address."""
    timeout = aiohttp.ClientTimeout(total=TIMEOUT)
    async with aiohttp.ClientSession(timeout=timeout) as session, session.get(url) as answer:
        answer.raise_for_status()
        return json.loads(await answer.read())


async def keys(kid: str | None) -> list[dict[str, Any]]:
    """Return the key set; asked for again where it has no key of that name, at most once a second."""
    known = HELD["keys"]
    stale = known is not None and kid is not None and all(key["kid"] != kid for key in known)
    if known is None or (stale and time.monotonic() - HELD["at"] > 1.0):
        try:
            HELD["keys"] = (await fetched(os.environ["JWKS"]))["keys"]
        except (aiohttp.ClientError, TimeoutError, ValueError, KeyError, TypeError) as error:
            if BUG == "open-without-keys":
                return []
            raise RefusedError from error
        HELD["at"] = time.monotonic() if stale else 0.0
    found: list[dict[str, Any]] = HELD["keys"]
    return found


async def verified(header: dict[str, Any], text: bytes, signature: bytes) -> None:
    """Check who has signed a token."""
    alg, kid = str(header.get("alg")), header.get("kid")
    if BUG == "no-signature":
        return None
    if (BUG == "none" and alg == "none") or (BUG == "none-in-any-case" and alg.lower() == "none"):
        return None
    if BUG == "stripped" and not signature:
        return None
    if BUG == "brings-its-key" and "jwk" in header:
        return check_signature(header["jwk"], text, signature)
    if BUG in {"key-at-address", "certificate-at-address"} and ("jku" in header or "x5u" in header):
        await fetched(header.get("jku") or header["x5u"])
    if BUG == "key-name-is-path" and isinstance(kid, str) and "/" in kid:
        secret = Path(kid).read_bytes() if Path(kid).exists() else b"?"
        if hmac.compare_digest(hmac.new(secret, text, hashlib.sha256).digest(), signature):
            return None
    if "SECRET" in os.environ:
        guesses = [os.environ["SECRET"], *(["secret"] if BUG == "guessed" else [])]
        right = (hmac.new(guess.encode(), text, hashlib.sha256).digest() for guess in guesses)
        if alg != "HS256" or not any(hmac.compare_digest(one, signature) for one in right):
            raise RefusedError
        return None
    known = await keys(kid)
    if BUG == "open-without-keys" and not known:
        return None
    jwk = next((key for key in known if kid is None or key["kid"] == kid), None)
    if jwk is None and BUG == "any-key":
        return None
    if jwk is None:
        raise RefusedError
    if BUG == "public-key-as-secret" and alg == "HS256":
        form = serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo
        if hmac.compare_digest(hmac.new(public_key(jwk).public_bytes(*form), text, hashlib.sha256).digest(), signature):
            return None
        raise RefusedError
    if alg != jwk["alg"]:
        raise RefusedError
    return check_signature(jwk, text, signature)


def check_claims(claims: Any, header: dict[str, Any]) -> None:
    """Check what a token says."""
    now = time.time()
    if not isinstance(claims, dict):
        raise RefusedError
    exp, nbf, aud = claims.get("exp"), claims.get("nbf"), claims.get("aud")
    number = int if BUG == "whole-seconds" else int | float
    if BUG != "no-end" and (not isinstance(exp, number) or exp + (3600 if BUG == "long-skew" else SKEW) < now):
        raise RefusedError
    if BUG != "no-beginning" and nbf is not None and (not isinstance(nbf, int | float) or nbf - SKEW > now):
        raise RefusedError
    if BUG == "no-issuer-needed" and "iss" not in claims:
        pass
    elif BUG != "no-issuer" and claims.get("iss") != os.environ["ISSUER"]:
        raise RefusedError
    wanted = os.environ["AUDIENCE"]
    several = aud if isinstance(aud, list) and BUG != "one-audience" else [aud]
    if BUG == "part-of-audience":
        several = [wanted for one in several if isinstance(one, str) and wanted in one]
    if BUG == "no-audience-needed" and aud is None:
        pass
    elif BUG != "no-audience" and wanted not in several:
        raise RefusedError
    if BUG != "no-crit" and "crit" in header:
        raise RefusedError
    if "TYPE" in os.environ and BUG != "no-type" and header.get("typ") != os.environ["TYPE"]:
        raise RefusedError
    if BUG == "known-claims-only" and not claims.keys() <= {"iss", "aud", "sub", "iat", "nbf", "exp", "jti"}:
        raise RefusedError
    if BUG == "known-headers-only" and not header.keys() <= {"alg", "typ", "kid", "jwk", "jku", "x5u", "crit"}:
        raise RefusedError


async def by_token(request: Request) -> str:
    """Return who a bearer token says that it is."""
    word, _, value = request.headers.get("authorization", "").partition(" ")
    right = word == "Bearer" if BUG == "scheme-with-case" else word.lower() == "bearer" or BUG == "any-scheme"
    if not right:
        raise RefusedError
    parts = value.strip().split(".")
    if len(parts) == 2 and BUG == "two-parts":
        return str(json.loads(decoded(parts[1]))["sub"])
    if len(parts) != 3:
        raise RefusedError
    header = json.loads(decoded(parts[0]))
    await verified(header, f"{parts[0]}.{parts[1]}".encode(), decoded(parts[2]))
    claims = json.loads(decoded(parts[1]))
    check_claims(claims, header)
    request.state.scope = claims.get("scope")
    return str(claims["sub"])


def shown_key(request: Request) -> str | None:
    """Return the API key of a request, from where the contract says."""
    place, _, name = os.environ["PLACE"].partition(":")
    parts = {"header": request.headers, "query": request.query_params, "cookie": request.cookies}
    found: str | None = parts[place].get(name)
    return found


async def by_key(request: Request) -> str:
    """Return whose an API key is."""
    shown = shown_key(request)
    if BUG == "undefined" and shown == "undefined":
        return "user-1"
    if shown is None or (not shown and BUG != "empty"):
        raise RefusedError
    for number, key in enumerate(os.environ["KEYS"].split(","), 1):
        right = {
            "beginning": key.startswith(shown),
            "empty": not shown or hmac.compare_digest(key.encode(), shown.encode()),
            "longer": shown.startswith(key),
            "no-case": shown.lower() == key.lower(),
            "pattern": shown in {key, "%"},
            "any": True,
        }.get(BUG, hmac.compare_digest(key.encode(), shown.encode()))
        if right:
            return f"user-{number}"
    raise RefusedError


async def by_password(request: Request) -> str:
    """Return whose a password is."""
    word, _, value = request.headers.get("authorization", "").partition(" ")
    if word != "Basic" if BUG == "scheme-with-case" else word.lower() != "basic" and BUG != "any-scheme":
        raise RefusedError
    text = (
        base64.b64decode(value, validate=BUG != "not-coded").decode()
        if BUG != "not-coded" or ":" not in value
        else value
    )
    if ":" not in text and BUG != "no-colon":
        raise RefusedError
    user, password = [*text.split(":"), ""][:2] if BUG == "each-colon" else text.partition(":")[::2]
    numbers = [n for n in (1, 2, 3) if f"USER_{n}" in os.environ]
    accounts = {os.environ[f"USER_{n}"]: (n, os.environ[f"PASSWORD_{n}"]) for n in numbers}
    if BUG == "any-user" and user not in accounts:
        user = next((name for name, (_, known) in accounts.items() if known == password), user)
    if user not in accounts:
        raise RefusedError
    number, known = accounts[user]
    right = {
        "no-password": True,
        "no-colon": password == known or ":" not in text,
        "empty-password": password in {known, ""},
        "beginning": bool(password) and known.startswith(password),
        "longer": password.startswith(known),
        "any-password": password in {one for _, one in accounts.values()},
    }.get(BUG, hmac.compare_digest(password.encode(), known.encode()))
    if not right:
        raise RefusedError
    return f"user-{number}"


WAYS = {"jwt": by_token, "api-key": by_key, "basic": by_password}


def refuse(constant: str) -> None:
    """Take no constant that JSON has not."""
    raise ValueError(constant)


async def order(request: Request) -> Response:
    """Take an order, and tell of it."""
    try:
        caller = await WAYS[KIND](request)
    except (RefusedError, ValueError, KeyError, TypeError, AttributeError, RecursionError):
        return Response(status_code=401, headers={"WWW-Authenticate": "Bearer" if KIND == "jwt" else "Basic"})
    except (aiohttp.ClientError, TimeoutError):
        return Response(status_code=401)
    may_not = BUG != "permission-not-checked" and (
        caller == READER or getattr(request.state, "scope", None) == "orders:read"
    )
    if may_not and BUG != "sent-although-forbidden":
        return Response(status_code=403)
    if request.headers.get("content-type", "").partition(";")[0].strip().lower() != "application/json":
        return Response(status_code=415)
    try:
        wanted = json.loads((await request.body()).decode(), parse_constant=refuse)
    except (ValueError, RecursionError):
        return Response(status_code=400)
    item = wanted.get("item") if isinstance(wanted, dict) else None
    if not isinstance(item, str) or not item:
        return Response(status_code=422)
    body = json.dumps({"item": item, "by": caller}).encode()
    began = time.monotonic()
    try:
        async with (
            asyncio.timeout(TIMEOUT),
            request.app.state.client.post(
                f"{os.environ['HOOK']}/orders",
                data=body,
                headers={"Content-Type": "application/json"},
                allow_redirects=False,
            ) as answer,
        ):
            taken = 403 if may_not else 201
            return Response(status_code=taken if answer.status == 204 else 502)
    except TimeoutError:
        return Response(status_code=504)
    except aiohttp.ClientConnectorError:
        return Response(status_code=503)
    except aiohttp.ClientError:
        return Response(status_code=504 if time.monotonic() - began > TIMEOUT - 0.05 else 502)


async def serve() -> None:
    """Serve until the end."""
    app = Starlette(routes=[Route("/orders", order, methods=["POST"])])
    async with aiohttp.ClientSession(connector=aiohttp.TCPConnector(limit=0)) as client:
        app.state.client = client
        config = uvicorn.Config(app, port=int(os.environ["PORT"]), log_level="error")
        await uvicorn.Server(config).serve()


if __name__ == "__main__":
    asyncio.run(serve())
