"""A contract whose event names no user: which request an event belongs to, only the time can tell.

The reference with its `user` left out keeps it.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tests.yaml_files import read_yaml

if TYPE_CHECKING:
    from collections.abc import Mapping

ROOT = Path(__file__).resolve().parents[2]


def write(folder: Path) -> Path:
    """Write the contract and its settings into a folder; return the settings file."""
    spec: dict[str, Any] = read_yaml(ROOT / "openapi.yaml")
    event = spec["components"]["schemas"]["RouteRequested"]
    del event["properties"]["user"]
    event["required"].remove("user")
    (folder / "openapi.yaml").write_text(json.dumps(spec), "utf-8")
    settings = _replaced(
        (ROOT / "bothends.toml").read_text("utf-8"),
        {
            'pacts = "contracts/pacts"\n': "",
            "[target]\n": f"[target]\ncwd = {json.dumps(str(ROOT))}\n",
            '"-m", "reference"': '"tests/planted/event_field_dropped.py"',
            "[target.env]\n": f"[target.env]\nPYTHONPATH = {json.dumps(str(ROOT))}\n",
        },
    )
    file = folder / "bothends.toml"
    file.write_text(settings, "utf-8")
    return file


def _replaced(text: str, changes: Mapping[str, str]) -> str:
    for old, new in changes.items():
        if old not in text:
            raise ValueError(f"{old!r} is not there")
        text = text.replace(old, new)
    return text
