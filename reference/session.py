"""The caller's session, from a next-auth v4 cookie: a JWE under a key that is derived from the app's secret."""

from collections.abc import Mapping
from itertools import count, takewhile
from typing import Any

from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from joserfc import jwe, jwt
from joserfc.errors import JoseError
from joserfc.jwk import OctKey

from reference.contract import Contract, DeclaredError

# next-auth reads other algorithms than it issues, and sessions that never end: neither is taken here.
_HEADER = {"alg": "dir", "enc": "A256GCM"}
_ALGORITHMS = jwe.JWERegistry(algorithms=[*_HEADER.values()])
_CLAIMS = jwt.JWTClaimsRegistry(leeway=15, exp={"essential": True})  # seconds that the issuer's clock may be off


class Sessions:
    def __init__(self, secret: str, contract: Contract) -> None:
        kdf = HKDF(algorithm=SHA256(), length=32, salt=b"", info=b"NextAuth.js Generated Encryption Key")
        self._key = OctKey.import_key(kdf.derive(secret.encode()))
        self._cookie, self._schema = contract.cookie, contract.sources["session.user"]

    def user(self, cookies: Mapping[str, list[str]]) -> dict[str, Any]:
        # A token too long for one cookie is split into `.0`, `.1`, and so on.
        chunks = takewhile(cookies.__contains__, (f"{self._cookie}.{number}" for number in count()))
        names = [self._cookie] if self._cookie in cookies else chunks
        try:
            token = jwt.decode("".join(cookies[name][0] for name in names), self._key, registry=_ALGORITHMS)
            _CLAIMS.validate(token.claims)
        # joserfc lets through what the modules below it raise at a token that is none.
        except (JoseError, ValueError, TypeError) as error:
            raise DeclaredError("signed-out", str(error)) from error
        claims = token.claims
        user = {"name": claims.get("name"), "email": claims.get("email"), "image": claims.get("picture")}
        if token.header != _HEADER or not (user["name"] or user["email"]) or not self._schema.is_valid(user):
            raise DeclaredError("signed-out", "not a next-auth session, or one without a user")
        return user
