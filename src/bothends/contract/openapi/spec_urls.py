"""Whether a spec is named by a URL, as the target serves it itself."""

from __future__ import annotations

from urllib.parse import urlsplit

_SCHEMES = ("http://", "https://")


def is_url(spec: str) -> bool:
    """Return whether a spec is named by its URL, and is no file."""
    return spec.startswith(_SCHEMES)


def origin_of(url: str) -> str:
    """Return where the target is whose spec a URL names: the scheme and the host."""
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc}"
