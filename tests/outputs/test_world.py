"""The world shows what a target sends to it, as it comes: in lines for a person."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import time
from typing import TYPE_CHECKING, Any

import httpx

from tests.outputs import readers
from tests.outputs.conftest import KINDS
from tests.outputs.project import write
from tests.outputs.texts import TEXTS, in_header, in_path, said
from tests.warm import start as warm

if TYPE_CHECKING:
    from pathlib import Path

_SECONDS = 120
SHORT = [name for name, text in TEXTS.items() if len(text) < 1000]


def shown(folder: Path, *, hostile: bool) -> Any:
    """Return the lines of a world to which all texts are sent, as events and in calls."""
    write(folder, "hostile")
    out = folder / "out.txt"
    with out.open("w") as file:
        process = subprocess.Popen(
            [*warm.command(), "world", "--seed", "1"],
            cwd=folder,
            stdout=file,
            stderr=subprocess.STDOUT,
            env={**os.environ, "PYTHONUNBUFFERED": "1"},
        )
    try:
        text = until(out, "Press Ctrl-C to stop.")
        addresses = dict(re.findall(r"^ +(\w+) +(http://\S+)$", text, re.MULTILINE))
        for number, name in enumerate(SHORT):
            told = said(name, hostile=hostile)
            headers = {b"Content-Type": b"application/json", b"X-Said": in_header(told)[:200]}
            body = json.dumps({"name": "x", "said": {told: told}}).encode()
            httpx.post(f"{addresses['hooks']}/names/{number}", content=body, headers=headers)
            httpx.get(f"{addresses['settings']}/settings?{in_path(told)}", headers=headers)
        until(out, f"/names/{len(SHORT) - 1} ")
        httpx.get(f"{addresses['settings']}/settings?last")
        until(out, "/settings?last")
        process.send_signal(signal.SIGINT)
        process.wait(_SECONDS)
    finally:
        process.kill()
        process.wait()
    written = out.read_text("utf-8")
    assert [] == readers.Runner().read(written)
    return [re.sub(r"\?.*|:\d+\b", "", line) for line in readers.plain(written)]


def until(out: Path, text: str) -> str:
    """Wait until a text stands in a file, and return all of it."""
    deadline = time.monotonic() + _SECONDS
    while text not in (written := out.read_text("utf-8")):
        assert time.monotonic() < deadline, written
        time.sleep(0.05)
    return written


def test_what_the_world_shows_is_what_it_shows_of_a_harmless_target(tmp_path: Path) -> None:
    """The same lines for each event and each call; nothing in them that a terminal or GitHub's runner obeys."""
    seen = {}
    for kind in KINDS:
        (tmp_path / kind).mkdir()
        seen[kind] = shown(tmp_path / kind, hostile=kind == "hostile")
    assert seen["harmless"] == seen["hostile"]
    assert sum("event" in line for line in seen["hostile"]) >= len(SHORT)
