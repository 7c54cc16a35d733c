"""What is installed: the version of a distribution, and the addresses that it names."""

from __future__ import annotations

from functools import cache
from importlib.metadata import distribution
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator


def version_of(name: str) -> str:
    """Return the version of an installed distribution, or raise a `PackageNotFoundError`."""
    return next(_fields(name, "Version"), "")


@cache
def project_url(name: str, label: str) -> str:
    """Return the address with this label in `[project.urls]`; empty: there is none. Raises as `version_of`."""
    pairs = (field.partition(",") for field in _fields(name, "Project-URL"))
    return next((url.strip() for named, _, url in pairs if named.strip() == label), "")


def _fields(name: str, field: str) -> Iterator[str]:
    """Yield the values of a field of a distribution's metadata.

    They have the form of e-mail headers (PyPA, core metadata), and `importlib.metadata` loads Python's parser of
    e-mails for them. That is some milliseconds of each start, for one line.
    """
    text = distribution(name).read_text("METADATA") or ""
    head = text.partition("\n\n")[0]  # the description follows
    return (line.partition(":")[2].strip() for line in head.splitlines() if line.startswith(f"{field}:"))
