"""The kind `jwt`: a signed token after `Bearer` (RFC 6750, 7519), and the key set that the world serves for it."""

from __future__ import annotations

import json
import re
import secrets
from hmac import compare_digest
from typing import TYPE_CHECKING, Any, ClassVar, cast

from bothends.contract.tables import NOT_EMPTY, SESSIONS, ForbiddenCaller
from bothends.world.http import Reply
from bothends.world.sessions.base import Part, Session, SessionState, known_states
from bothends.world.sessions.jose import ALGORITHMS, SharedKey, SigningKey, hs256, json_text, new_key, token
from bothends.world.sessions.jose_reading import (
    KeySet,
    WrongTokenError,
    check_times,
    is_signed,
    json_object,
    octets_of,
)
from bothends.world.sessions.reading import Known

if TYPE_CHECKING:
    from collections.abc import Mapping

    from bothends.contract.openapi import SecurityScheme
    from bothends.contract.tables import Table
    from bothends.world.http import Received
    from bothends.world.sessions.base import Caller
    from bothends.world.sessions.jose import Key
    from bothends.world.sessions.reading import CallerRequest

KEYS_PATH = "/.well-known/jwks.json"
DISCOVERY_PATH = "/.well-known/openid-configuration"
_LIFETIME = 3600
_LEEWAY = 30
"""How far the issuer's clock may be off, seconds, for who reads a token."""
_PARTS = 3
_JSON = (("content-type", "application/json"), ("cache-control", "max-age=300"))
_CLAIMS: Mapping[str, Any] = {"sub": "{caller.subject}"}
_FIELD = re.compile(r"\{caller\.(subject|name|email|image)\}")
_SECRET_BYTES = 32

_FORBIDDEN = 'forbidden = [{claims = {scope = "orders:read"}}]'
_SCHEMA: Mapping[str, Any] = {
    "$defs": {
        "forbidden-token": {
            "type": "object",
            "required": ["claims"],
            "additionalProperties": False,
            "properties": {
                "claims": {"type": "object", "minProperties": 1, "x-expected": _FORBIDDEN},
                "operations": {
                    "type": "array",
                    "minItems": 1,
                    "items": {"type": "string", "minLength": 1},
                    "x-expected": 'operation IDs, such as ["createOrder"]',
                },
            },
        },
    },
    "properties": {
        "algorithm": {
            "description": "How tokens are signed: `RS256`, `ES256`, `EdDSA`, or `HS256`, for which the target has the "
            "secret and reads no key set. Without it: `RS256`.",
            "enum": list(ALGORITHMS),
            "type": "string",
            "default": "RS256",
        },
        "issuer": {
            "description": "The claim `iss`, letter by letter. Without it: the address of the world's key set.",
            "type": "string",
            "pattern": NOT_EMPTY,
        },
        "audience": {
            "description": "The claim `aud`. Without it: `bothends`.",
            "type": "string",
            "pattern": NOT_EMPTY,
        },
        "claims": {
            "description": "More claims. A text can contain `{caller.subject}`, `{caller.name}`, `{caller.email}` and "
            "`{caller.image}`; a claim of nothing else that is null is left out. They are the value that "
            '`x-from: session.user` stands for. Without it: `{sub = "{caller.subject}"}`.',
            "type": "object",
            "x-expected": 'a table, such as {sub = "{caller.subject}", scope = "orders:write"}',
        },
        "forbidden": {
            "description": "Callers who are known and lack permission: for each of them the `claims` that differ, and "
            "`operations`, the IDs of the operations that they may not use. Without `operations`: each operation with "
            "an answer `x-given: forbidden`.",
            "type": "array",
            "minItems": 1,
            "items": {"$ref": "#/$defs/forbidden-token"},
            "x-expected": _FORBIDDEN,
        },
        "type": {
            "description": "The header `typ`, which a target then has to check. Without it: `JWT`, and any is right.",
            "type": "string",
            "pattern": NOT_EMPTY,
        },
        "secret": {
            "description": "The secret of `HS256`. Without it: a new one for each run of a launched target.",
            "type": "string",
            "pattern": NOT_EMPTY,
        },
        "strict": {
            "description": "Whether a token that correct targets differ about is to be refused, such as one that never "
            "expires.",
            "type": "boolean",
        },
        "port": {
            "description": "Port of the key set. Without it: a free port.",
            "type": "integer",
            "minimum": 1,
            "maximum": 65535,
        },
    },
}


