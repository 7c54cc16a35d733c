"""The keys of signed tokens, and what the world says of them: the key set, and where that is."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bothends.world.http import Reply
from bothends.world.sessions.jose import SharedKey, SigningKey, json_text, new_key

if TYPE_CHECKING:
    from bothends.world.http import Received
    from bothends.world.sessions.jose import Key

KEYS_PATH = "/.well-known/jwks.json"
DISCOVERY_PATH = "/.well-known/openid-configuration"
_JSON = (("content-type", "application/json"), ("cache-control", "max-age=300"))


class Keys:
    """The keys of one session, each of which is made when it is asked for.

    Args:
        algorithm: How tokens are signed; `HS256`: with the secret.
        secret: What the target shares under `HS256`.

    Attributes:
        algorithm: As above.
        public: Whether the target verifies by public keys.
    """

    def __init__(self, algorithm: str, secret: str) -> None:
        self.algorithm = algorithm
        self.public = algorithm != "HS256"
        self._secret = secret
        self._made: dict[str, SigningKey] = {}
        self._new: list[SigningKey] = []

    @property
    def usual(self) -> Key:
        """What tokens are signed with."""
        return self.named("key-1") if self.public else SharedKey(self._secret)

    @property
    def secrets(self) -> tuple[str, ...]:
        """The secret that the target shares, where it does."""
        return () if self.public else (self._secret,)

    def named(self, kid: str) -> SigningKey:
        """Return a key pair of that name, the same for all tokens."""
        if kid not in self._made:
            self._made[kid] = new_key(self.algorithm, kid)
        return self._made[kid]

    def published(self, kid: str) -> SigningKey:
        """Return a key pair that stands in the key set from now on."""
        key = self.named(kid)
        if key not in self._new:
            self._new.append(key)
        return key

    def answer(self, received: Received, *, issuer: str, home: str) -> Reply:
        """Serve the key set, and what says where it is (OpenID Connect Discovery 1.0 section 4).

        Args:
            received: What was asked.
            issuer: The claim `iss` of tokens.
            home: The base URL at which that was asked.
        """
        if received.method not in {"GET", "HEAD"}:
            return Reply(405, (("allow", "GET, HEAD"),))
        match received.path:
            case path if path == KEYS_PATH and self.public:
                keys = [self.named("key-1").jwk, *(key.jwk for key in self._new)]
                return Reply(200, _JSON, json_text({"keys": keys}))
            case path if path == DISCOVERY_PATH and self.public:
                about = {
                    "issuer": issuer,
                    "jwks_uri": f"{home}{KEYS_PATH}",
                    "id_token_signing_alg_values_supported": [self.algorithm],
                    "response_types_supported": ["code"],
                    "subject_types_supported": ["public"],
                }
                return Reply(200, _JSON, json_text(about))
        return Reply(404)
