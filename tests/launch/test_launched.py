"""Targets that bothends launches: real processes, well and badly behaved."""

from __future__ import annotations

import asyncio
import os
import resource
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import pytest

from bothends.client import Client
from bothends.clock import Clock
from bothends.errors import HarnessError, TargetError
from bothends.launch import LaunchedTarget, Stopped, Target
from bothends.launch.process import OPEN_FILES
from bothends.records import Answer, Request
from tests.processes import alive
from tests.waiting import LONGEST

Make = Callable[..., LaunchedTarget]


async def get(target: Target, path: str) -> Answer | Any:
    """Send one request."""
    async with Client(target.base_url, clock=Clock(), time_limit=LONGEST) as client:
        return (await client.send(Request("GET", path))).answer


async def until(condition: Callable[[], Any]) -> Any:
    """Wait until a condition holds, and return what it gives."""
    deadline = time.monotonic() + LONGEST
    while not (value := condition()):
        assert time.monotonic() < deadline, "it never came to pass"
        await asyncio.sleep(0.005)
    return value


def run(main: Callable[[], Awaitable[Any]]) -> Any:
    """Run a coroutine function."""

    async def awaited() -> Any:
        return await main()

    return asyncio.run(awaited())


def test_launched_asked_and_stopped(make: Make) -> None:
    """It is ready when `start` returns, its log is kept, secrets are hidden, and SIGTERM ends it."""

    async def main() -> Stopped | None:
        target = make('print("hello", os.environ["SECRET"], "\\x1b[1m", flush=True)\ntime.sleep(0.1)\nserve()')
        assert await target.stop() is None
        assert target.log_tail() == []
        assert target.died() is None
        async with target:
            assert f"http://127.0.0.1:{target.port}" == target.base_url
            assert isinstance(await get(target, "/"), Answer)
            assert target.died() is None
            assert target.log_tail()[0].startswith("hello [hidden] ")
            with pytest.raises(HarnessError, match="already running"):
                await target.start()
            stopped = await target.stop()
        assert target.died() is None
        assert stopped == await target.stop()
        assert target.log_file.read_text().startswith("hello s3cret")
        return stopped

    stopped = run(main)
    assert (stopped.code, stopped.killed) == (-signal.SIGTERM, False)
    assert stopped.seconds < 20


def test_started_again(make: Make) -> None:
    """A stopped target can be started again, and its log goes on."""

    async def main() -> str:
        target = make('print("started", flush=True)\nserve()')
        for _ in range(2):
            async with target:
                assert isinstance(await get(target, "/"), Answer)
        return target.log_file.read_text()

    assert run(main).count("started") == 2


def test_a_target_in_another_language(make: Make) -> None:
    """Anything that can be started and listens will do; the port can be an argument."""
    script = "require('http').createServer((q, r) => r.end('hi')).listen({port}, '127.0.0.1')"

    async def main() -> Any:
        async with make(command=("node", "-e", script), ready=None) as target:
            return await get(target, "/")

    assert run(main).body == b"hi"


@pytest.mark.skipif(not socket.has_ipv6 or not Path("/proc/net/if_inet6").exists(), reason="no IPv6 here")
def test_a_target_on_ipv6(make: Make) -> None:
    """The host may be an IPv6 address."""
    # Else `HTTPServer` asks a server of names what `::1` is called.
    server = "import socket; socket.getfqdn = str; HTTPServer.address_family = socket.AF_INET6\nserve()"

    async def main() -> Any:
        async with make(server, host="::1") as target:
            assert target.base_url.startswith("http://[::1]:")
            return await get(target, "/")

    assert isinstance(run(main), Answer)


def not_ready(make: Make, program: str) -> tuple[LaunchedTarget, str]:
    """Start a program of the shell that is never ready, but writes; return it, and what is said of it.

    It has seconds to write where a busy machine lets it write nothing sooner.
    """
    for limit in (0.3, 3, 30):
        target = make(command=("sh", "-c", program), start_limit=limit)
        with pytest.raises(TargetError, match=rf"not ready within {limit} s: GET .* \(refused\)") as caught:
            asyncio.run(target.start())
        if target.log_tail():
            break
    return target, caught.value.problem


def test_it_is_not_ready_in_time(make: Make) -> None:
    """The error says what was seen last, the end of the log, and nothing is left running."""
    target, problem = not_ready(make, "echo $$; exec sleep 600")
    assert "  | " in problem
    assert not alive(int(target.log_tail()[0]))


