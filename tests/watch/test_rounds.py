"""Rounds of a watched run, on a small target that is started anew for each part."""

from __future__ import annotations

import asyncio
import copy
import json
import os
import signal
import subprocess
import sys
from datetime import date
from typing import TYPE_CHECKING

import pytest

from bothends.cli.accept import LAST, note_run
from bothends.contract import load
from bothends.contract.settings import read_known
from bothends.engine import Options
from bothends.engine.judge.replay_file import Replay, write
from bothends.watch import RELOAD, Standing, Watch, WatchOptions, read_standing
from bothends.watch.standing import again, seed_of
from tests.warm.start import command

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine
    from pathlib import Path

    from bothends.errors import ContractError, TargetError
    from bothends.records import Summary
    from bothends.watch.board import Board

SPEC = """\
openapi: 3.1.0
info: {title: Small, version: '1'}
paths:
  /name:
    get:
      operationId: name
      responses: {'200': {description: A name., content: {application/json: {schema: {type: string}}}}}
  /size:
    get:
      operationId: size
      responses: {'200': {description: A size., content: {application/json: {schema: {type: integer}}}}}
"""
SERVER = """\
import json, os
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

VALUES = {"/name": "Ada", "/size": 3}

class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_GET(self):
        value = VALUES.get(self.path.partition("?")[0])
        body = json.dumps(value).encode()
        self.send_response(404 if value is None else 200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_):
        pass

ThreadingHTTPServer(("127.0.0.1", int(os.environ["PORT"])), Handler).serve_forever()
"""
LONGEST_WAIT = 120.0


class Shown:
    """Keeps what was shown, and wakes who waits for it."""

    def __init__(self) -> None:
        self.board: Board | None = None
        self._again = asyncio.Event()

    def show(self, board: Board, *, progress: bool = False) -> None:
        """Keep it."""
        if not progress:
            self.board = copy.deepcopy(board)
            self._again.set()

    def close(self, board: Board) -> None:
        """Keep it."""
        self.show(board)

    async def when(self, condition: Callable[[Board], bool]) -> Board:
        """Return the first board that is as a condition says."""
        async with asyncio.timeout(LONGEST_WAIT):
            while self.board is None or not condition(self.board):
                self._again.clear()
                await self._again.wait()
        return self.board

    async def until(self, number: int) -> Board:
        """Return the board at the end of a round."""
        board = await self.when(lambda board: board.round >= number and board.waiting)
        assert number == board.round
        return board


