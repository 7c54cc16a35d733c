"""What the `servers` of a document, of a path and of an operation say stands before a path.

The nearest list counts alone: that of the operation, else that of its path, else that of the document, as OpenAPI 3.0
and 3.1 say. A run has one base path, below which readiness, setup and cases go. So an operation that stands below
another one is told, and no request is sent to a place where it is not.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any
from urllib.parse import urljoin, urlsplit

from bothends.contract.openapi.selection import Unusable
from bothends.contract.openapi.spec_urls import PORT, is_here, origin_of

if TYPE_CHECKING:
    from bothends.contract.openapi.selection import OperationPlace, Selection
    from bothends.documents import Place

_ANYWHERE = "http://127.0.0.1/"
"""Where a relative URL of a file leads, of which the path alone is read."""


def below_one_base(root: Place, selection: Selection, served_at: str) -> tuple[str, Selection]:
    """Return what stands before each path, and the operations under test that stand below it; the others can't be used.

    Where they differ, it is what the document says, if an operation goes by that, else what the first one says.

    Args:
        root: The document.
        selection: The operations under test.
        served_at: The URL at which the target serves the document; empty: it does not.
    """
    of_document = _base_of(root, served_at) or ""
    bases = [_own_base(each, served_at, of_document) for each in selection.chosen]
    base = of_document if of_document in bases or not bases else bases[0]
    below = tuple(each for each, own in zip(selection.chosen, bases, strict=True) if own == base)
    others = [(each, own) for each, own in zip(selection.chosen, bases, strict=True) if own != base]
    unusable = (_elsewhere(each, own, base) for each, own in others)
    return base, replace(selection, chosen=below, unusable=(*selection.unusable, *unusable))


def _own_base(operation: OperationPlace, served_at: str, of_document: str) -> str:
    """Return what stands before the path of one operation: of several that differ, none is more right."""
    for place in (operation.place, operation.item):
        if place.value.get("servers"):
            base = _base_of(place, served_at)
            return of_document if base is None else base
    return of_document


def _elsewhere(operation: OperationPlace, own: str, base: str) -> Unusable:
    """Return that an operation stands below another base path than the run has, and what to write."""
    own_place = next((each for each in (operation.place, operation.item) if each.value.get("servers")), None)
    place = operation.place if own_place is None else own_place.child("servers")
    problem = f"The `servers` put '{own or '/'}' before this path, and a run has one base path: here '{base or '/'}'."
    advice = (
        f'Verify it with settings of its own (`operations = ["{operation.id}"]`), or write `base_path` under '
        "[target] if one stands before all paths."
    )
    return Unusable(operation.line, place.error(problem, advice=advice))


def _base_of(place: Place, served_at: str) -> str | None:
    """Return what the `servers` there put before a path; None: nothing that is certain."""
    servers = place.value.get("servers")
    if not isinstance(servers, list):
        return None
    urls = [url for url in (_expanded(server) for server in servers if isinstance(server, dict)) if url]
    if served_at:
        found = [url for url in (urljoin(served_at, url) for url in urls) if _is_of(url, served_at)][:1]
    else:
        # Those of a file are where others run it, mostly: what they say of this machine, or of none, comes first.
        found = [url for url in urls if not urlsplit(url).netloc or is_here(url)] or urls
    paths = {urlsplit(urljoin(_ANYWHERE, url)).path.rstrip("/") for url in found}
    return paths.pop() if len(paths) == 1 else None


def _expanded(server: dict[str, Any]) -> str:
    """Return a server's URL, with the defaults of its variables (OpenAPI 3.1, section 4.8.6); empty: none is known."""
    url, variables = server.get("url"), server.get("variables")
    if not isinstance(url, str):
        return ""
    for name, variable in variables.items() if isinstance(variables, dict) else ():
        if isinstance(variable, dict) and "default" in variable:
            url = url.replace(f"{{{name}}}", str(variable["default"]))
    try:
        urlsplit(url)
    except ValueError:
        return ""
    return "" if "{" in url else url


def _is_of(url: str, served_at: str) -> bool:
    """Return whether a URL leads to where a spec is served; `{port}` there is any."""
    start, gap, _ = origin_of(served_at).partition(PORT)
    return origin_of(url).startswith(start) if gap else origin_of(url) == start
