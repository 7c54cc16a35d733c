"""Reads `security`: the cookie that an operation demands."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bothends.contract.nearest import did_you_mean, one_of

if TYPE_CHECKING:
    from bothends.contract.references import Place


def session_cookie(root: Place, operation: Place) -> str | None:
    """Return the name of the cookie that an operation demands, or None.

    It is demanded when each of the alternatives under `security` asks for an `apiKey` in a cookie.
    The operation's own list replaces the document's (OpenAPI 3.1.0, section 4.8.10).

    Raises:
        ContractError: A security scheme is not declared.
    """
    holder = operation if "security" in operation.mapping() else root
    if "security" not in holder.mapping():
        return None
    cookies = [_cookie_of(root, alternative) for alternative in holder.child("security").items()]
    return cookies[0] if cookies and None not in cookies else None


def _cookie_of(root: Place, alternative: Place) -> str | None:
    found = None
    components = root.get("components")
    schemes = components.get("securitySchemes") if components is not None else None
    for name in alternative.mapping():
        known = schemes.mapping() if schemes is not None else {}
        if schemes is None or name not in known:
            raise alternative.child(name).error(
                f"The security scheme '{name}' is not declared under components/securitySchemes.",
                expected=one_of(known),
                advice=did_you_mean(name, known),
            )
        scheme = schemes.child(name).follow()
        if scheme.text("type") == "apiKey" and scheme.text("in") == "cookie":
            found = scheme.text("name")
    return found