def watched(
    folder: Path,
    edits: Callable[[Shown], Coroutine[object, object, int | None]],
    *,
    only: str | None = "success",
    operations: tuple[str, ...] | None = None,
    fail_fast: bool = False,
) -> int:
    """Watch a folder while files in it are edited; return the exit code."""
    options = Options(
        config=folder / "bothends.toml", profile="quick", only=only, operations=operations, fail_fast=fail_fast
    )

    def note(summary: Summary, digest: str) -> None:
        note_run(options.run_folder, summary, digest)

    def failed(error: ContractError | TargetError) -> list[str]:
        return str(error).split("\n")

    async def run() -> int:
        shown = Shown()
        watch = Watch(WatchOptions(options, read_standing(options.run_folder / LAST), note, failed), shown)
        running = asyncio.ensure_future(watch.run())
        try:
            if await edits(shown) != RELOAD:
                watch.stop()
            return await asyncio.wait_for(running, LONGEST_WAIT)
        finally:
            running.cancel()

    return asyncio.run(run())


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A contract of two operations, and a target."""
    (tmp_path / "openapi.yaml").write_text(SPEC)
    (tmp_path / "server.py").write_text(SERVER)
    (tmp_path / "bothends.toml").write_text(
        f'spec = "openapi.yaml"\n[target]\ncommand = ["{sys.executable}", "server.py"]\nwatch = ["*.py"]\n'
        '[target.env]\nPORT = "{port}"\n'
    )
    return tmp_path


def names(board: Board) -> list[str]:
    """Return the names of the parts."""
    return [part.name for part in board.parts]


def replace(file: Path, old: str, new: str) -> None:
    """Change a file; the text must be there."""
    text = file.read_text()
    assert old in text
    file.write_text(text.replace(old, new))


def test_code_spec_and_wrong_contract(folder: Path) -> None:
    """What failed last goes first, then what the spec's edit touches; a wrong contract is shown and waited out."""

    async def edits(shown: Shown) -> None:
        board = await shown.until(1)
        assert ["all"] == names(board)
        assert () == board.standing
        # The target's code breaks: all is tried.
        replace(folder / "server.py", '"/size": 3', '"/size": "3"')
        board = await shown.until(2)
        assert "changed: " in board.changed
        assert board.changed.endswith("server.py")
        assert ["all"] == names(board)
        assert ["answer-schema"] == [each.law for each in board.standing]
        # The spec is brought into line: the finding's case goes first, and the operation of the edit next.
        replace(folder / "openapi.yaml", "{type: integer}", "{type: [integer, string]}")
        board = await shown.until(3)
        assert ["failed last", "touched", "all"] == names(board)
        assert "none of 1 there any more" == board.parts[0].verdict
        assert "size" == board.parts[1].what
        assert () == board.standing
        assert ["answer-schema"] == [each.law for each in board.fixed]
        # What is no contract ends nothing.
        replace(folder / "openapi.yaml", "openapi: 3.1.0", "openapi: [3.1.0")
        board = await shown.until(4)
        assert [] == board.parts
        assert any("can't be read as YAML" in line for line in board.problem)
        replace(folder / "openapi.yaml", "openapi: [3.1.0", "openapi: 3.1.0")
        board = await shown.until(5)
        assert ["all"] == names(board)
        assert () == tuple(board.problem)

    assert watched(folder, edits) in {0, 4}


def test_a_spec_that_the_target_serves(folder: Path) -> None:
    """The target is asked in each round, its copy is no edit, and one that can't start is waited out."""
    (folder / "bothends.toml").write_text(
        (folder / "bothends.toml").read_text().replace("openapi.yaml", "http://127.0.0.1:{port}/spec")
    )
    serves = f'        value = VALUES.get(self.path.partition("?")[0])\n        spec = """{SPEC}"""\n'
    replace(folder / "server.py", '        value = VALUES.get(self.path.partition("?")[0])\n', serves)
    replace(folder / "server.py", "json.dumps(value)", '(spec if self.path == "/spec" else json.dumps(value))')
    replace(folder / "server.py", "404 if value is None", '404 if value is None and self.path != "/spec"')

    async def edits(shown: Shown) -> None:
        board = await shown.until(1)
        assert () == board.standing
        replace(folder / "server.py", '"/size": 3', '"/size": "3"')
        board = await shown.until(2)
        assert ["answer-schema"] == [each.law for each in board.standing]
        replace(folder / "server.py", "{type: integer}", "{type: [integer, string]}")
        board = await shown.until(3)
        assert () == board.standing
        assert ["answer-schema"] == [each.law for each in board.fixed]
        replace(folder / "server.py", "import json", "import jsn")
        board = await shown.until(4)
        assert [] == board.parts
        assert any("No module named 'jsn'" in line for line in board.problem), board.problem
        replace(folder / "server.py", "import jsn", "import json")
        board = await shown.until(5)
        assert () == tuple(board.problem)

    assert watched(folder, edits) in {0, 4}


def test_what_the_last_run_found_goes_first_and_a_dead_target_ends_the_round(folder: Path) -> None:
    """The note of the last run is enough; with --fail-fast nothing is run after what still fails."""
    replace(folder / "server.py", '"/size": 3', '"/size": "3"')

    async def find(shown: Shown) -> None:
        await shown.until(1)

    assert 1 == watched(folder, find)
    [standing] = read_standing(folder / ".bothends" / "bothends" / LAST)
    assert "size" == standing.operation

    async def edits(shown: Shown) -> None:
        board = await shown.until(1)
        assert ["failed last"] == names(board)
        assert "1 of 1 still there" == board.parts[0].verdict
        assert [standing.key] == [each.key for each in board.standing]
        replace(folder / "server.py", "import json", "import jsn")
        board = await shown.until(2)
        assert ["failed last"] == names(board)
        assert board.parts[0].verdict.startswith("NOT PROVEN: the target failed")
        assert any("jsn" in line for line in board.problem)
        assert [standing.key] == [each.key for each in board.standing]

    assert 3 == watched(folder, edits, fail_fast=True)


