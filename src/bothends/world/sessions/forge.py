"""Tokens out of the ordinary: such as libraries never issue, in the cookie of a session."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from bothends.world.sessions.jose import encrypted, json_text

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from bothends.world.sessions.base import Cookies
    from bothends.world.sessions.sealed import Issuer

    Shown = Callable[[Issuer, Mapping[str, Any]], Cookies]


def with_token(token: Callable[[Issuer, Mapping[str, Any]], str]) -> Shown:
    """Return what shows a token of an issuer and a user."""
    return lambda issuer, user: issuer.cookies(token(issuer, user))


def with_payload(payload: Callable[[dict[str, Any]], bytes]) -> Shown:
    """Return what shows a token that is made as it should be, and holds what is made of its claims."""
    return with_token(lambda issuer, user: encrypted(issuer.header, payload(issuer.claims(user)), issuer.key))


def with_claims(changed: Callable[[dict[str, Any]], Any]) -> Shown:
    """Return what shows a token that is made as it should be, with other claims."""
    return with_payload(lambda claims: json_text(changed(claims)))
