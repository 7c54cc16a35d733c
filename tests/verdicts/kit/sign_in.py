"""Who is asking: `security` of the contract, with the callers that the description gives."""

from __future__ import annotations

import importlib.util
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tests.verdicts.kit.bodies import RefusedError

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from tests.verdicts.kit.breaks import Break

SESSION_READER = Path(__file__).parents[3] / "examples" / "starlette" / "session.py"


class SignIn:
    """Looks for a caller.

    A caller is one person: two schemes that name two of them are no sign-in.
    """

    def __init__(self, contract: Mapping[str, Any], callers: Sequence[Mapping[str, Any]], broken: Break) -> None:
        """Read the schemes.

        Args:
            contract: The OpenAPI document.
            callers: Each `{identity: …, SCHEME: value of the header, parameter or cookie}`.
            broken: What is broken.
        """
        self._default = contract.get("security", [])
        self._schemes: Mapping[str, Any] = contract.get("components", {}).get("securitySchemes", {})
        self._callers = callers
        self._broken = broken
        self._sessions: Any = None

    def open_sessions(self, secret: str) -> None:
        """Read the sessions of next-auth v4 that are made with a secret."""
        spec = importlib.util.spec_from_file_location("kit_sessions", SESSION_READER)
        if spec is None or spec.loader is None:
            raise ImportError(f"{SESSION_READER} is not there")
        module = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(module)
        self._sessions = (module.Sessions(secret), module.NoSessionError)

    def caller(self, operation: Mapping[str, Any], headers: Mapping[str, str], query: Mapping[str, str]) -> Any:
        """Return the identity of the caller; empty for nobody, where nobody need sign in.

        Raises:
            RefusedError: 401, none of the alternatives is met.
        """
        alternatives: Sequence[Mapping[str, Any]] = operation.get("security", self._default)
        found = [self._met(alternative, headers, query) for alternative in alternatives]
        known = [identity for identity in found if identity]
        if known:
            return known[0]
        shown = any(self._shown(scheme, headers, query) for alternative in alternatives for scheme in alternative)
        anonymous = not alternatives or ({} in found and not shown)
        if self._broken.is_about("refuses-anonymous"):
            raise RefusedError(401, {"WWW-Authenticate": "Bearer"})
        if anonymous:
            return {}
        if self._broken.is_about("no-sign-in"):
            return {"id": "nobody"}
        raise RefusedError(401, {"WWW-Authenticate": "Bearer"})

    def _met(self, alternative: Mapping[str, Any], headers: Mapping[str, str], query: Mapping[str, str]) -> Any:
        """Return who meets all schemes of an alternative; None: nobody does."""
        identities: list[Any] = []
        for scheme in alternative:
            if self._broken.is_about("skips", scheme):
                continue
            identity = self._by(scheme, headers, query)
            if identity is None or self._broken.is_about("refuses", scheme):
                return None
            identities.append(identity)
        if not identities:
            return {} if not alternative else {"id": "nobody"}
        return identities[0] if all(each == identities[0] for each in identities) else None

    def _shown(self, name: str, headers: Mapping[str, str], query: Mapping[str, str]) -> str | None:
        """Return what stands where the credential of a scheme has its place."""
        scheme = self._schemes[name]
        if scheme["type"] != "apiKey":
            return headers.get("authorization")
        places: dict[str, Mapping[str, str]] = {"header": headers, "query": query, "cookie": cookies(headers)}
        key = scheme["name"]
        return places[scheme["in"]].get(key.lower() if scheme["in"] == "header" else key)

    def _by(self, name: str, headers: Mapping[str, str], query: Mapping[str, str]) -> Any:
        scheme = self._schemes[name]
        value = self._shown(name, headers, query)
        if self._sessions is not None and scheme.get("name", "").endswith("session-token"):
            sessions, error = self._sessions
            try:
                return {"user": sessions.user(cookies(headers))}
            except error:
                return None
        for caller in self._callers:
            if value is not None and name in caller and _same(scheme, value, str(caller[name])):
                return caller["identity"]
        if value and self._broken.is_about("any-value", name):
            return self._callers[0]["identity"]
        return None


def cookies(headers: Mapping[str, str]) -> dict[str, str]:
    """Return the cookies of a request; of one that is there twice, the first (RFC 6265 says nothing)."""
    found: dict[str, str] = {}
    for pair in headers.get("cookie", "").split(";"):
        name, equals, value = pair.strip().partition("=")
        if equals:
            found.setdefault(name, value.strip('"'))
    return found


def _same(scheme: Mapping[str, Any], value: str, right: str) -> bool:
    """Whether a credential is the right one. The name of an authentication scheme has no case (RFC 9110, 11.1)."""
    if scheme["type"] == "apiKey":
        return value == right
    kind, _, secret = value.partition(" ")
    right_kind, _, right_secret = right.partition(" ")
    return kind.lower() == right_kind.lower() and secret.strip() == right_secret
