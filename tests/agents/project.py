"""A project of notes, and the SDK's own client, which speaks with `bothends mcp` in it as a coding agent does."""

from __future__ import annotations

import contextlib
import json
import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

from mcp import Client, StdioServerParameters
from mcp.client.stdio import stdio_client
from mcp_types import TextContent

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

ROOT = Path(__file__).resolve().parents[2]
_NOTE: dict[str, Any] = {
    "type": "object",
    "required": ["text"],
    "properties": {"text": {"type": "string", "minLength": 1, "maxLength": 40}},
    "additionalProperties": False,
}
_CONTENT = {"application/json": {"schema": _NOTE}}
_SETTINGS = """\
spec = "openapi.json"
[target]
command = [{python}, "-m", "tests.agents.target"]
env = {{PORT = "{{port}}", KEYS = "{{world.key.keys}}", BUG = {bug}, PYTHONPATH = {root}}}
[world.sessions.key]
kind = "api-key"
"""


def spec(operations: int = 1) -> dict[str, Any]:
    """Return the document: some operations that take a note each."""
    refusals = {"400": "malformed-body", "401": "signed-out", "415": "unsupported-media-type", "422": "invalid-body"}
    answers: dict[str, Any] = {code: {"description": "", "x-given": family} for code, family in refusals.items()}
    answers["201"] = {"description": "", "content": _CONTENT}
    body = {"required": True, "content": _CONTENT}
    return {
        "openapi": "3.1.0",
        "info": {"title": "Notes", "version": "1"},
        "paths": {
            f"/notes/{number}": {"post": {"operationId": f"note{number}", "requestBody": body, "responses": answers}}
            for number in range(operations)
        },
        "security": [{"key": []}],
        "components": {"securitySchemes": {"key": {"type": "apiKey", "in": "header", "name": "X-Key"}}},
    }


def write(folder: Path, bug: str = "", operations: int = 1) -> None:
    """Write the contract of a target with a bug; empty: it is right."""
    settings = _SETTINGS.format(python=json.dumps(sys.executable), bug=json.dumps(bug), root=json.dumps(str(ROOT)))
    (folder / "openapi.json").write_text(json.dumps(spec(operations)), "utf-8")
    (folder / "bothends.toml").write_text(settings, "utf-8")


@contextlib.asynccontextmanager
async def client(folder: Path) -> AsyncIterator[Client]:
    """Start the server in a folder as a process; its standard error has nothing to say."""
    parameters = StdioServerParameters(
        command=sys.executable, args=["-m", "bothends", "mcp"], cwd=folder, env=dict(os.environ)
    )
    problem: Exception | None = None
    said = folder.parent / "stderr.txt"
    with said.open("w+") as errors:
        async with Client(stdio_client(parameters, errlog=errors)) as made:
            try:
                yield made
            except Exception as error:  # noqa: BLE001 -- else the SDK would put it into a group
                problem = error
    if problem is not None:
        raise problem
    assert "" == said.read_text()


async def called(server: Client, name: str, /, **arguments: Any) -> dict[str, Any]:
    """Call a tool; return its result, which is the same as text and as data."""
    result = await server.call_tool(name, arguments)
    [text] = result.content
    assert isinstance(text, TextContent)
    assert not result.is_error, text.text
    assert isinstance(result.structured_content, dict)
    assert json.loads(text.text) == result.structured_content
    return result.structured_content


async def refused(server: Client, name: str, /, **arguments: Any) -> str:
    """Call a tool; return the text of the error that it answers."""
    result = await server.call_tool(name, arguments)
    [text] = result.content
    assert isinstance(text, TextContent)
    assert result.is_error, text.text
    return text.text