@SESSIONS.add
class JwtSession(Session):
    """A token of its own for each exchange.

    Attributes:
        algorithm: How it is signed.
        audience: The claim `aud`.
        type: The header `typ`.
        checks_type: Whether the target has to look at it.
    """

    kind = "jwt"
    about = "signed tokens (JWT) after Bearer, and the key set that verifies them"
    schema: ClassVar[Mapping[str, Any]] = _SCHEMA
    serves = True

    def __init__(self, table: Table) -> None:
        super().__init__(table)
        self.algorithm: str = table.text("algorithm") or "RS256"
        self.audience: str = table.text("audience") or "bothends"
        self.type: str = table.text("type") or "JWT"
        self.checks_type = "type" in table.values
        self._claims: Mapping[str, Any] = table.values.get("claims", _CLAIMS)
        if not _FIELD.search(json.dumps(self._claims)):
            raise table.error(
                "claims",
                "No claim tells callers apart: none of them contains a field of the caller.",
                expected='such as {sub = "{caller.subject}"}',
            )
        self._secret: str = table.text("secret") or secrets.token_urlsafe(_SECRET_BYTES)
        self._keys: dict[str, SigningKey] = {}
        self._new: list[SigningKey] = []
        self._read_keys = KeySet()

    def satisfies(self, scheme: SecurityScheme) -> bool:
        """Return whether a token in the header `Authorization` is what the scheme asks for."""
        bearer = scheme.type == "http" and scheme.http_scheme == "bearer"
        return bearer or scheme.type in {"oauth2", "openIdConnect"}

    @property
    def port(self) -> int | None:
        """The port of the key set."""
        return self.table.whole_number("port")

    @property
    def issuer(self) -> str:
        """The claim `iss`."""
        return self.table.text("issuer") or self.addresses.home

    @property
    def public(self) -> bool:
        """Whether the target verifies by public keys."""
        return self.algorithm != "HS256"

    @property
    def states(self) -> tuple[str, ...]:
        """Those of a token under its algorithm."""
        known = cast("tuple[type[JwtState], ...]", known_states(JwtState))
        return tuple(state.name for state in known if state.applies(self))

    @property
    def strict(self) -> bool:
        """Whether the settings ask for more than all right targets do."""
        return self.table.flag("strict")

    @property
    def not_known(self) -> tuple[str, ...]:
        """Of a key set its port, of a secret the secret, where new ones are made."""
        key = "port" if self.public else "secret"
        return () if key in self.values else (key,)

    @property
    def own_secrets(self) -> tuple[str, ...]:
        """The secret, where it stands in the table."""
        return ("secret",) if "secret" in self.values else ()

    @property
    def forbidden(self) -> tuple[ForbiddenCaller, ...]:
        """Those in the table."""
        return tuple(ForbiddenCaller.of(each.get("operations")) for each in self.values.get("forbidden", ()))

    def forbidden_credential(self, number: int, caller: Caller, now: float) -> Part:
        """Return a valid token with other claims."""
        other = self.values["forbidden"][number - 1]["claims"]
        claims = {name: _filled(value, caller) for name, value in other.items()}
        return bearer(self.signed({**self.claims(caller, now), **claims}))

    @property
    def shape(self) -> tuple[Any, ...]:
        """Those callers, where there are some."""
        listed = [list(caller.operations) for caller in self.forbidden]
        return (*super().shape, *([listed] if listed else []))

    @property
    def key(self) -> Key:
        """What tokens are signed with."""
        return self.named_key("key-1") if self.public else SharedKey(self._secret)

    def named_key(self, kid: str) -> SigningKey:
        """Return a key pair of that name, the same for all tokens."""
        if kid not in self._keys:
            self._keys[kid] = new_key(self.algorithm, kid)
        return self._keys[kid]

    def published(self, kid: str) -> SigningKey:
        """Return a key pair that stands in the key set from now on."""
        key = self.named_key(kid)
        if key not in self._new:
            self._new.append(key)
        return key

    def header(self, key: Key) -> dict[str, Any]:
        """Return the header of a token that a key signs."""
        named = {"kid": key.kid} if key.kid else {}
        return {"alg": key.algorithm, "typ": self.type, **named}

    def claims(self, caller: Caller, now: float) -> dict[str, Any]:
        """Return all claims of a caller's token."""
        issued = int(now)
        return {
            "iss": self.issuer,
            "aud": self.audience,
            **self._own_claims(caller),
            "iat": issued,
            "nbf": issued,
            "exp": issued + _LIFETIME,
            "jti": f"{caller.subject}-{issued}",
        }

    def credential(self, caller: Caller, now: float) -> Part:
        """Return a valid token."""
        return bearer(self.signed(self.claims(caller, now)))

    def signed(self, claims: Mapping[str, Any], *, key: Key | None = None, **header: Any) -> str:
        """Return a token of claims.

        Args:
            claims: The claims.
            key: What signs it; None: the usual key.
            header: More of the header, or other than usual; what is None is left out.
        """
        by = self.key if key is None else key
        whole = {name: value for name, value in {**self.header(by), **header}.items() if value is not None}
        return token(whole, json_text(dict(claims)), by=by.signature)

    def identity(self, caller: Caller) -> dict[str, Any]:
        """Return the claims of the table."""
        return self._own_claims(caller)

    async def read(self, request: CallerRequest) -> Known | str:
        """Return whose token it is."""
        token = request.after("bearer")
        if not token:
            return "there is no token"
        try:
            claims = await self._read_claims(token, request)
            self._check_claims(claims, request)
        except WrongTokenError as wrong:
            return str(wrong)
        identity = {name: claims[name] for name in self._claims if name in claims}
        subject = str(claims.get("sub") or json.dumps(identity, sort_keys=True))
        return Known(subject, identity, self._forbidden_by(claims))

    async def _read_claims(self, token: str, request: CallerRequest) -> dict[str, Any]:
        parts = token.split(".")
        if len(parts) != _PARTS:
            raise WrongTokenError("the token is no compact JWS")
        header = json_object(octets_of(parts[0]))
        if header.get("alg") != self.algorithm or "crit" in header:
            raise WrongTokenError("the token has another algorithm, or what is critical and not known")
        if self.checks_type and str(header.get("typ", "")).lower() != self.type.lower():
            raise WrongTokenError("the token has another type")
        kid = header.get("kid")
        if kid is not None and not isinstance(kid, str):
            raise WrongTokenError("the token has a key's name that is no text")
        text = f"{parts[0]}.{parts[1]}".encode()
        if not await self._is_signed(kid, text, octets_of(parts[2]), request):
            raise WrongTokenError("the token has another key, or other bytes")
        return json_object(octets_of(parts[1]))

    async def _is_signed(self, kid: str | None, text: bytes, signature: bytes, request: CallerRequest) -> bool:
        if not self.public:
            secret = self.values.get("secret") or request.told("secret")
            return bool(secret) and compare_digest(hs256(secret.encode(), text), signature)
        url = request.told("jwks")
        key = await self._read_keys.key(kid, url, request.fetch) if url else None
        return key is not None and is_signed(self.algorithm, key, text, signature)

    def _check_claims(self, claims: Mapping[str, Any], request: CallerRequest) -> None:
        check_times(claims, request.now, _LEEWAY)
        issuer = self.values.get("issuer") or request.told("issuer")
        audience = self.values.get("audience") or request.told("audience") or self.audience
        if issuer and claims.get("iss") != issuer:
            raise WrongTokenError("the token has another issuer")
        told = claims.get("aud")
        if audience not in (told if isinstance(told, list) else [told]):
            raise WrongTokenError("the token is for somebody else")

    def _forbidden_by(self, claims: Mapping[str, Any]) -> ForbiddenCaller | None:
        for each in self.values.get("forbidden", ()):
            if all(claims.get(name) == value for name, value in each["claims"].items() if "{" not in str(value)):
                return ForbiddenCaller.of(each.get("operations"))
        return None

    def in_state(self, state: SessionState, caller: Caller, now: float) -> tuple[Part, Mapping[str, Any]] | None:
        """Return what a caller shows whose token is in a state."""
        if isinstance(state, JwtState):
            return state.part(self, caller, now), caller.user
        return super().in_state(state, caller, now)

    def secrets(self) -> tuple[str, ...]:
        """Return the secret that the target shares."""
        return () if self.public else (self._secret,)

    def variables(self) -> dict[str, str]:
        """Return what a target is told: issuer, audience, where the keys are, or the secret."""
        told = {"issuer": self.issuer, "audience": self.audience}
        if not self.public:
            return told | {"secret": self._secret}
        home = self.addresses.home
        return told | {"jwks": f"{home}{KEYS_PATH}", "discovery": f"{home}{DISCOVERY_PATH}"}

    def answer(self, received: Received) -> Reply:
        """Serve the key set, and what says where it is (OpenID Connect Discovery 1.0 section 4)."""
        if received.method not in {"GET", "HEAD"}:
            return Reply(405, (("allow", "GET, HEAD"),))
        match received.path:
            case path if path == KEYS_PATH and self.public:
                keys = [self.named_key("key-1").jwk, *(key.jwk for key in self._new)]
                return Reply(200, _JSON, json_text({"keys": keys}))
            case path if path == DISCOVERY_PATH and self.public:
                about = {
                    "issuer": self.issuer,
                    "jwks_uri": f"{self.addresses.home}{KEYS_PATH}",
                    "id_token_signing_alg_values_supported": [self.algorithm],
                    "response_types_supported": ["code"],
                    "subject_types_supported": ["public"],
                }
                return Reply(200, _JSON, json_text(about))
        return Reply(404)

    def _own_claims(self, caller: Caller) -> dict[str, Any]:
        filled = {name: _filled(value, caller) for name, value in self._claims.items()}
        return {name: value for name, value in filled.items() if value is not None}


