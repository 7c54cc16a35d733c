"""What the benchmarks share: the reference on loopback, the world beside it, and commands that are measured."""

from __future__ import annotations

import contextlib
import os
import re
import secrets
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
import tomllib
import urllib.error
import urllib.request
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

ROOT = Path(__file__).resolve().parent.parent
BIN = Path(sys.executable).parent
READY_SECONDS = 20.0


@dataclass(frozen=True, slots=True)
class Measured:
    """A command that was run.

    Attributes:
        seconds: Wall time, from start to exit.
        cpu: CPU time of its process and of those that it waited for, seconds: hardly changed by other work.
        megabytes: Peak resident memory of its process, MiB.
        code: Exit code.
        output: What it printed.
    """

    seconds: float
    cpu: float
    megabytes: float
    code: int
    output: str


def measured(command: Sequence[str], env: Mapping[str, str] | None = None, cwd: Path = ROOT) -> Measured:
    """Run a command to its end, and return what it took."""
    with tempfile.TemporaryFile() as output:
        began = time.perf_counter()
        process = subprocess.Popen(  # waited for by hand, for the sake of its memory
            command, cwd=cwd, env={**os.environ, **(env or {})}, stdout=output, stderr=subprocess.STDOUT
        )
        _, status, usage = os.wait4(process.pid, 0)
        seconds = time.perf_counter() - began
        process.returncode = os.waitstatus_to_exitcode(status)
        output.seek(0)
        text = output.read().decode(errors="replace")
    # Linux counts kilobytes, macOS bytes.
    unit = 1 << 20 if sys.platform == "darwin" else 1 << 10
    return Measured(seconds, usage.ru_utime + usage.ru_stime, usage.ru_maxrss / unit, process.returncode, text)


@dataclass(frozen=True, slots=True)
class Rig:
    """The reference, running, and all it takes to test it.

    Attributes:
        folder: A folder of its own, with the settings file.
        url: Base URL of the reference.
        settings: The settings file; its world has fixed ports.
    """

    folder: Path
    url: str
    settings: Path


def free_port() -> int:
    """Return a port that nothing listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


@contextlib.contextmanager
def rig() -> Iterator[Rig]:
    """Start the reference with an environment that a world on fixed ports will fit."""
    folder = Path(tempfile.mkdtemp(prefix="bothends-benchmark-"))
    secret, key = secrets.token_urlsafe(24), secrets.token_hex(16)
    port, settings_port, ingest_port = free_port(), free_port(), free_port()
    known = tomllib.loads((ROOT / "bothends.toml").read_text())["world"]
    settings = folder / "bothends.toml"
    settings.write_text(
        f"""\
spec = "{ROOT / "openapi.yaml"}"
[target]
url = "http://127.0.0.1:{port}"
[world]
upstream_timeout_ms = {known["upstream_timeout_ms"]}
[world.session]
kind = "{known["session"]["kind"]}"
cookie = "{known["session"]["cookie"]}"
secret = "{secret}"
[world.upstreams.settings]
method = "GET"
path = "/settings"
answer = "#/components/schemas/AppSettings"
port = {settings_port}
[world.ingest]
event_key = "{key}"
port = {ingest_port}
"""
    )
    env = {
        "PORT": str(port),
        "SETTINGS_URL": f"http://127.0.0.1:{settings_port}/settings",
        "INNGEST_BASE_URL": f"http://127.0.0.1:{ingest_port}",
        "INNGEST_EVENT_KEY": key,
        "NEXTAUTH_SECRET": secret,
        "UPSTREAM_TIMEOUT_MS": str(known["upstream_timeout_ms"]),
    }
    with _running([sys.executable, "-m", "reference"], env, folder / "reference.log"):
        url = f"http://127.0.0.1:{port}"
        _wait_for(f"{url}/healthz")
        yield Rig(folder, url, settings)
    shutil.rmtree(folder)


@contextlib.contextmanager
def world(on: Rig) -> Iterator[str]:
    """Play the world of a rig in a process of its own; yield a session cookie, `name=value`."""
    log = on.folder / "world.log"
    with _running([str(BIN / "bothends"), "world", "--config", str(on.settings), "--url", on.url], {}, log):
        deadline = time.monotonic() + READY_SECONDS
        while not (found := re.search(r"^COOKIE=(\S+)$", log.read_text(), re.MULTILINE)):
            if time.monotonic() > deadline:
                raise RuntimeError(f"the world did not come up: {log.read_text()}")
            time.sleep(0.02)
        yield found[1].strip("'\"")


def started() -> float:
    """Return the seconds until the reference answers that it is ready."""
    began = time.perf_counter()
    with rig():
        return time.perf_counter() - began


@contextlib.contextmanager
def _running(command: Sequence[str], env: Mapping[str, str], log: Path) -> Iterator[None]:
    with log.open("wb") as output:
        process = subprocess.Popen(
            command, cwd=ROOT, env={**os.environ, **env}, stdout=output, stderr=subprocess.STDOUT
        )
        try:
            yield
        finally:
            process.send_signal(signal.SIGTERM)
            try:
                process.wait(10)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()


def _wait_for(url: str) -> None:
    deadline = time.monotonic() + READY_SECONDS
    while True:
        try:
            with urllib.request.urlopen(url, timeout=1):  # noqa: S310 -- loopback, http
                return
        except (urllib.error.URLError, OSError):
            if time.monotonic() > deadline:
                raise
            time.sleep(0.05)