def test_what_names_nothing_any_more_does_not_stop_a_round(folder: Path) -> None:
    """A finding of a pact that is gone meanwhile goes on standing, and the rest of the round is run."""
    run_folder = folder / ".bothends" / "bothends"
    (run_folder / "findings").mkdir(parents=True)
    gone = Replay("0" * 10, "answered", "cause", 1, (), {"url": None, "command": None, "env": {}}, "pact/gone.json#0")
    write(run_folder, gone)
    noted = {"id": gone.id, "law": gone.law, "cause": gone.cause, "summary": "None came.", "case": "pact/gone.json#0"}
    (run_folder / LAST).write_text(json.dumps([noted]))

    async def edits(shown: Shown) -> None:
        board = await shown.until(1)
        assert ["all"] == names(board)
        assert () == tuple(board.problem)
        assert () == tuple(board.fixed)
        assert [noted["id"]] == [each.id for each in board.standing]

    assert watched(folder, edits) in {0, 4}


def test_a_change_ends_the_round_and_code_that_is_loaded_starts_the_process_anew(folder: Path) -> None:
    """The round is cut, and the last change decides; a plugin can be loaded only once in a process."""
    plugin = folder / "plug.py"
    plugin.write_text("'A plugin without anything in it.'\n")
    replace(folder / "bothends.toml", 'spec = "openapi.yaml"', 'spec = "openapi.yaml"\nplugins = ["plug.py"]')

    async def edits(shown: Shown) -> int:
        await shown.when(lambda board: bool(board.parts))
        replace(folder / "server.py", '"/size": 3', '"/size": "3"')
        board = await shown.until(2)
        assert ["answer-schema"] == [each.law for each in board.standing]
        os.utime(plugin, ns=(1, 1))
        return RELOAD

    assert RELOAD == watched(folder, edits, only=None)


def test_what_is_kept_is_played_under_its_own_contract_only(folder: Path) -> None:
    """Under another contract the case of the same name takes its place; where there is none, nothing is played."""
    replace(folder / "server.py", '"/size": 3', '"/size": "3"')

    async def find(shown: Shown) -> None:
        await shown.until(1)

    assert 1 == watched(folder, find)
    run_folder = folder / ".bothends" / "bothends"
    standing = read_standing(run_folder / LAST)
    contract = load(folder / "bothends.toml")
    kept = again(standing, contract, run_folder)
    assert tuple(standing) == kept.asked
    assert contract.digest == standing[0].contract
    assert seed_of(standing, run_folder) is not None
    replace(folder / "openapi.yaml", "'200': {description: A size.", "'203': {description: A size.")
    edited = load(folder / "bothends.toml")
    assert edited.digest != contract.digest
    [case] = (case for batch in again(standing, edited, run_folder).batches for case in batch.cases)
    assert frozenset({203}) == case.expect.statuses
    replace(folder / "openapi.yaml", "  /size:", "  /other:")
    replace(folder / "openapi.yaml", "operationId: size", "operationId: other")
    assert not again(standing, load(folder / "bothends.toml"), run_folder)
    gone = Standing("0" * 8, "answered", "cause", "summary", "success/usual")
    assert not again([gone], contract, run_folder)
    (run_folder / "findings" / f"{gone.id}.json").write_text("{}")
    assert not again([gone], contract, run_folder)
    assert None is seed_of([gone], run_folder)
    (run_folder / LAST).write_text("[{")
    assert [] == read_standing(run_folder / LAST)


