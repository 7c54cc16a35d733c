"""Asks a target for its spec, which it serves itself. What comes is somebody else's text, and has limits."""

from __future__ import annotations

from http import HTTPStatus
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from bothends.client import Client
from bothends.clock import Clock
from bothends.contract.openapi import PORT, origin_of
from bothends.contract.settings import settings_location
from bothends.contract.tables import SETUP, env_values, header_text, setup_names, text_of
from bothends.errors import ContractError, TargetError
from bothends.launch.program import harmless
from bothends.records import Answer, Request

if TYPE_CHECKING:
    from collections.abc import Mapping

    from bothends.contract.settings import Settings

_SHOWN = 300
_READ = 4 * _SHOWN
_DEMANDS = frozenset({HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN})
_ACCEPT = "application/json, application/yaml, */*;q=0.1"
_PORTS = {"http": 80, "https": 443}


async def ask_for_spec(settings: Settings, base_url: str, setup: Mapping[str, Any]) -> bytes:
    """Return the document that a target serves at the URL that the settings name.

    Args:
        settings: What `bothends.toml` says.
        base_url: The target's base URL.
        setup: What its setup has yielded, by name.

    Raises:
        ContractError: What is there is no document, or it is too large.
        TargetError: Nobody answers, or not in time.
    """
    from bothends.contract.fetched import MOST_BYTES, SECONDS  # noqa: PLC0415 -- keeps start-up short

    where = settings_location(settings.file, "spec")
    target = urlsplit(base_url)
    url = settings.spec_url.replace(PORT, str(target.port or _PORTS[target.scheme]))
    values = {**env_values(settings.spec_headers), **{f"{SETUP}{name}": value for name, value in setup.items()}}
    headers = {name: header_text(value, values, where) for name, value in settings.spec_headers.items()}
    hide = [*map(text_of, values.values()), *(text.partition(" ")[2] for text in headers.values())]
    if not any(name.lower() == "accept" for name in headers):
        headers["Accept"] = _ACCEPT
    parts = urlsplit(url)
    path = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    async with Client(origin_of(url), clock=Clock(), time_limit=SECONDS, body_limit=MOST_BYTES) as client:
        answer = (await client.send(Request("GET", path, tuple(headers.items())))).answer
    if not isinstance(answer, Answer):
        raise TargetError(
            f"The target was asked for its spec at {url} and gave no answer ({answer.kind}: {answer.detail}).",
            where=where,
            expected=f"the document, within {SECONDS:g} s",
        )
    if answer.size > MOST_BYTES:
        problem = f"The document at {url} is too large."
        raise ContractError(problem, where=where, expected=f"at most {MOST_BYTES >> 20} MiB")
    if not answer.success or answer.media_type == "text/html" or not answer.body.strip():
        shown = harmless(answer.body[:_READ].decode("utf-8", "replace"), hide)
        shown = " ".join(shown.split())
        shown = f"{shown[:_SHOWN]}…" if len(shown) > _SHOWN else shown or "(no body)"
        said = f"{answer.status}, {answer.header('content-type') or 'no media type'}"
        leads = answer.header("location")
        said += f", which leads to {leads}" if leads else ""
        raise ContractError(
            f"The target serves no OpenAPI document at {url}.\n  answer: {harmless(said, hide)}: {shown}",
            where=where,
            expected="the URL of the document itself: /openapi.json, /v3/api-docs or the like",
            advice=_advice(answer, settings),
        )
    return answer.body


def _advice(answer: Answer, settings: Settings) -> str:
    """Return what to do about an answer that is no document."""
    if answer.status not in _DEMANDS:
        return ""
    if not settings.spec_headers:
        return "If it asks for a credential, name it in `spec_headers`."
    used = setup_names(settings.spec_headers)
    return f"Check the credential in `spec_headers`{f', and what setup yields as {used[0]}' if used else ''}."
