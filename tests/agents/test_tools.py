"""`bothends mcp` as a coding agent uses it: the SDK's client speaks with the server, which is a process of its own."""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import re
import signal
import subprocess
import sys
from typing import TYPE_CHECKING, Any

import anyio
import psutil
import pytest

from bothends.agents.sizes import BYTES_OF_A_TOKEN, as_text
from tests.agents.project import called, client, refused, spec, write
from tests.in_process import bothends
from tests.waiting import LONGEST, until

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

TOOLS = {"diff", "explain", "init", "lint", "replay", "verify"}
LARGEST_FINDING, LARGEST_RUN = 1500, 2000
"""Tokens, as the issue of results that agents read has it."""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Return an empty folder."""
    made = tmp_path / "project"
    made.mkdir()
    return made


def tokens(value: Any) -> int:
    """Return how many tokens a result takes, more than few: a token of reports has 3.5 characters."""
    return len(as_text(value).encode()) // BYTES_OF_A_TOKEN


@pytest.mark.measured
def test_an_agent_goes_from_a_failing_run_to_a_service_that_is_right(folder: Path) -> None:
    """It verifies, has the finding explained, changes the service, replays, and verifies again."""
    write(folder, "status")

    async def work() -> None:
        async with client(folder) as server:
            run = await called(server, "verify", only=["success/least"], seed=1)
            assert ("broken", 1, False) == (run["verdict"], run["exit_code"], run["interrupted"])
            [row] = run["findings"]
            assert ("family-status", "note0", "reproduced") == (row["law"], row["operation"], row["sure"])
            found = (await called(server, "explain", name=row["id"]))["finding"]
            assert "curl -i -X POST http://127.0.0.1:" in found["request"]
            assert '"X-Key: "' in found["request"].replace("'", '"')
            assert found["answer"].startswith("200 application/json {")
            part = await called(server, "explain", name=row["id"], detail="exchange")
            assert "status: 200" in part["text"]
            law = await called(server, "explain", name=row["law"])
            assert "demands:" in law["text"]
            again = await called(server, "replay", finding=row["id"])
            assert ("reproduced", row["id"]) == (again["outcome"], again["finding"]["id"])
            write(folder)
            gone = await called(server, "replay", finding=row["id"])
            assert "gone" == gone["outcome"]
            assert gone["exchanges"][-1]["answer"].startswith("201 application/json {")
            right = await called(server, "verify", only=["success/least"], seed=1)
            assert ("proven", 0, []) == (right["verdict"], right["exit_code"], right["findings"])
            assert {"run": right} == await called(server, "explain")

    asyncio.run(work())


@pytest.mark.measured
def test_tools_for_the_contract(folder: Path) -> None:
    """Lint, diff and init say what the commands say; a revision has the files of the project, not those beside it."""
    write(folder)
    (folder.parent / "openapi.json").write_text(json.dumps(spec(2)))
    for words in (["init", "-q"], ["add", "."], ["commit", "-qm", "first"]):
        identity = ["-c", "user.name=a", "-c", "user.email=a@example.com"]
        subprocess.run(["git", *identity, *words], cwd=folder.parent, check=True)
    wrong = json.dumps(spec()).replace('"maxLength": 40', '"maxLength": 0')
    (folder / "wrong.json").write_text(wrong)

    async def work() -> None:
        async with client(folder) as server:
            assert TOOLS == {tool.name for tool in (await server.list_tools()).tools}
            good = await called(server, "lint")
            assert (False, 0, []) == (good["refused"], good["errors"], good["mistakes"])
            bad = await called(server, "lint", spec="wrong.json")
            assert bad["errors"] >= 1
            assert bad["mistakes"][0]["where"].startswith("wrong.json:1 ")
            same = await called(server, "diff", old="HEAD:openapi.json", new="openapi.json")
            assert [] == same["changes"]
            less = await called(server, "diff", old="openapi.json", new="wrong.json")
            assert ("break", "callers") == (less["changes"][0]["verdict"], less["changes"][0]["audience"])
            begun = await called(server, "init", config="new/bothends.toml", **{"from": "openapi.json"})
            assert "new/bothends.toml" in begun["wrote"]
            assert (folder / "new" / "bothends.toml").is_file()
            assert "bothends lint" in begun["next"]

    (folder / "new").mkdir()
    asyncio.run(work())


WRONG: dict[str, tuple[str, Mapping[str, Any], str]] = {
    "unknown": ("verify", {"onyl": ["success"]}, "verify has no argument 'onyl'.\n  expected: one of"),
    "meant": ("verify", {"onyl": ["success"]}, "next: Did you mean 'only'?"),
    "type": ("verify", {"seed": "one"}, 'verify: seed: "one" is not of type "integer".'),
    "choice": ("verify", {"profile": "slow"}, "expected: how many cases: quick, default or deep"),
    "missing": ("replay", {}, "replay needs the argument 'finding'.\n  expected: the id of a finding"),
    "tool": ("verfy", {}, "Unknown tool `verfy`"),
    "no run": ("explain", {}, "next: Call verify."),
    "no page": ("lint", {"page": 7}, "page: there is no page 7.\n  expected: a number from 1 on: there is 1 page"),
    "no finding": ("replay", {"finding": "0123456789"}, "There is no finding '0123456789' to replay."),
    "no case": ("verify", {"only": ["sucess"]}, "bothends: the contract or the command line is wrong\n"),
    "no name": ("explain", {"name": "declared-statu"}, "next: Did you mean 'declared-status'?"),
    "no spec": ("diff", {"old": "openapi.json", "new": "none.json"}, "none.json: "),
    "no settings": ("lint", {"config": "none.toml", "hints": 1}, 'lint: hints: 1 is not of type "boolean".'),
}
"""Calls that are wrong, and what the error says."""
OUTSIDE: dict[str, tuple[str, Mapping[str, Any]]] = {
    "parent": ("lint", {"config": "../bothends.toml"}),
    "parent inside": ("lint", {"config": "sub/../../bothends.toml"}),
    "parent that comes back": ("lint", {"config": "../project/bothends.toml"}),
    "absolute": ("lint", {"spec": "/etc/passwd"}),
    "home": ("lint", {"spec": "~/openapi.json"}),
    "link to a file": ("lint", {"spec": "link.json"}),
    "link to a folder": ("verify", {"config": "linked/bothends.toml"}),
    "new file behind a link": ("init", {"config": "linked/new.toml"}),
    "option": ("lint", {"spec": "--overlay=../written.yaml"}),
    "option as a name": ("explain", {"name": "--state=/tmp"}),
    "option as a finding": ("replay", {"finding": "--command=touch written"}),
    "zero byte": ("lint", {"spec": "openapi.json\0"}),
    "old side": ("diff", {"old": "../openapi.json", "new": "openapi.json"}),
    "new side": ("diff", {"old": "openapi.json", "new": "/etc/passwd"}),
    "option of git": ("diff", {"old": "--output=written:openapi.json", "new": "openapi.json"}),
    "outside at a revision": ("diff", {"old": "HEAD:../openapi.json", "new": "openapi.json"}),
    "absolute at a revision": ("diff", {"old": "HEAD:/etc/passwd", "new": "openapi.json"}),
    "another machine": ("verify", {"url": "http://192.0.2.1/"}),
    "another name": ("verify", {"url": "http://localhost.example/"}),
    "with a user": ("verify", {"url": "http://localhost@192.0.2.1/"}),
    "a file as a URL": ("verify", {"url": "file:///etc/passwd"}),
    "spec elsewhere": ("init", {"from": "http://192.0.2.1/openapi.json"}),
    "replay elsewhere": ("replay", {"finding": "0123456789", "url": "http://192.0.2.1/"}),
    "command": ("verify", {"command": "touch written"}),
    "environment": ("verify", {"env": {"LD_PRELOAD": "x.so"}}),
    "command of init": ("init", {"command": "touch written"}),
    "report": ("verify", {"json": "written"}),
    "state": ("verify", {"state": "../state"}),
}
"""Calls that would leave the project, or start what the settings do not name."""


@pytest.mark.measured
def test_what_a_wrong_call_is_told(folder: Path) -> None:
    """What is wrong, what was expected, what to do next; and nothing outside the project is read or written."""
    write(folder)
    (folder / "sub").mkdir()
    (folder.parent / "bothends.toml").write_text('spec = "openapi.json"\n')
    (folder.parent / "openapi.json").write_text(json.dumps(spec()))
    (folder / "link.json").symlink_to(folder.parent / "openapi.json")
    (folder / "linked").symlink_to(folder.parent)

    async def work() -> None:
        async with client(folder) as server:
            for name, arguments, said in WRONG.values():
                assert said in await refused(server, name, **arguments)
            for what, (name, arguments) in OUTSIDE.items():
                text = await refused(server, name, **arguments)
                assert text.startswith("bothends: the call is wrong\n"), what
                assert "  expected: " in text, what

    before = {path for path in folder.parent.rglob("*") if ".bothends" not in path.parts}
    asyncio.run(work())
    after = {path for path in folder.parent.rglob("*") if ".bothends" not in path.parts}
    assert {folder.parent / "stderr.txt"} == after - before


def test_a_replay_starts_nothing_that_a_person_has_named(folder: Path) -> None:
    """A finding of a run with `--env` is told, but not replayed."""
    write(folder)
    done = bothends(folder, "verify", "--only", "success/least", "--env", "BUG=status", "--json", "report.json")
    assert 1 == done.returncode, done.stdout + done.stderr
    [finding] = json.loads((folder / "report.json").read_text())["findings"]

    async def work() -> None:
        async with client(folder) as server:
            text = await refused(server, "replay", finding=finding["id"])
            assert "was found by a run with --command or --env, which only a person may name." in text
            known = await called(server, "explain", name=finding["id"])
            assert f"Finding {finding['id']} is of this law." in known["text"]

    asyncio.run(work())


@pytest.mark.measured
def test_results_of_a_target_that_means_harm_are_small_and_harmless(folder: Path) -> None:
    """Of very many findings and long answers, each result has its size; text is shown as text, and no secret at all."""
    write(folder, "hostile", operations=40)
    asyncio.run(_read_all(folder))


async def _read_all(folder: Path) -> None:
    async with client(folder) as server:
        first = await called(server, "verify", only=["success/least"], seed=1)
        assert "broken" == first["verdict"]
        pages = [(await called(server, "explain", page=page))["run"] for page in range(1, first["pages"] + 1)]
        assert first == pages[0]
        rows = [row for page in pages for row in page["findings"]]
        assert 40 == len(rows)
        assert len(pages) > 1
        findings = [(await called(server, "explain", name=row["id"]))["finding"] for row in rows]
        details = [await called(server, "explain", name=rows[0]["id"], detail=name) for name in findings[0]["details"]]
        again = await called(server, "replay", finding=rows[0]["id"])
    assert max(map(tokens, pages)) <= LARGEST_RUN
    assert max(map(tokens, findings)) <= LARGEST_FINDING
    assert max(map(tokens, details)) <= LARGEST_FINDING
    assert tokens(again) <= LARGEST_RUN
    told = [*pages, *findings, *details, again]
    _check_harmless(told)
    text = json.dumps(told)
    assert "[hidden]" in text, "the target has not answered with the keys"
    assert None is re.search("key_[0-9a-f]{8}", text)


def _check_harmless(value: Any) -> None:
    """Check each text: what a line feed parts is printable, and nothing turns text round."""
    if isinstance(value, dict):
        value = [*value, *value.values()]
    if isinstance(value, list):
        for one in value:
            _check_harmless(one)
    elif isinstance(value, str):
        assert value.replace("\n", "").isprintable(), value
        assert "\u202e" not in value


def test_a_call_is_cancelled_as_a_run_is_interrupted(folder: Path) -> None:
    """The client is told how far the run is; what was found until it cancels is there, and the target has ended."""
    write(folder, "status")
    heard: list[tuple[float, float | None, str | None]] = []

    async def work() -> None:
        async with client(folder) as server:
            with anyio.CancelScope() as scope:

                async def told(progress: float, total: float | None, message: str | None) -> None:
                    heard.append((progress, total, message))
                    if progress > 0:
                        scope.cancel()

                await server.call_tool("verify", {"profile": "deep"}, progress_callback=told)
            assert scope.cancelled_caught
            run = (await called(server, "explain"))["run"]
            assert (True, 130) == (run["interrupted"], run["exit_code"])
            assert run["exchanges"] > 0
            assert (await called(server, "explain", detail="log"))["pages"] >= 1

    asyncio.run(work())
    done, total, text = heard[-1]
    assert 0 < done < (total or 0)
    assert re.search(r"about [\d,]+ s left, [\d,]+ findings? so far: \S", text or "")
    assert [] == _running(folder)


def _running(folder: Path) -> list[int]:
    """Return the processes that still work in a folder; what guards a target ends a moment after its run."""
    until(lambda: not list(_at_work(folder)), every=0.05)
    return list(_at_work(folder))


def _at_work(folder: Path) -> Iterator[int]:
    for process in psutil.process_iter():
        with contextlib.suppress(psutil.Error):
            if process.cwd() == str(folder):
                yield process.pid


@pytest.mark.parametrize("how", ["closed", "SIGTERM"])
def test_a_server_that_is_ended_ends_the_run(folder: Path, how: str) -> None:
    """When the client is gone, or a signal comes, the run under way ends in order, and the target with it."""
    write(folder)
    with subprocess.Popen(
        [sys.executable, "-m", "bothends", "mcp"],
        cwd=folder,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    ) as server:
        assert server.stdin is not None
        assert server.stdout is not None
        for message in _CALL:
            server.stdin.write(json.dumps({"jsonrpc": "2.0", **message}) + "\n")
            server.stdin.flush()
        assert any("notifications/progress" in line for line in server.stdout)
        if how == "SIGTERM":
            server.send_signal(signal.SIGTERM)
        else:
            server.stdin.close()
        code = server.wait(timeout=LONGEST)
        assert ("" if how == "closed" else "Interrupted: waiting for runs under way to end.\n") == _rest(server)
    assert (130 if how == "SIGTERM" else 0) == code
    assert [] == _running(folder)


def _rest(server: subprocess.Popen[str]) -> str:
    assert server.stderr is not None
    return server.stderr.read()


_CALL: tuple[dict[str, Any], ...] = (
    {
        "id": 1,
        "method": "initialize",
        "params": {"protocolVersion": "2025-06-18", "capabilities": {}, "clientInfo": {"name": "test", "version": "1"}},
    },
    {"method": "notifications/initialized"},
    {
        "id": 2,
        "method": "tools/call",
        "params": {"name": "verify", "arguments": {"profile": "deep"}, "_meta": {"progressToken": 1}},
    },
)
"""What a client sends, line by line, that has a run made and wants to know how far it is."""


def test_without_the_extra_the_command_says_what_to_install(folder: Path) -> None:
    """It says the line to install; nothing of bothends itself needs the SDK."""
    (folder / "sitecustomize.py").write_text("import sys\nsys.modules['mcp'] = sys.modules['mcp_types'] = None\n")
    done = subprocess.run(
        [sys.executable, "-m", "bothends", "mcp"],
        cwd=folder,
        env={**os.environ, "PYTHONPATH": str(folder)},
        capture_output=True,
        text=True,
        check=False,
        stdin=subprocess.DEVNULL,
    )
    expected = """\
bothends: the contract or the command line is wrong
`bothends mcp` needs the SDK of the Model Context Protocol.
  expected: the extra 'mcp': version 2 of the package mcp
  next: pip install 'bothends[mcp]'
"""
    assert (2, "", expected) == (done.returncode, done.stdout, done.stderr)
