"""A target that stands: it is launched once, told where the world will be, and verified again and again by its URL."""

from __future__ import annotations

import contextlib
import json
import random
import socket
import tomllib
from typing import TYPE_CHECKING, Any

from bothends.clock import Clock
from bothends.contract import load
from bothends.launch import LaunchedTarget
from bothends.world import World

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

    from bothends.contract import Contract

_PORTS = range(20_000, 32_000)
"""Below those that systems give to outgoing connections."""


def copied(settings: Path, folder: Path) -> Path:
    """Copy a settings file elsewhere, so that its state folder is nobody else's; return the copy."""
    return _written(_moved(settings), folder / "bothends.toml")


def fixed(settings: Path, folder: Path) -> Path:
    """Copy a settings file, with ports, a secret and a key that are known before the world stands."""
    table = _moved(settings)
    world = table["world"]
    for part in (*world.get("upstreams", {}).values(), world["ingest"]):
        part["port"] = _free_port()
    world["session"]["secret"] = "a-secret-that-is-known-beforehand"
    world["ingest"]["event_key"] = "a-key-that-is-known-beforehand"
    return _written(table, folder / "standing.toml")


@contextlib.asynccontextmanager
async def standing(config: Path) -> AsyncIterator[LaunchedTarget]:
    """Launch the target of a settings file with fixed ports; end it afterwards."""
    contract = load(config)
    world = await _variables(contract)
    target = LaunchedTarget(
        contract.settings.target,
        variables=world,
        host=contract.settings.world.host,
        log_file=config.parent / "standing.log",
    )
    async with target:
        yield target


async def _variables(contract: Contract) -> dict[str, str]:
    settings = contract.settings.world
    schemas = {name: contract.answer_schema(name) for name in settings.upstreams}
    async with World(settings, answer_schemas=schemas, seed=0, clock=Clock()) as world:
        return world.variables()


def _moved(settings: Path) -> dict[str, Any]:
    """Return a settings file's table as it reads from anywhere."""
    home = settings.resolve().parent
    table = tomllib.loads(settings.read_text(encoding="utf-8"))
    table["spec"] = str((home / table["spec"]).resolve())
    if "pacts" in table:
        table["pacts"] = str((home / table["pacts"]).resolve())
    table["target"]["cwd"] = str(home / table["target"].get("cwd", ""))
    for upstream in table["world"].get("upstreams", {}).values():
        file, hash_, pointer = upstream["answer"].partition("#")
        upstream["answer"] = f"{(home / file).resolve() if file else ''}{hash_}{pointer}"
    return table


def _written(table: dict[str, Any], file: Path) -> Path:
    file.write_text("\n".join(_lines(table, "")) + "\n", encoding="utf-8")
    return file


def _lines(table: dict[str, Any], name: str) -> list[str]:
    # What JSON has for texts, numbers, truth and lists, TOML has too.
    lines = [f"{key} = {json.dumps(value)}" for key, value in table.items() if not isinstance(value, dict)]
    for key, value in table.items():
        if isinstance(value, dict):
            inner = f"{name}.{key}" if name else key
            lines += [f"[{inner}]", *_lines(value, inner)]
    return lines


def _free_port() -> int:
    while True:
        port = random.SystemRandom().choice(_PORTS)
        with socket.socket() as one, contextlib.suppress(OSError):
            one.bind(("127.0.0.1", port))
            return port
