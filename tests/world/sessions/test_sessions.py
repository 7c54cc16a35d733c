"""Sessions, held against tokens that the real libraries made."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from joserfc import jwe
from joserfc.jwk import OctKey

from bothends.world.sessions.nextauth import AuthJsV5, NextAuthV4, thumbprint
from bothends.world.sessions.sealed import LIFETIME, Issuer, SealingLibrary

VECTORS: dict[str, Any] = json.loads((Path(__file__).parents[2] / "vectors" / "session-tokens.json").read_text())
SECRET: str = VECTORS["secret"]
V4, V5, V5_SECURE = VECTORS["v4"], VECTORS["v5"], VECTORS["v5_secure"]
NOW = 1_700_000_000.75


def opened(token: str, key: bytes) -> tuple[dict[str, Any], dict[str, Any]]:
    """Return a token's header and claims."""
    made = jwe.decrypt_compact(token, OctKey.import_key(key), algorithms=["dir", "A256GCM", "A256CBC-HS512"])
    assert made.plaintext is not None
    return made.headers(), json.loads(made.plaintext)


@pytest.mark.parametrize(
    ("kind", "vector"), [(NextAuthV4(), V4), (AuthJsV5(), V5), (AuthJsV5(), V5_SECURE)], ids=["v4", "v5", "v5_secure"]
)
def test_keys_are_those_of_the_libraries(kind: Any, vector: dict[str, Any]) -> None:
    """The same secret and cookie name give the same key."""
    assert vector["key_hex"] == kind.key(SECRET, vector["cookie"]).hex()


@pytest.mark.parametrize(("kind", "vector"), [(NextAuthV4(), V4), (AuthJsV5(), V5)], ids=["v4", "v5"])
def test_tokens_are_those_of_the_libraries(kind: Any, vector: dict[str, Any]) -> None:
    """A library's token opens with our key, and ours has the same header and the same claims."""
    header, claims = opened(vector["token"], kind.key(SECRET, vector["cookie"]))
    issuer = Issuer(kind, SECRET, vector["cookie"], NOW, number=1)
    ((name, token),) = issuer.issue({"name": "Ada", "email": "ada@example.com", "image": "p"})
    our_header, our_claims = opened(token, bytes.fromhex(vector["key_hex"]))
    assert vector["cookie"] == name
    assert header == our_header
    assert {**claims, "jti": None} == {**our_claims, "jti": None}
    assert 8 == UUID(our_claims["jti"]).version
    assert LIFETIME == our_claims["exp"] - our_claims["iat"]


def test_the_key_s_name_is_its_thumbprint() -> None:
    """Auth.js names the key in `kid`, so that secrets may rotate."""
    assert V5["kid"] == thumbprint(bytes.fromhex(V5["key_hex"]))


def test_absent_and_null_claims() -> None:
    """What the user does not have gets no claim; null stays null."""
    issuer = Issuer(NextAuthV4(), SECRET, "c", NOW)
    claims = issuer.claims({"name": None})
    assert claims["name"] is None
    assert {"sub", "name", "iat", "exp", "jti"} == set(claims)


@pytest.mark.parametrize(("library", "size"), [(NextAuthV4(), 3933), (AuthJsV5(), 3936)], ids=["v4", "v5"])
def test_long_tokens_are_cut(library: SealingLibrary, size: int) -> None:
    """A token that fits is one cookie; a longer one is numbered chunks that join to it."""
    issuer = Issuer(library, SECRET, "c", NOW)
    assert (("c", "x" * size),) == issuer.cookies("x" * size)
    chunks = issuer.cookies("x" * (size + 1))
    assert [("c.0", size), ("c.1", 1)] == [(name, len(value)) for name, value in chunks]
    many = issuer.issue({"name": "y" * 40_000})
    assert [f"c.{index}" for index in range(len(many))] == [name for name, _ in many]
    assert len(many) > 11
    _, claims = opened("".join(value for _, value in many), library.key(SECRET, "c"))
    assert "y" * 40_000 == claims["name"]
