"""Which version of a distribution is installed."""

from __future__ import annotations

from importlib.metadata import distribution

_FIELD = "Version:"


def version_of(name: str) -> str:
    """Return the version of an installed distribution.

    A distribution's metadata has the form of e-mail headers (PyPA, core metadata), and `importlib.metadata` loads
    Python's parser of e-mails for it. That is some milliseconds of each start, for one line.

    Raises:
        PackageNotFoundError: It is not installed.
    """
    text = distribution(name).read_text("METADATA") or ""
    lines = (line for line in text.splitlines() if line.startswith(_FIELD))
    return next(lines, _FIELD).removeprefix(_FIELD).strip()
