"""How many requests the mock answers in a second, beside the reference, and what an end loses.

    python benchmarks/mocking.py [SECONDS]

Both serve the same contract in the same world, in turns: each request is signed in, each calls the settings, and each
sends one event before it is answered. What they call is one small server, in a process of its own. `wrk` must be
installed. At least 0.6 of the reference's rate is right.

Then the mock gets SIGTERM under load: each answer of success must have its event.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import re
import shutil
import signal
import statistics
import subprocess
import sys
import tempfile
import time
import urllib.request
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from rig import BIN, ROOT, free_port

from bothends.contract import load
from bothends.world.sessions.callers import Callers

if TYPE_CHECKING:
    from collections.abc import Iterator

LEAST = 0.6
ROUNDS = 3
CONNECTIONS = 16
KEY = "benchmark"
SECRET = "a secret for the benchmark alone"  # noqa: S105 -- it opens nothing
CPU: list[float] = []
"""The processor time of each server that has ended, seconds, its start among it: hardly changed by other work."""
SETTINGS = {"appName": "shop", "environment": "production", "locale": "en", "features": {"beta": True}}


class Behind(asyncio.Protocol):
    """Serves the settings and the ingest: as little as will do, so that it is not what is measured."""

    events = 0

    def __init__(self) -> None:
        self._data = b""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Take the transport."""
        self._transport = transport

    def data_received(self, data: bytes) -> None:
        """Answer each request that is whole."""
        self._data += data
        while (end := self._data.find(b"\r\n\r\n")) >= 0:
            head = self._data[:end]
            match = re.search(rb"(?i)\r\ncontent-length: *([0-9]+)", head)
            whole = end + 4 + (int(match[1]) if match else 0)
            if len(self._data) < whole:
                return
            self._data = self._data[whole:]
            self._answer(head.split(b" ", 2)[:2])

    def _answer(self, line: list[bytes]) -> None:
        if line == [b"GET", b"/count"]:
            body = str(Behind.events).encode()
        elif line[0] == b"GET":
            body = json.dumps(SETTINGS).encode()
        else:
            Behind.events += 1
            body = b'{"ids":["01J0000000000000000000000"],"status":200}'
        head = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n" % len(body)
        self._transport.write(head + body)  # type: ignore[attr-defined]  # asyncio's transports can


async def serve(port: int) -> None:
    """Serve until the process is ended."""
    server = await asyncio.get_running_loop().create_server(Behind, "127.0.0.1", port)
    await server.serve_forever()


@contextlib.contextmanager
def running(command: list[str], env: dict[str, str], ready: str) -> Iterator[subprocess.Popen[bytes]]:
    """Run a server for the length of a `with` block."""
    process = subprocess.Popen(command, cwd=ROOT, env={**os.environ, **env}, stdout=subprocess.DEVNULL)
    try:
        for _ in range(600):
            with contextlib.suppress(OSError):
                urllib.request.urlopen(ready, timeout=1).close()  # noqa: S310 -- of this machine
                break
            time.sleep(0.1)
        yield process
    finally:
        if process.returncode is None:
            process.send_signal(signal.SIGTERM)
            _, status, usage = os.wait4(process.pid, 0)
            process.returncode = os.waitstatus_to_exitcode(status)
            CPU.append(usage.ru_utime + usage.ru_stime)


def cookie() -> str:
    """Return the cookie of a caller who is signed in."""
    contract = load(ROOT / "bothends.toml")
    world = contract.settings.world
    session = world.session
    if session is None:
        raise TypeError("the settings have no session")
    played = type(session)(session.table.holding({**session.values, "secret": SECRET}))
    callers = Callers(replace(world, session=played, sessions={}), 1)
    shown = callers.sign_in(1, time.time(), None, user=None, security=None)
    return "; ".join(f"{name}={value}" for name, value in shown.cookies)


def loaded(url: str, script: Path, seconds: float) -> tuple[float, int, int]:
    """Load a server; return its rate, its answers, and how many of them were no success."""
    wrk = shutil.which("wrk")
    if wrk is None:
        raise SystemExit("mocking: wrk is not installed")
    command = [wrk, "-t1", f"-c{CONNECTIONS}", f"-d{seconds:g}s", "-s", str(script), url]
    output = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    rate = re.search(r"Requests/sec: *([0-9.]+)", output)
    count = re.search(r"([0-9]+) requests in", output)
    wrong = re.search(r"Non-2xx or 3xx responses: ([0-9]+)", output)
    if rate is None or count is None:
        raise RuntimeError(f"wrk said something else: {output}")
    return float(rate[1]), int(count[1]), int(wrong[1]) if wrong else 0


