"""Pact's library runs in a process of its own, which is there when it is needed and gone when it is not."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from bothends.errors import HarnessError
from bothends.pacts.library import Library
from bothends.pacts.verifying import Verifying
from tests.pacts.library import answer, http, made, posted
from tests.processes import children

if TYPE_CHECKING:
    from bothends.records import Answer, Request

PACT = made(http({}, {}))


async def fine(_: Request) -> Answer:
    """Answer as the pact wants."""
    return answer({})


def child_since(before: set[int]) -> int:
    """Return the process id of the child that was started meanwhile."""
    (child,) = children() - before
    return child


def environment(pid: int) -> list[str]:
    """Return the environment that a process was started in."""
    return Path(f"/proc/{pid}/environ").read_text().split("\0")


linux = pytest.mark.skipif(sys.platform != "linux", reason="processes are looked up in /proc")


def test_library_is_loaded_when_it_is_needed() -> None:
    """Nothing is started before an interaction is verified."""

    async def play() -> None:
        async with Verifying() as verifying:
            assert not verifying.loaded
            assert [] == await verifying.verify_http(PACT, PACT.interactions[0], fine)
            assert verifying.loaded
        assert not verifying.loaded

    asyncio.run(play())


def test_importing_does_not_load_the_library() -> None:
    """Who verifies no pact pays for none: the import brings in nothing of Pact's."""
    program = "import sys, bothends.pacts.verifying; print({'pact', 'pact_ffi'} & set(sys.modules))"
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, check=True, text=True)
    assert "set()\n" == done.stdout


@linux
def test_telemetry_is_off(monkeypatch: pytest.MonkeyPatch) -> None:
    """The library reports nothing to anybody, whatever the environment says; and that is left as it is."""
    monkeypatch.setenv("PACT_DO_NOT_TRACK", "false")

    seen = []

    async def play() -> None:
        before = children()
        async with Verifying() as verifying:
            await verifying.match_request(PACT, PACT.interactions[0], posted({}))
            seen.extend(environment(child_since(before)))

    asyncio.run(play())
    assert "PACT_DO_NOT_TRACK=true" in seen
    assert "false" == os.environ["PACT_DO_NOT_TRACK"]


@linux
def test_death_is_told_and_survived() -> None:
    """A crash of the library is bothends' own failure, not the target's; the next call starts it anew."""

    async def play() -> None:
        before = children()
        async with Verifying() as verifying:

            async def deadly(_: Request) -> Answer:
                os.kill(child_since(before), signal.SIGKILL)
                return answer({})

            with pytest.raises(HarnessError, match=r"failed: .* was killed by SIGKILL"):
                await verifying.verify_http(PACT, PACT.interactions[0], deadly)
            assert [] == await verifying.verify_http(PACT, PACT.interactions[0], fine)

    asyncio.run(play())


@linux
def test_nothing_is_left_behind() -> None:
    """At the end there is no process, and none after a call that was cut off either."""

    async def play() -> None:
        before = children()
        async with Verifying() as verifying:
            asked = asyncio.Event()

            async def never(_: Request) -> Answer:
                asked.set()
                await asyncio.Event().wait()
                raise AssertionError

            task = asyncio.create_task(verifying.verify_http(PACT, PACT.interactions[0], never))
            await asked.wait()
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)
            assert task.cancelled()
            assert before == children()
            assert [] == await verifying.verify_http(PACT, PACT.interactions[0], fine)
        assert before == children()

    asyncio.run(play())


def test_folder_is_taken_away(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The files that the library needs are gone with it."""
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))

    async def play() -> None:
        async with Verifying() as verifying:
            await verifying.verify_http(PACT, PACT.interactions[0], fine)

    asyncio.run(play())
    assert [] == list(tmp_path.iterdir())


def test_what_the_process_says_is_told(tmp_path: Path) -> None:
    """A command that it does not know ends it, and its last words are in the error."""

    async def play() -> None:
        library = Library(tmp_path)
        with pytest.raises(HarnessError, match="KeyError: 'sing'"):
            await library.ask({"do": "sing"})
        await library.close()

    asyncio.run(play())


def test_a_timeout_ends_it(tmp_path: Path) -> None:
    """A command that does not come to an end is given up while nobody is waited for, and only then."""
    expected: dict[str, Any] = {
        "method": "GET",
        "path": "/",
        "query": [],
        "headers": [],
        "content_type": "",
        "body": None,
        "rules": {},
    }
    command = {"do": "match", "expected": expected, "wire": ""}  # an empty request: the mock server waits for it

    async def play() -> None:
        library = Library(tmp_path, timeout=0.05)
        with pytest.raises(HarnessError, match=r"did not finish within 0\.1 s"):
            await library.ask(command)
        assert not library.running
        waited = asyncio.create_task(library.ask(command, waits=lambda: True))
        done, _ = await asyncio.wait({waited}, timeout=0.4)
        assert set() == done
        waited.cancel()
        await asyncio.gather(waited, return_exceptions=True)

    asyncio.run(play())


def test_a_late_request_meets_nobody() -> None:
    """Who comes between verifications gets no answer, and disturbs none."""

    async def play() -> bytes:
        async with Verifying() as verifying:
            seen: list[int] = []

            async def ask(_: Request) -> Answer:
                seen.append(verifying.port)
                return answer({})

            await verifying.verify_http(PACT, PACT.interactions[0], ask)
            reader, writer = await asyncio.open_connection("127.0.0.1", seen[0])
            writer.write(b"GET / HTTP/1.1\r\nhost: x\r\n\r\n")
            try:
                return await reader.read()
            except ConnectionResetError:
                return b""
            finally:
                writer.close()

    assert b"" == asyncio.run(play())


def test_json_goes_through_the_process_whole(tmp_path: Path) -> None:
    """A command is one line of ASCII, whatever it holds."""
    wire = "R0VUIC8gSFRUUC8xLjENCmhvc3Q6IHgNCmNvbm5lY3Rpb246IGNsb3NlDQoNCg=="  # GET / HTTP/1.1, host, close
    rules = {"path": {"matchers": [{"match": "regex", "regex": "^/$|\n|é|☃"}]}}
    expected: dict[str, Any] = {
        "method": "GET",
        "path": "/é",
        "query": [],
        "headers": [],
        "content_type": "",
        "body": None,
    }

    async def play() -> dict[str, Any]:
        library = Library(tmp_path)
        try:
            return await library.ask({"do": "match", "expected": {**expected, "rules": rules}, "wire": wire})
        finally:
            await library.close()

    assert {"matched": True, "found": []} == json.loads(json.dumps(asyncio.run(play())))
