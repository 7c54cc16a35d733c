"""The kind `jwt`: a signed token after `Bearer` (RFC 6750, 7519), and the key set that the world serves for it."""

from __future__ import annotations

import json
import secrets
from typing import TYPE_CHECKING, Any, ClassVar, cast

from bothends.contract.tables import NOT_EMPTY, SESSIONS, ForbiddenCaller
from bothends.world.sessions.base import Part, Session, SessionState, known_states
from bothends.world.sessions.jose import ALGORITHMS
from bothends.world.sessions.jose_reading import WrongTokenError
from bothends.world.sessions.jwt_keys import DISCOVERY_PATH, KEYS_PATH, Keys
from bothends.world.sessions.jwt_reading import TokenReader
from bothends.world.sessions.jwt_tokens import Tokens, with_caller
from bothends.world.sessions.reading import Known

if TYPE_CHECKING:
    from collections.abc import Mapping

    from bothends.contract.openapi import SecurityScheme
    from bothends.contract.tables import Table
    from bothends.world.http import Received, Reply
    from bothends.world.sessions.base import Caller
    from bothends.world.sessions.reading import CallerRequest

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
            "description": "The claim `iss`, letter by letter. With `HS256`, a token of another issuer is wrong only "
            "if this is there. Without it: the address of the world's key set.",
            "type": "string",
            "pattern": NOT_EMPTY,
        },
        "audience": {
            "description": "The claim `aud`. With `HS256`, a token for another audience is wrong only if this is "
            "there. Without it: `bothends`.",
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
        keys: What signs them.
        tokens: Makes them.
        checks_type: Whether the target has to look at the header `typ`.
    """

    kind = "jwt"
    about = "signed tokens (JWT) after Bearer, and the key set that verifies them"
    schema: ClassVar[Mapping[str, Any]] = _SCHEMA
    serves = True

    def __init__(self, table: Table) -> None:
        super().__init__(table)
        secret: str = table.text("secret") or secrets.token_urlsafe(_SECRET_BYTES)
        self.keys = Keys(table.text("algorithm") or "RS256", secret)
        self.tokens = Tokens(table, self.addresses, self.keys)
        self.checks_type = "type" in table.values
        self._reader = TokenReader(
            table.values,
            algorithm=self.keys.algorithm,
            type=self.tokens.type if self.checks_type else "",
            audience=self.tokens.audience,
        )

    def satisfies(self, scheme: SecurityScheme) -> bool:
        """Return whether a token in the header `Authorization` is what the scheme asks for."""
        bearer = scheme.type == "http" and scheme.http_scheme == "bearer"
        return bearer or scheme.type in {"oauth2", "openIdConnect"}

    @property
    def port(self) -> int | None:
        """The port of the key set."""
        return self.table.whole_number("port")

    @property
    def is_asked(self) -> bool:
        """Whether there is a key set to ask for: whoever shares a secret asks for none."""
        return self.keys.public

    def promises(self, claim: str) -> bool:
        """Return whether a right target looks at the issuer or the audience, by the key of the table.

        With public keys, discovery names the issuer, and one issuer signs for many services. A secret is shared by two
        sides, and many targets of this kind know nothing else: then it is so only if the table says it.
        """
        return self.keys.public or claim in self.values

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
        key = "port" if self.keys.public else "secret"
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
        claims = {name: with_caller(value, caller) for name, value in other.items()}
        return bearer(self.tokens.signed({**self.tokens.claims(caller, now), **claims}))

    @property
    def shape(self) -> tuple[Any, ...]:
        """Those callers, where there are some."""
        listed = [list(caller.operations) for caller in self.forbidden]
        return (*super().shape, *([listed] if listed else []))

    def credential(self, caller: Caller, now: float) -> Part:
        """Return a valid token."""
        return bearer(self.tokens.valid(caller, now))

    def identity(self, caller: Caller) -> dict[str, Any]:
        """Return the claims of the table."""
        return self.tokens.identity(caller)

    async def read(self, request: CallerRequest) -> Known | str:
        """Return whose token it is."""
        token = request.after("bearer")
        if not token:
            return "there is no token"
        try:
            claims = await self._reader.claims(token, request)
        except WrongTokenError as wrong:
            return str(wrong)
        identity = {name: claims[name] for name in self.tokens.own if name in claims}
        subject = str(claims.get("sub") or json.dumps(identity, sort_keys=True))
        return Known(subject, identity, self._forbidden_by(claims))

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
        return self.keys.secrets

    def variables(self) -> dict[str, str]:
        """Return what a target is told: issuer, audience, where the keys are, or the secret."""
        told = {"issuer": self.tokens.issuer, "audience": self.tokens.audience}
        if not self.keys.public:
            return told | {"secret": self.keys.secrets[0]}
        home = self.addresses.home
        return told | {"jwks": f"{home}{KEYS_PATH}", "discovery": f"{home}{DISCOVERY_PATH}"}

    def answer(self, received: Received) -> Reply:
        """Serve the key set, and what says where it is."""
        return self.keys.answer(received, issuer=self.tokens.issuer, home=self.addresses.home)


def bearer(value: str, word: str = "Bearer") -> Part:
    """Return the header with a token."""
    return Part(headers=(("Authorization", f"{word} {value}"),))


class JwtState(SessionState):
    """One state of a token."""

    @classmethod
    def applies(cls, session: JwtSession) -> bool:
        """Return whether a session's tokens can be in it."""
        del session
        return True

    def token(self, session: JwtSession, caller: Caller, now: float) -> str:
        """Return the token that is a caller's, or would be."""
        raise NotImplementedError

    def part(self, session: JwtSession, caller: Caller, now: float) -> Part:
        """Return what a caller shows: the token, as usual, unless a state says otherwise."""
        return bearer(self.token(session, caller, now))
