"""How the endpoint is configured: environment variables, by the names that Next.js and Inngest users know."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

if TYPE_CHECKING:
    from collections.abc import Mapping

_HERE = Path(__file__).parent
_HIGHEST_PORT = 65_535
_TOO_MANY_DIGITS = 10


class ConfigurationError(Exception):
    """An environment variable is missing or wrong."""


@dataclass(frozen=True, slots=True)
class Configuration:
    """The endpoint's configuration.

    Attributes:
        host: Address to listen on (`HOST`).
        port: Port to listen on; 0: a free one (`PORT`).
        settings_url: Where the app settings are; None: in the shipped file (`SETTINGS_URL`).
        ingest_url: Base URL of the ingest (`INNGEST_BASE_URL`).
        event_key: The ingest's key (`INNGEST_EVENT_KEY`).
        session_secret: What sessions are encrypted with (`NEXTAUTH_SECRET`).
        upstream_timeout: How long one upstream may take, retries included, seconds (`UPSTREAM_TIMEOUT_MS`).
        spec_file: The contract (`OPENAPI_FILE`).
        settings_file: The settings that are used when there is no `SETTINGS_URL`.
    """

    host: str
    port: int
    settings_url: str | None
    ingest_url: str
    event_key: str
    session_secret: str
    upstream_timeout: float
    spec_file: Path
    settings_file: Path = _HERE / "settings.json"


def read(environment: Mapping[str, str]) -> Configuration:
    """Read the configuration.

    Args:
        environment: The environment variables. An empty one counts as absent.

    Raises:
        ConfigurationError: One is missing or wrong.
    """
    given = {name: value for name, value in environment.items() if value}
    return Configuration(
        host=given.get("HOST", "127.0.0.1"),
        port=_integer(given, "PORT", default=8000, least=0, most=_HIGHEST_PORT),
        settings_url=_url(given, "SETTINGS_URL") if "SETTINGS_URL" in given else None,
        ingest_url=_url(given, "INNGEST_BASE_URL"),
        event_key=_required(given, "INNGEST_EVENT_KEY"),
        session_secret=_required(given, "NEXTAUTH_SECRET"),
        upstream_timeout=_integer(given, "UPSTREAM_TIMEOUT_MS", default=5000, least=1, most=3_600_000) / 1000,
        spec_file=Path(given.get("OPENAPI_FILE", _HERE.parents[2] / "openapi.yaml")),
    )


def _required(given: Mapping[str, str], name: str) -> str:
    if name not in given:
        raise ConfigurationError(f"{name} is not set")
    return given[name]


def _url(given: Mapping[str, str], name: str) -> str:
    value = _required(given, name)
    try:
        parts = urlsplit(value)
        usable = parts.scheme in {"http", "https"} and bool(parts.hostname) and parts.port != 0
    except ValueError:
        usable = False
    if not usable:
        raise ConfigurationError(f"{name} is not an http or https URL")
    return value


def _integer(given: Mapping[str, str], name: str, *, default: int, least: int, most: int) -> int:
    text = given.get(name, str(default))
    if not (text.isascii() and text.isdigit() and len(text) < _TOO_MANY_DIGITS and least <= int(text) <= most):
        raise ConfigurationError(f"{name} is {json.dumps(text)}; a whole number from {least} to {most} is expected")
    return int(text)