def test_it_dies_half_way(make: Make) -> None:
    """The exit code is known as soon as it is asked for, and what it left behind is ended."""

    async def main() -> Stopped | None:
        child = 'import subprocess; print(subprocess.Popen(["sleep", "60"]).pid, flush=True)\nserve()'
        async with make(child) as target:
            await get(target, "/die")
            code = await until(target.died)
            assert code == 7
            assert code == target.died()
            assert not alive(int(target.log_tail()[0]))
            return await target.stop()

    stopped = run(main)
    assert (stopped.code, stopped.killed) == (7, True)


def test_it_ignores_sigterm(make: Make) -> None:
    """After the grace it is killed."""

    async def main() -> Stopped | None:
        async with make("signal.signal(signal.SIGTERM, signal.SIG_IGN)\nserve()") as target:
            return await target.stop(0.1)

    stopped = run(main)
    assert (stopped.code, stopped.killed) == (-signal.SIGKILL, True)
    assert stopped.seconds >= 0.1


def test_it_finishes_in_its_own_way(make: Make) -> None:
    """It may take its time within the grace, and its exit code is kept, and what it writes last."""
    script = """
def finish(*_):
    time.sleep(0.1)
    print("finished", flush=True)
    os._exit(5)
signal.signal(signal.SIGTERM, finish)
serve()
"""

    async def main() -> tuple[Stopped | None, str]:
        async with make(script) as target:
            stopped = await target.stop(LONGEST)
            return stopped, target.log_tail()[-1]

    stopped, line = run(main)
    assert (stopped.code, stopped.killed, line) == (5, False, "finished")


def test_a_wrapper_that_does_not_pass_sigterm_on(make: Make) -> None:
    """What a leader leaves behind is asked to end too, before it is killed."""
    finish = 'signal.signal(signal.SIGTERM, lambda *_: (print("child finished", flush=True), os._exit(0)))\nserve()'

    async def main() -> tuple[Stopped | None, list[str]]:
        make(finish)  # writes the file
        wrapper = f"{sys.executable} target.py & wait"
        async with make(command=("sh", "-c", wrapper)) as target:
            return await target.stop(LONGEST), target.log_tail()

    stopped, lines = run(main)
    assert "child finished" in lines
    assert (stopped.code, stopped.killed) == (-signal.SIGTERM, False)


def test_children_that_ignore_sigterm(make: Make) -> None:
    """No process of the group outlives the target."""

    async def main() -> tuple[Stopped | None, int]:
        wrapper = f"trap '' TERM; sleep 60 & echo $!; trap - TERM; exec {sys.executable} target.py"
        make("serve()")  # writes the file
        target = make(command=("sh", "-c", wrapper))
        async with target:
            child = int(target.log_tail()[0])
            assert alive(child)
            return await target.stop(0.1), child

    stopped, child = run(main)
    assert stopped.killed
    assert not alive(child)


@pytest.mark.skipif(not hasattr(resource, "prlimit"), reason="only Linux lets one process limit another")
def test_it_has_as_many_files_as_a_service_has(make: Make, tmp_path: Path) -> None:
    """Whatever a developer's shell allows, so that a leak of connections shows; it may ask for more, as programs do."""
    most = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    says = "until [ -e started ]; do sleep 0.05; done; ulimit -S -n; ulimit -H -n; exec sleep 600"

    async def main() -> list[str]:
        target = make(command=("sh", "-c", says))
        starting = asyncio.ensure_future(target.start())
        await until(lambda: target.port)
        (tmp_path / "started").touch()
        await until(lambda: len(target.log_tail()) > 1)
        starting.cancel()
        with pytest.raises(asyncio.CancelledError):
            await starting
        return target.log_tail()

    assert [str(min(OPEN_FILES, most)), str(most)] == run(main)


def test_it_floods_its_log(make: Make) -> None:
    """It is read all the time, so that it does not block; the file is bounded, and the loop goes on."""
    flood = """
import threading
def flood():
    while True:
        os.write(1, b"x" * 79 + b"\\n")
Handler.log_message = lambda *_: None
threading.Thread(target=flood, daemon=True).start()
serve()
"""

    async def main() -> int:
        async with make(flood) as target:
            for _ in range(5):
                assert isinstance(await get(target, "/"), Answer)
            await target.stop(0.2)
            assert target.log_tail(1)[0].startswith("x")
            return target.log_file.stat().st_size

    assert run(main) <= (8 << 20) + 70_000


def test_it_floods_its_log_and_is_never_ready(make: Make, monkeypatch: pytest.MonkeyPatch) -> None:
    """What is read for the error is bounded too, though there is always more."""
    monkeypatch.setattr("bothends.launch.launched._DRAINS", 1)
    assert not_ready(make, "exec yes")[1].endswith("  | y")