def bearer(value: str, word: str = "Bearer") -> Part:
    """Return the header with a token."""
    return Part(headers=(("Authorization", f"{word} {value}"),))


def _filled(value: Any, caller: Caller) -> Any:
    """Return a claim of the table with the caller's fields in it."""
    if isinstance(value, list):
        return [_filled(each, caller) for each in value]
    if isinstance(value, dict):
        return {name: _filled(each, caller) for name, each in value.items()}
    if not isinstance(value, str):
        return value
    fields = {"subject": caller.subject, **{key: caller.user.get(key) for key in ("name", "email", "image")}}
    alone = _FIELD.fullmatch(value)
    if alone is not None:
        return fields[alone[1]]
    return _FIELD.sub(lambda found: fields[found[1]] or "", value)


class JwtState(SessionState):
    """One state of a token."""

    @classmethod
    def applies(cls, session: JwtSession) -> bool:
        """Return whether a session's tokens can be in it."""
        del session
        return True

    def token(self, session: JwtSession, caller: Caller, now: float) -> str:
        """Return the token.

        Args:
            session: Signs tokens.
            caller: Whose it is, or would be.
            now: Seconds since the epoch.
        """
        raise NotImplementedError

    def part(self, session: JwtSession, caller: Caller, now: float) -> Part:
        """Return what a caller shows: the token, as usual, unless a state says otherwise."""
        return bearer(self.token(session, caller, now))
