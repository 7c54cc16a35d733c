"""`components/securitySchemes`: what credentials there are, and where a request has them."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any
from urllib.parse import urljoin, urlsplit

from bothends.errors import ContractError, did_you_mean, one_of

if TYPE_CHECKING:
    from bothends.documents import Place

_TYPES = ("apiKey", "http", "mutualTLS", "oauth2", "openIdConnect")
_PLACES = ("query", "header", "cookie")
AUTHORIZATION = "Authorization"


@dataclass(frozen=True, slots=True)
class SecurityScheme:
    """A security scheme, as the contract declares it.

    Attributes:
        name: Its key under `components/securitySchemes`.
        type: `apiKey`, `http`, `mutualTLS`, `oauth2` or `openIdConnect`.
        location: Where its credential stands: `header`, `query` or `cookie`; empty: in no part of a request.
        parameter: The name of that header, query parameter or cookie.
        http_scheme: The scheme of an `http` credential in lower case, such as `bearer`; else empty.
        pointer: Where it stands: JSON pointer in its file.
        where: The same for a person: `openapi.yaml:12 /components/securitySchemes/key`.
    """

    name: str
    type: str
    location: str = ""
    parameter: str = ""
    http_scheme: str = ""
    pointer: str = ""
    where: str = field(default="", compare=False)


def read_schemes(root: Place) -> tuple[dict[str, SecurityScheme], dict[str, ContractError]]:
    """Return the document's security schemes by their names, and what is wrong with those that can't be used.

    Raises:
        ContractError: They are no mapping.
    """
    components = root.get("components")
    schemes = components.get("securitySchemes") if components is not None else None
    found: dict[str, SecurityScheme] = {}
    wrong: dict[str, ContractError] = {}
    for name in schemes.mapping() if schemes is not None else ():
        if schemes is None or name.startswith("x-"):
            continue
        try:
            found[name] = _scheme(name, schemes.child(name).follow())
        except ContractError as error:
            wrong[name] = error
    return found, wrong


def token_paths(document: Any, *flows: str) -> frozenset[str]:
    """Return the paths at which OAuth 2 gives tokens: `tokenUrl` of its schemes.

    Args:
        document: The OpenAPI document as a JSON value.
        flows: Which flows are looked at, such as `password`; none: each.
    """
    urls: list[Any] = []
    components = document.get("components") if isinstance(document, dict) else None
    schemes = components.get("securitySchemes") if isinstance(components, dict) else None
    for scheme in schemes.values() if isinstance(schemes, dict) else ():
        known = scheme.get("flows") if isinstance(scheme, dict) else None
        for name, flow in known.items() if isinstance(known, dict) else ():
            if isinstance(flow, dict) and (not flows or name in flows):
                urls.append(flow.get("tokenUrl"))
    return frozenset(urlsplit(urljoin("/", url)).path for url in urls if isinstance(url, str))


def _scheme(name: str, place: Place) -> SecurityScheme:
    if "type" not in place.mapping():
        raise place.error(f"The security scheme '{name}' has no `type`.", expected=one_of(_TYPES))
    kind = place.text("type")
    if kind not in _TYPES:
        raise place.child("type").error(
            f"The security scheme '{name}' has an unknown type: '{kind}'.",
            expected=one_of(_TYPES),
            advice=did_you_mean(kind, _TYPES),
        )
    location, parameter = ("header", AUTHORIZATION) if kind not in {"apiKey", "mutualTLS"} else ("", "")
    if kind == "apiKey":
        location, parameter = place.text("in"), place.text("name")
        if location not in _PLACES or not parameter:
            raise place.error(
                f"The security scheme '{name}' does not say where its key is.",
                expected=f"`name`, and `in` as {one_of(_PLACES)}",
            )
    return SecurityScheme(
        name=name,
        type=kind,
        location=location,
        parameter=parameter,
        http_scheme=place.text("scheme").lower() if kind == "http" else "",
        pointer=place.pointer,
        where=str(place.location),
    )
