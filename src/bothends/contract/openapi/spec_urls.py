"""Whether a spec is named by a URL, as the target serves it itself, and where a copy of such a spec is kept."""

from __future__ import annotations

import re
from ipaddress import ip_address
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

if TYPE_CHECKING:
    from pathlib import Path

PORT = "{port}"
"""Stands in a URL of the settings for the port of the target."""
_SCHEMES = ("http://", "https://")
_UNSAFE = re.compile(r"[^A-Za-z0-9.-]+")


def is_url(spec: str) -> bool:
    """Return whether a spec is named by its URL, and is no file."""
    return spec.startswith(_SCHEMES)


def origin_of(url: str) -> str:
    """Return where the target is whose spec a URL names: the scheme and the host."""
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc}"


def is_here(url: str) -> bool:
    """Return whether a URL is one of this machine, by what it says: whatever a name server says may change."""
    try:
        parts = urlsplit(url)
        host, _ = parts.hostname or "", parts.port
        named = host == "localhost" or ip_address(host).is_loopback
    except ValueError:
        return False
    return named and is_url(url) and url.isprintable() and "@" not in parts.netloc


def copy_of(url: str, folder: Path) -> Path:
    """Return the file that keeps, or will keep, the spec of a URL, in which `{port}` may stand, as JSON or YAML."""
    parts = urlsplit(url)
    name = _UNSAFE.sub("-", f"{parts.netloc}{parts.path}".removesuffix(".json").removesuffix(".yaml")).strip("-")
    as_json, as_yaml = folder / f"{name}.json", folder / f"{name}.yaml"
    return as_yaml if as_yaml.is_file() and not as_json.is_file() else as_json
