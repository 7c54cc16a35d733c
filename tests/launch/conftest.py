"""Targets made of scripts."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import pytest

from bothends.contract.settings import TargetSettings
from bothends.launch import LaunchedTarget

if TYPE_CHECKING:
    from pathlib import Path

Make = Callable[..., LaunchedTarget]


SERVE = """
import os, signal, sys, time
from http.server import BaseHTTPRequestHandler, HTTPServer

class Handler(BaseHTTPRequestHandler):
    def do_GET(self):
        if self.path == "/die":
            os._exit(7)
        self.send_response(200)
        self.send_header("Content-Length", "0")
        self.end_headers()

def serve():
    HTTPServer((os.environ["HOST"], int(os.environ["PORT"])), Handler).serve_forever()
"""
ENVIRONMENT = {"HOST": "{host}", "PORT": "{port}", "SECRET": "{world.session_secret}"}


@pytest.fixture(autouse=True)
def _as_users_do(cold: None) -> None:
    """How targets are launched is tested here."""


@pytest.fixture
def make(tmp_path: Path) -> Make:
    """Make a target of a Python script, or of a command."""

    def made(script: str | None = None, *, command: tuple[str, ...] = (), **options: Any) -> LaunchedTarget:
        if script is not None:
            (tmp_path / "target.py").write_text(SERVE + script)
            command = ("python", "target.py")
        fields: dict[str, Any] = {"ready": "/healthz", "env": ENVIRONMENT, "cwd": tmp_path}
        fields.update({name: options.pop(name) for name in list(options) if name in fields})
        return LaunchedTarget(
            TargetSettings(command=command, **fields),
            variables={"world.session_secret": "s3cret"},
            log_file=tmp_path / "state" / "target.log",
            hide=["s3cret"],
            **{"host": "127.0.0.1", **options},
        )

    return made