def break_both(folder: Path) -> list[Standing]:
    """Let the target break the contract in both operations; return what a whole run finds."""
    replace(folder / "server.py", '{"/name": "Ada", "/size": 3}', '{"/name": 7, "/size": "3"}')

    async def find(shown: Shown) -> None:
        await shown.until(1)

    assert 1 == watched(folder, find)
    found = read_standing(folder / ".bothends" / "bothends" / LAST)
    assert ["name", "size"] == sorted(each.operation for each in found)
    return found


def test_of_one_operation_only_its_findings_are_looked_at(folder: Path) -> None:
    """What a whole run has found in the other one is not played, and is not said to be fixed."""
    break_both(folder)

    async def edits(shown: Shown) -> None:
        board = await shown.until(1)
        assert ["failed last", "all"] == names(board)
        assert "1 of 1 still there" == board.parts[0].verdict
        assert ["size"] == [each.operation for each in board.standing]
        assert ([], []) == (list(board.problem), list(board.notes))
        replace(folder / "server.py", '"/size": "3"', '"/size": 3')
        board = await shown.until(2)
        assert "none of 1 there any more" == board.parts[0].verdict
        assert ((), ["size"]) == (board.standing, [each.operation for each in board.fixed])

    assert watched(folder, edits, operations=("size",)) in {0, 4}


def test_an_operation_that_the_spec_has_no_more_is_not_fixed(folder: Path) -> None:
    """Its finding is not looked at, and that is said."""
    break_both(folder)
    replace(folder / "openapi.yaml", SPEC[SPEC.index("  /size:") :], "")

    async def edits(shown: Shown) -> None:
        board = await shown.until(1)
        assert ["name"] == [each.operation for each in board.standing]
        assert () == board.fixed

    assert 1 == watched(folder, edits, only=None)


def test_what_is_accepted_is_not_played_first(folder: Path) -> None:
    """Neither what was accepted before the watch stands, nor what is accepted meanwhile, until an entry expires."""
    entry = '[[known]]\nid = "{}"\nreason = "a known gap"\nexpires = {}\n'
    first, second = break_both(folder)
    (folder / "known-findings.toml").write_text(entry.format(first.instances[0].id, "2099-01-01"))

    async def edits(shown: Shown) -> None:
        board = await shown.until(1)
        assert ["failed last", "all"] == names(board)
        assert "1 of 1 still there" == board.parts[0].verdict
        assert [second.key] == [each.key for each in board.standing]
        with (folder / "known-findings.toml").open("a") as file:
            file.write(entry.format(second.instances[0].id, "2099-01-01"))
        board = await shown.until(2)
        assert ["all"] == names(board)
        assert ((), ()) == (board.standing, board.fixed)

    assert watched(folder, edits) in {0, 4}
    assert not second.is_accepted([], date(2030, 1, 1))
    known = read_known(load(folder / "bothends.toml").settings, ["answer-schema"])
    assert [True, False] == [second.is_accepted(known, date(year, 1, 2)) for year in (2098, 2099)]


def test_one_operation_is_watched_after_a_whole_run(folder: Path) -> None:
    """The whole command: `verify`, then `verify --watch --operation NAME`, then Ctrl-C."""
    replace(folder / "server.py", '{"/name": "Ada", "/size": 3}', '{"/name": 7, "/size": "3"}')
    asked = ("--profile", "quick", "--only", "success")
    assert 1 == subprocess.run([*command(), "verify", *asked], cwd=folder, capture_output=True, check=False).returncode
    line = [sys.executable, "-m", "bothends", "verify", "--watch", "--operation", "size", *asked]
    with subprocess.Popen(line, cwd=folder, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        told = ""
        while (line_of_it := process.stdout.readline()) and not line_of_it.startswith("waiting"):
            told += line_of_it
        process.send_signal(signal.SIGINT)
        process.communicate(timeout=LONGEST_WAIT)
    assert "failed last  1 of 1 still there" in told
    assert "bothends failed" not in told
    assert 1 == told.count("stands: ")
    assert 1 == process.returncode
