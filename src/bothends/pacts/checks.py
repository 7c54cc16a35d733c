"""What an interaction must be made of, before anything is asked of it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from bothends.contract.pointers import join
from bothends.errors import ContractError
from bothends.records import MISSING

if TYPE_CHECKING:
    from bothends.contract.documents import Document
    from bothends.pacts.model import Interaction

_STATUSES = range(100, 600)


def is_text(value: Any) -> bool:
    """Return whether a value is a text that is not empty."""
    return isinstance(value, str) and bool(value)


def check_http(document: Document, interaction: Interaction, *, wrapped: bool) -> None:
    """Check that an interaction is a request and its answer.

    Args:
        document: The pact's file.
        interaction: The interaction.
        wrapped: Whether its bodies are wrapped, as V4 does.

    Raises:
        ContractError: A part of it is missing, or is something else.
    """
    for part in ("request", "response"):
        pointer = interaction.pointer + join(part)
        if not isinstance(interaction.value.get(part), dict):
            at = pointer if part in interaction.value else interaction.pointer
            raise _error(document, at, f"This interaction has no {part}.", f'"{part}": {{…}}')
        _check_headers(document, pointer, interaction.value[part])
    _check_request(document, interaction.pointer + join("request"), interaction.value["request"])
    status = interaction.value["response"].get("status", 200)
    if not isinstance(status, int) or isinstance(status, bool) or status not in _STATUSES:
        pointer = interaction.pointer + join("response", "status")
        raise _error(document, pointer, f"The status is {status!r}.", "a whole number from 100 to 599")
    for part in ("request", "response"):
        _check_body(document, interaction, part, wrapped=wrapped)


def check_message(document: Document, interaction: Interaction, *, wrapped: bool) -> None:
    """Check that an interaction is a message.

    Args:
        document: The pact's file.
        interaction: The interaction.
        wrapped: Whether its contents are wrapped, as V4 does.

    Raises:
        ContractError: Its contents are missing, or are something else.
    """
    if "contents" not in interaction.value:
        raise _error(document, interaction.pointer, "This message has no contents.", '"contents": {…}')
    for key in ("metadata", "metaData"):
        if not isinstance(interaction.value.get(key, {}), dict):
            raise _error(document, interaction.pointer + join(key), "The metadata are no object.", "an object")
    _check_body(document, interaction, "contents", wrapped=wrapped)
    if interaction.contents is MISSING:
        # Pact takes any message for one without contents: it would prove nothing.
        pointer = interaction.pointer + join("contents")
        raise _error(document, pointer, "This message has no contents, so any message would do.", "what is read of it")


def _check_request(document: Document, pointer: str, request: dict[str, Any]) -> None:
    for key in ("method", "path"):
        if not is_text(request.get(key)):
            at = pointer + join(key) if key in request else pointer
            raise _error(document, at, f"The request has no {key}.", f'"{key}": "…"')
    query = request.get("query")
    if query is None or isinstance(query, str):
        return
    if not isinstance(query, dict) or not all(_are_texts(values, or_null=True) for values in query.values()):
        expected = "a text, or an object of lists of texts"
        raise _error(document, pointer + join("query"), "The query is neither a text nor an object.", expected)


def _check_headers(document: Document, pointer: str, part: dict[str, Any]) -> None:
    headers = part.get("headers")
    if headers is None:
        return
    if not isinstance(headers, dict) or not all(map(_are_texts, headers.values())):
        expected = "an object of texts, or of lists of texts"
        raise _error(document, pointer + join("headers"), "The headers are no object of texts.", expected)


def _check_body(document: Document, interaction: Interaction, part: str, *, wrapped: bool) -> None:
    try:
        read = {"request": "request_body", "response": "response_body", "contents": "contents"}[part]
        getattr(interaction, read)
    except ValueError as error:
        at = interaction.pointer + (join("contents") if part == "contents" else join(part, "body"))
        expected = '{"content": …, "contentType": "application/json", "encoded": false}' if wrapped else "a JSON value"
        raise _error(document, at, f"The body can't be read: {error}.", expected) from error


def _are_texts(values: Any, *, or_null: bool = False) -> bool:
    listed = values if isinstance(values, list) else [values]
    return all(
        (isinstance(value, str | int | float) and not isinstance(value, bool)) or (or_null and value is None)
        for value in listed
    )


def _error(document: Document, pointer: str, problem: str, expected: str) -> ContractError:
    return ContractError(problem, where=document.location(pointer), expected=expected)
