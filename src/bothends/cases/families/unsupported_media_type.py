"""`unsupported-media-type`: a right body under a media type that the operation does not take."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bothends.cases.families import bodies
from bothends.cases.families.refused import refused_cases

if TYPE_CHECKING:
    from collections.abc import Iterator

    from bothends.contract.model import Contract, Operation
    from bothends.records import Case

family = "unsupported-media-type"

# `text/plain`, forms: what a browser sends across origins without asking first (Fetch, "simple" headers).
_MEDIA_TYPES: dict[str, str | None] = {
    "text": "text/plain",
    "text-utf-8": "text/plain; charset=utf-8",
    "form": "application/x-www-form-urlencoded",
    "multipart": "multipart/form-data; boundary=b",
    "bytes": "application/octet-stream",
    "xml": "application/xml",
    "html": "text/html",
    "json-in-text": "text/json",
    "json-prefix": "application/jsonp",
    "json-longer": "application/jsonfoo",
    "json-shorter": "application/js",
    "json-unregistered": "application/x-json",
    "json-5": "application/json5",
    "json-parameter": 'text/plain; x="application/json"',
    "json-linked": "application/ld+json",
    "json-sequence": "application/json-seq",
    "json-lines": "application/x-ndjson",
    "json-patch": "application/merge-patch+json",
    "cloud-event": "application/cloudevents+json",
    "cloud-events": "application/cloudevents-batch+json",
    "none": None,
}


def cases(contract: Contract, operation: Operation) -> Iterator[Case]:
    """Yield a right body under each media type that the operation does not take."""
    del contract
    right = bodies.admitted_request(operation)
    if right is None or right.body is None:
        return
    requests = ((name, bodies.request(operation, right.body, media_type)) for name, media_type in _MEDIA_TYPES.items())
    yield from refused_cases(operation, family, requests)
