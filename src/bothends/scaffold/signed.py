"""By which scheme events are signed: their headers say so, in the document or as they arrived."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from bothends.contract.openapi import METHODS
from bothends.contract.operations import root_webhooks
from bothends.errors import ContractError

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator

    from bothends.contract import Contract
    from bothends.documents import Place
    from bothends.records import Delivery

_SCHEMES = {
    "webhook-signature": 'kind = "standard-webhooks"',
    "svix-signature": 'kind = "standard-webhooks", prefix = "svix-"',
    "stripe-signature": 'kind = "stripe"',
    "x-hub-signature-256": 'kind = "github"',
}
"""By the header that has the signature, in lower case: the keys of the scheme's table."""


def signature_line(headers: Collection[str]) -> str:
    """Return the line of an ingest's table for the scheme of lower-case headers; empty: none that is known."""
    keys = next((each for name, each in _SCHEMES.items() if name in headers), "")
    return f'signature = {{{keys}, secret = "{{env.WEBHOOK_SECRET}}"}}' if keys else ""


def declared_headers(root: Place) -> set[str]:
    """Return the names of the header parameters of a document's webhooks, in lower case."""
    return {name for _, item in root_webhooks(root) for name in _headers_of(item)}


def _headers_of(item: Place) -> Iterator[str]:
    try:
        methods = [item.child(method) for method in METHODS if method in item.mapping()]
        for holder in (item, *methods):
            listed = holder.get("parameters")
            parameters: list[dict[str, Any]] = [each.mapping() for each in listed.items()] if listed is not None else []
            yield from (str(each.get("name", "")).lower() for each in parameters if each.get("in") == "header")
    except ContractError:
        return  # it can't be read, and the contract says why


def unchecked(contract: Contract, deliveries: Iterable[Delivery]) -> Iterator[tuple[str, str]]:
    """Yield each ingest at which signed events arrived that nothing checks, with the line that its table lacks.

    Args:
        contract: The contract.
        deliveries: What arrived.
    """
    headers: dict[str, set[str]] = {}
    for delivery in deliveries:
        headers.setdefault(delivery.ingest, set()).update(name.lower() for name, _ in delivery.headers)
    for ingest, names in headers.items():
        settings = contract.settings.world.ingests.get(ingest)
        line = signature_line(names)
        if line and settings is not None and settings.signature is None:
            yield ingest, line
