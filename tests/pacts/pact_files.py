"""Pact files as tools of several languages write them, for the tests of their reading."""

from __future__ import annotations

import json
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from bothends.contract import load
from bothends.pacts import read_pact

if TYPE_CHECKING:
    from bothends.contract import Contract
    from bothends.pacts import Pact

ROOT = Path(__file__).parent.parent.parent
PROBLEM = {"type": "about:blank", "title": "Unauthorized", "status": 401}
USER = {"name": "Ada", "email": "ada@example.com", "image": None}
SETTINGS = {"appName": "Example", "environment": "production", "locale": "en", "features": {"x": True}}
EVENT = {"id": "1", "name": "app/route.requested", "v": "1", "ts": 1, "user": USER, "data": {"appSettings": SETTINGS}}

V2: dict[str, Any] = {
    "consumer": {"name": "web"},
    "provider": {"name": "route"},
    "interactions": [
        {
            "description": "it works",
            "provider_state": "signed in",
            "request": {"method": "post", "path": "/api/route", "query": "a=1", "body": {"data": 1}},
            "response": {"status": 200, "headers": {"Content-Type": "application/json"}, "body": {"success": "true"}},
        }
    ],
    "metadata": {"pactSpecificationVersion": "2.0.0"},
}
V3: dict[str, Any] = {
    "consumer": {"name": "worker"},
    "provider": {"name": "route"},
    "messages": [
        {
            "description": "an event",
            "providerStates": [{"name": "signed in as {user}", "params": {"user": "Ada"}}],
            "contents": {"name": "app/route.requested"},
            "metaData": {"contentType": "application/json"},
        }
    ],
    "metadata": {"pact-specification": {"version": "3.0.0"}, "pact-jvm": {"version": "4.1.7"}},
}


@cache
def project_contract() -> Contract:
    """Return the project's contract."""
    return load(ROOT / "bothends.toml")


def wrapped(content: Any, media_type: str = "application/json") -> dict[str, Any]:
    """Return a body as V4 wraps it."""
    return {"content": content, "contentType": media_type, "encoded": False}


def pact_json(provider: str, *interactions: Any, version: str = "4.0", consumer: str = "web") -> dict[str, Any]:
    """Return a pact file's value."""
    return {
        "consumer": {"name": consumer},
        "interactions": list(interactions),
        "metadata": {"pactSpecification": {"version": version}},
        "provider": {"name": provider},
    }


def exchange(request: Any, response: Any, **more: Any) -> dict[str, Any]:
    """Return an interaction over HTTP, of V4."""
    named = {"description": "it works", "type": "Synchronous/HTTP", **more}
    return {**named, "request": request, "response": response}


def success() -> dict[str, Any]:
    """Return what the page relies on when all is well."""
    return exchange(
        {"method": "POST", "path": "/api/route", "body": wrapped({"data": "data"})},
        {"status": 200, "body": wrapped({"success": "true"})},
        providerStates=[{"name": "signed in as {user}", "params": {"user": USER}}],
    )


def signed_out() -> dict[str, Any]:
    """Return what the page relies on when nobody is signed in."""
    return exchange(
        {"method": "POST", "path": "/api/route"},
        {"status": 401, "body": wrapped({"status": 401}, "application/problem+json")},
        description="nobody is signed in",
        providerStates=[{"name": "signed out"}],
    )


def message(contents: Any, **more: Any) -> dict[str, Any]:
    """Return a message of V4."""
    return {"description": "an event", "type": "Asynchronous/Messages", "contents": contents, **more}


def to_ingest() -> dict[str, Any]:
    """Return what the route relies on at the ingest."""
    answer = wrapped('{"ids":["01"],"status":200}', "text/plain; charset=utf-8")
    return exchange({"method": "POST", "path": "/e/key", "body": wrapped([EVENT])}, {"status": 200, "body": answer})


def to_settings() -> dict[str, Any]:
    """Return what the route relies on at the settings."""
    return exchange({"method": "GET", "path": "/settings"}, {"status": 200, "body": wrapped(SETTINGS)})


def write(folder: Path, value: Any, name: str = "web-route.json") -> Path:
    """Write a pact file: a text as it is, anything else as JSON."""
    file = folder / name
    file.write_text(value if isinstance(value, str) else json.dumps(value, indent=2), "utf-8")
    return file


def read(folder: Path, value: Any) -> Pact:
    """Write a pact file, and read it."""
    return read_pact(write(folder, value))