def main() -> int:
    """Measure both in turns, then the end; 1 when the mock is too slow, or when something is lost."""
    seconds = float(sys.argv[1]) if len(sys.argv) > 1 else 8.0
    behind = free_port()
    with (
        tempfile.TemporaryDirectory(prefix="bothends-benchmark-") as place,
        running([sys.executable, __file__, "--behind", str(behind)], {}, f"http://127.0.0.1:{behind}/count"),
    ):
        script = Path(place) / "post.lua"
        script.write_text(
            'wrk.method = "POST"\nwrk.body = \'{"data":"data"}\'\n'
            'wrk.headers["Content-Type"] = "application/json"\n'
            f'wrk.headers["Cookie"] = "{cookie()}"\n',
            "utf-8",
        )
        rates: dict[str, list[float]] = {"reference": [], "mock": []}
        for _ in range(ROUNDS):
            for name, found in rates.items():
                rate, count, wrong = _round(name, behind, script, seconds)
                found.append(rate)
                each = CPU[-1] / count * 1e6
                print(
                    f"{name:<12}{rate:>9.0f} requests/s, {each:>6.0f} us of a processor each, {wrong} failed",
                    flush=True,
                )
                if wrong:
                    return 1
        medians = {name: statistics.median(found) for name, found in rates.items()}
        ratio = medians["mock"] / medians["reference"]
        print(f"the mock answers {ratio:.2f} of what the reference does; at least {LEAST} is right")
        lost = _ended(behind, script, seconds)
    return int(ratio < LEAST or lost > 0)


def _round(name: str, behind: int, script: Path, seconds: float) -> tuple[float, int, int]:
    port = free_port()
    with running(_command(name, port), _env(behind, port), f"http://127.0.0.1:{port}/healthz"):
        url = f"http://127.0.0.1:{port}/api/route"
        loaded(url, script, 1)
        return loaded(url, script, seconds)


def _ended(behind: int, script: Path, seconds: float) -> int:
    """End the mock under load; return how many answers of success have no event."""
    port = free_port()
    before = _count(behind)
    with running(_command("mock", port), _env(behind, port), f"http://127.0.0.1:{port}/healthz") as process:
        wrk = subprocess.Popen(
            [
                "wrk",
                "-t1",
                f"-c{CONNECTIONS}",
                f"-d{seconds:g}s",
                "-s",
                str(script),
                f"http://127.0.0.1:{port}/api/route",
            ],
            stdout=subprocess.PIPE,
            text=True,
        )
        time.sleep(seconds / 2)
        process.send_signal(signal.SIGTERM)
        process.wait(30)
        output = wrk.communicate()[0]
    found = re.search(r"([0-9]+) requests in", output)
    answers = int(found[1]) if found else 0
    events = _count(behind) - before
    print(f"SIGTERM under load: {answers} answers, {events} events, {max(answers - events, 0)} lost")
    return max(answers - events, 0)


def _count(behind: int) -> int:
    with urllib.request.urlopen(f"http://127.0.0.1:{behind}/count", timeout=5) as answer:
        return int(answer.read())


def _command(name: str, port: int) -> list[str]:
    if name == "reference":
        return [sys.executable, "-m", "reference"]
    return [str(BIN / "bothends"), "mock", "--port", str(port)]


def _env(behind: int, port: int) -> dict[str, str]:
    return {
        "PORT": str(port),
        "SETTINGS_URL": f"http://127.0.0.1:{behind}/settings",
        "INNGEST_BASE_URL": f"http://127.0.0.1:{behind}",
        "INNGEST_EVENT_KEY": KEY,
        "NEXTAUTH_SECRET": SECRET,
        "UPSTREAM_TIMEOUT_MS": "5000",
    }


if __name__ == "__main__":
    if sys.argv[1:2] == ["--behind"]:
        asyncio.run(serve(int(sys.argv[2])))
    sys.exit(main())