def test_it_closes_its_output(make: Make) -> None:
    """A target that writes no more is none the worse for it."""

    async def main() -> Any:
        script = "Handler.log_message = lambda *_: None\nprint('last', flush=True)\nos.close(1)\nos.close(2)\nserve()"
        async with make(script) as target:
            return await get(target, "/")

    assert isinstance(run(main), Answer)


def test_cancelled_while_it_starts(make: Make) -> None:
    """Ctrl-C during the start leaves nothing running."""

    async def main() -> int:
        target = make(command=("sh", "-c", "echo $$; exec sleep 60"))
        starting = asyncio.ensure_future(target.start())
        pid = int((await until(target.log_tail))[0])
        starting.cancel()
        with pytest.raises(asyncio.CancelledError):
            await starting
        return pid

    assert not alive(run(main))


def test_cancelled_while_it_stops(make: Make) -> None:
    """A second Ctrl-C cuts the grace short."""

    async def main() -> Stopped | None:
        target = make("signal.signal(signal.SIGTERM, signal.SIG_IGN)\nserve()")
        await target.start()
        stopping = asyncio.ensure_future(target.stop(LONGEST))
        await asyncio.sleep(0.05)
        stopping.cancel()
        with pytest.raises(asyncio.CancelledError):
            await stopping
        return await target.stop()

    assert run(main).killed


def test_stopped_twice_at_once(make: Make) -> None:
    """Two who clean up at the same time are told the same, and nothing is closed twice."""

    async def main() -> list[Stopped | None]:
        target = make("serve()")
        await target.start()
        return list(await asyncio.gather(target.stop(), target.stop()))

    first, second = run(main)
    assert first == second
    assert not first.killed


def test_stopped_while_it_starts(make: Make) -> None:
    """Whoever stops it is told how it ended; whoever started it, that it did."""

    async def main() -> Stopped | None:
        target = make(command=("sh", "-c", "echo $$; exec sleep 60"))
        starting = asyncio.ensure_future(target.start())
        await until(target.log_tail)
        stopped = await target.stop()
        with pytest.raises(TargetError, match=r"was killed by SIGTERM after .* before it was ready"):
            await starting
        return stopped

    stopped = run(main)
    assert (-signal.SIGTERM, False) == (stopped.code, stopped.killed)


def test_the_whole_of_it_is_killed(make: Make) -> None:
    """SIGKILL stands for a machine that dies: a child that its leader would have left behind dies as well."""

    async def main() -> bool:
        make("serve()")  # writes the file
        async with make(command=("sh", "-c", f"sleep 60 & echo $!; exec {sys.executable} target.py")) as target:
            child = int(target.log_tail()[0])
            target.signal(signal.SIGKILL)
            return bool(await until(lambda: not alive(child)))

    assert run(main)


def test_it_never_outlives_the_harness(make: Make, tmp_path: Path) -> None:
    """Even a harness that is killed takes the target and its children with it."""
    make("serve()")  # writes the file
    (tmp_path / "harness.py").write_text(f"""
import asyncio, os, signal
from pathlib import Path
from bothends.contract.settings import TargetSettings
from bothends.launch import LaunchedTarget

async def main():
    command = ("sh", "-c", "sleep 60 & echo $$ $!; exec python3 target.py")
    environment = {{"HOST": "{{host}}", "PORT": "{{port}}"}}
    settings = TargetSettings(command=command, cwd=Path({str(tmp_path)!r}), env=environment, ready="/")
    log = Path({str(tmp_path / "log")!r})
    target = LaunchedTarget(settings, variables={{}}, host="127.0.0.1", log_file=log)
    await target.start()
    print(target.log_tail()[0], flush=True)
    os.kill(os.getpid(), signal.SIGKILL)

asyncio.run(main())
""")
    result = subprocess.run(
        [sys.executable, "harness.py"], cwd=tmp_path, capture_output=True, text=True, check=False, timeout=LONGEST
    )
    assert result.returncode == -signal.SIGKILL, result.stderr
    pids = [int(word) for word in result.stdout.split()]
    assert len(pids) == 2
    asyncio.run(until(lambda: not any(alive(pid) for pid in pids)))


def test_ctrl_c_does_not_reach_it(make: Make) -> None:
    """It has a session of its own, which a terminal's signals don't go to."""

    async def main() -> bool:
        async with make("print(os.getsid(0), os.getpgid(0), os.getpid(), flush=True)\nserve()") as target:
            session, group, pid = map(int, target.log_tail()[0].split())
            assert session == group == pid
            return session != os.getsid(0)

    assert run(main)
