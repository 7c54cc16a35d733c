"""Compares the base URLs of two contracts."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bothends.diff.comparison import About
from bothends.diff.rule import Audience, rule
from bothends.documents import nearest

if TYPE_CHECKING:
    from bothends.diff.comparison import Comparison
    from bothends.documents import Place

SERVER = rule(
    "server",
    what="A base URL is gone from `servers`.",
    why="Its callers send their requests there: each URL of the contract is another one.",
)
SERVER_ADDED = rule("server-added", what="A base URL is new.", why="Nobody calls it yet.")


def compare_servers(comparison: Comparison) -> None:
    """Compare the base URLs."""
    before, after = _urls(comparison.old.root), _urls(comparison.new.root)
    about = About("the service", Audience.CALLERS)
    for url, place in before.items():
        if url not in after:
            lines = comparison.lines(place, nearest(comparison.new.root, "servers"))
            comparison.breaks(SERVER, about, f"The base URL {url} is gone.", lines)
    for url, place in after.items():
        if url not in before:
            lines = comparison.lines(nearest(comparison.old.root, "servers"), place)
            comparison.fits(SERVER_ADDED, about, f"The base URL {url} is new.", lines)


def _urls(root: Place) -> dict[str, Place]:
    """Return each base URL and where it stands; without any it is `/` (OpenAPI 3.1.0, section 4.8.1)."""
    servers = root.value.get("servers")
    listed = servers if isinstance(servers, list) else []
    found = {
        str(each["url"]).rstrip("/") or "/": root.child("servers").child(index)
        for index, each in enumerate(listed)
        if isinstance(each, dict) and "url" in each
    }
    return found or {"/": root}
