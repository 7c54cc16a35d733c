"""Runs soaks on Locust, as a person does: a master, and workers, each a process."""

from __future__ import annotations

import contextlib
import os
import random
import re
import subprocess
import sys
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from bothends.launch.ports import reserved_port

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

ROOT = Path(__file__).parents[2]
FAULTY = Path(__file__).with_name("targets") / "faulty.py"
LOCUST = [sys.executable, "-m", "locust"]
LOCUSTFILE = """
import locust.runners

from bothends.locust import ContractUser

# The processes of a test wait long for a processor, and are no more lost for that.
locust.runners.HEARTBEAT_LIVENESS = {liveness}
locust.runners.MASTER_HEARTBEAT_TIMEOUT = 600


class Caller(ContractUser):
    config = "bothends.toml"
"""
TEN = 10
FORTY = {"event-for-success": TEN, "one-event": TEN, "own-event": TEN, "no-phantom": TEN}
"""How often each law is broken where ten events are lost, doubled, swapped (each has another's address) and made up."""
KINDS = ("LOST", "DOUBLED", "SWAPPED", "INVENTED")
_ROW = re.compile(r"^([a-z-]+) +([0-9,]+) +([0-9,]+)$", re.MULTILINE)
_HEADLINE = re.compile(r"^(PROVEN|BROKEN|NOT PROVEN): .*$", re.MULTILINE)


@dataclass(slots=True)
class Soak:
    """What a soak has told.

    Attributes:
        code: The exit code.
        text: All that the master printed.
    """

    code: int
    text: str

    @property
    def headline(self) -> str:
        """The verdict, in one line."""
        found = _HEADLINE.findall(self.text)
        return next((line for line in self.text.splitlines() if _HEADLINE.match(line)), "") if found else ""

    @property
    def broken(self) -> dict[str, int]:
        """How many exchanges broke each law."""
        rows = ((law, int(broken.replace(",", ""))) for law, _, broken in _ROW.findall(self.text))
        return {law: broken for law, broken in rows if broken}


@dataclass(slots=True)
class Running:
    """A soak that is under way."""

    master: subprocess.Popen[bytes]
    workers: list[subprocess.Popen[bytes]] = field(default_factory=list)
    output: Path = Path()

    def ended(self, seconds: float) -> Soak:
        """Wait for its end.

        Args:
            seconds: How long at most.
        """
        code = self.master.wait(seconds)
        return Soak(code, self.output.read_text())

    def exchanges(self) -> int:
        """Return how many requests Locust has counted so far."""
        found = re.findall(r"Aggregated +(\d+)", self.output.read_text())
        return int(found[-1]) if found else 0


def project(folder: Path, faults: Mapping[str, str] | None = None, *, liveness: int = 300) -> Path:
    """Write the settings of the reference, with faults at given places, and a locustfile; return the folder.

    Args:
        folder: The folder.
        faults: The places, by the fault; None: there is none.
        liveness: Seconds without a sign of life after which Locust takes a worker for lost.
    """
    settings = (ROOT / "bothends.toml").read_text().replace('"openapi.yaml', f'"{ROOT}/openapi.yaml')
    settings = settings.replace('pacts = "contracts/pacts"\n', "")
    settings = settings.replace('["python", "-m", "reference"]', f'["{sys.executable}", "{FAULTY}"]')
    more = "".join(f'{kind} = "{places}"\n' for kind, places in (faults or {}).items())
    settings = settings.replace("[target.env]\n", f'[target.env]\nPYTHONPATH = "{ROOT}"\n{more}')
    (folder / "bothends.toml").write_text(settings)
    (folder / "locustfile.py").write_text(LOCUSTFILE.format(liveness=liveness))
    return folder


def places(exchanges: int, of_each: int, seed: int) -> dict[str, str]:
    """Return random places for faults of each kind, none of which has another beside it."""
    chosen = random.Random(seed)  # noqa: S311 -- no secret
    width = exchanges // (of_each * len(KINDS) + 1)
    kinds = [kind for kind in KINDS for _ in range(of_each if kind != "SWAPPED" else of_each // 2)]
    chosen.shuffle(kinds)
    found: dict[str, list[int]] = {kind: [] for kind in KINDS}
    for index, kind in enumerate(kinds):
        first = index * width + 1 + chosen.randrange(max(1, width - 2))
        found[kind] += [first, first + 1] if kind == "SWAPPED" else [first]
    return {kind: ",".join(map(str, each)) for kind, each in found.items()}


@contextlib.contextmanager
def soak(  # noqa: PLR0913 -- what a soak is told
    folder: Path,
    exchanges: int,
    *,
    workers: int,
    users: int = 8,
    headless: bool = True,
    more: tuple[str, ...] = (),
) -> Iterator[Running]:
    """Run a soak: a master with so many workers, or a process alone where there are none."""
    env = {**os.environ, "PYTHONUNBUFFERED": "1"}
    common = [*LOCUST, "-f", "locustfile.py"]
    of_master = [
        *(["--headless"] if headless else []),
        "-u",
        str(users),
        "-r",
        str(users),
        "--exchanges",
        str(exchanges),
        *more,
    ]
    output = folder / "master.txt"
    with contextlib.ExitStack() as stack:
        port = str(stack.enter_context(reserved_port("127.0.0.1")))
        if workers:
            of_master += ["--master", "--master-bind-port", port, "--expect-workers", str(workers)]

        def started(command: list[str], log: Path) -> subprocess.Popen[bytes]:
            file = stack.enter_context(log.open("w"))
            process = subprocess.Popen([*common, *command], cwd=folder, env=env, stdout=file, stderr=file)
            stack.callback(_end, process)
            return process

        running = Running(started(of_master, output), output=output)
        for number in range(workers):
            running.workers.append(started(["--worker", "--master-port", port], folder / f"worker-{number}.txt"))
        yield running


def _end(process: subprocess.Popen[bytes]) -> None:
    process.terminate()
    with contextlib.suppress(subprocess.TimeoutExpired):
        process.wait(60)
    process.kill()
    process.wait()


def memory(running: Running) -> dict[str, int]:
    """Return what the processes of a soak have of the machine's memory, in kilobytes: the most of each sort."""
    found: dict[str, int] = {}
    listed = subprocess.run(["ps", "-eo", "pid=,ppid=,rss=,args="], capture_output=True, text=True, check=True).stdout
    rows = [(int(pid), int(parent), int(rss), args) for pid, parent, rss, args in map(_fields, listed.splitlines())]
    ours = {process.pid for process in (running.master, *running.workers)}
    for pid, parent, rss, args in rows:
        if pid in ours or parent in ours:
            sort = next(
                (each for each in ("hub", "companion", "--worker") if args.endswith(each) or each in args), "master"
            )
            found[sort.strip("-")] = max(found.get(sort.strip("-"), 0), rss)
    return found


def _fields(row: str) -> list[str]:
    return row.split(None, 3)


def until(condition: object, seconds: float) -> bool:
    """Wait until something is so; return whether it is."""
    assert callable(condition)
    ends = time.monotonic() + seconds
    while time.monotonic() < ends:
        if condition():
            return True
        time.sleep(0.1)
    return False
