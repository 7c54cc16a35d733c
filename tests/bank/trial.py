"""One mutant, tried by three: bothends, and two peers set up as their users would set them up.

What each said is kept as data, under a key that changes with all that the outcome depends on.
"""

from __future__ import annotations

import ast
import contextlib
import hashlib
import json
import os
import signal
import subprocess
import sys
import tempfile
import time
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from functools import cache
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tests.bank.bank import ROOT, SEED, TARGETS, plant

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from tests.bank.bank import Mutant

LIMIT_SECONDS = 300.0
"""How long a try may take, with all that it starts, on a machine that does other work beside."""
ASKED_SECONDS = 285.0
"""When a run of bothends is asked to end, to tell what it has found so far."""
GRACE_SECONDS = 5.0
"""How long a program may take to end after it was asked to."""
PROFILES = ("default", "quick")
PEERS = ("st", "pact")
PARTS = ("client", "contract", "world", "launch", "cases", "laws", "pacts", "engine", "records")
"""The parts of bothends that decide what is found; how it is told changes no outcome."""
TOLD = 160
"""Most characters that are kept of what was said."""
_ERROR_FOUND = 1
_TARGET_FAILED = 3
DIED = "the target's end"
"""What catches a mutant that dies of a request: the run ends, and says what it died at."""
# 2 and 5 say that the contract, the call or bothends is wrong; of those nothing follows for the mutant.
_VERDICTS = frozenset({0, 1, 3, 4})
_KEY = 16
_PACKAGES = {"st": "schemathesis", "pact": "pact-python"}
_running: set[subprocess.Popen[bytes]] = set()


class TrialError(Exception):
    """A try came to no verdict, by no fault of the mutant's."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """What one of the three made of one mutant.

    Attributes:
        key: Digest of all that it depends on.
        caught: Whether it failed because of the mutant, in a way that says so: a finding, a failed check.
        by: The laws, or the checks, that were broken, the worst first; each once.
        warned: Laws of which only a warning was given.
        told: What it said, in a line.
        code: Exit code; None: it came to no end in time, and had found nothing by then.
        seconds: Wall time, with its start.
        at: When it was tried, ISO 8601 to the minute, UTC.
        tool: What tried it, with its version.
    """

    key: str
    caught: bool
    by: tuple[str, ...]
    warned: tuple[str, ...]
    told: str
    code: int | None
    seconds: float
    at: str
    tool: str

    def as_json(self) -> dict[str, Any]:
        """Return it as a JSON value, which `of` reads again; what is empty is left out."""
        return {name: value for name, value in asdict(self).items() if value not in ((), "")}

    @classmethod
    def of(cls, value: dict[str, Any]) -> Outcome:
        """Return the outcome that `as_json` wrote."""
        lists = {name: tuple(value.get(name, ())) for name in ("by", "warned")}
        return cls(**{"told": "", **value, **lists})


def key(mutant: Mutant, who: str) -> str:
    """Return the digest of all that an outcome depends on.

    Args:
        mutant: The mutant.
        who: A profile of bothends, or one of `PEERS`.
    """
    edits = json.dumps([asdict(edit) for edit in mutant.edits])
    return hashlib.sha256(f"{who} {edits} {_surroundings(mutant.target, who in PEERS)}".encode()).hexdigest()[:_KEY]


@cache
def _surroundings(target: str, of_peers: bool) -> str:  # noqa: FBT001 -- one of two
    """Return the digest of what an outcome depends on beside the mutant, as it is when this program begins."""
    known = TARGETS[target]
    parts = [ROOT / "openapi.yaml", ROOT / "contracts" / "pacts", ROOT / known.folder, ROOT / known.settings]
    if of_peers:
        versions = f"{version('schemathesis')} {version('pact-python')}"
        parts += [Path(__file__).parent / "peers.py", Path(__file__).parent / "plain_pact.py"]
    else:
        versions = str(SEED)
        parts += [ROOT / "src" / "bothends" / part for part in PARTS]
    return digest(versions, parts)


def digest(text: str, parts: Iterable[Path]) -> str:
    """Return the digest of a text, and of files and folders of the repository with their names.

    Of Python's files only the code counts: no outcome changes with what a comment or a docstring says.
    """
    made = hashlib.sha256(text.encode())
    for file in _files(parts):
        made.update(str(file.relative_to(ROOT)).encode())
        made.update(code_of(file.read_bytes()) if file.suffix == ".py" else file.read_bytes())
    return made.hexdigest()


@cache
def code_of(source: bytes) -> bytes:
    """Return a digest of Python's code without comments, layout and docstrings, those of attributes too."""
    tree = ast.parse(source)
    for node in ast.walk(tree):
        match node:
            case ast.Module() | ast.ClassDef() | ast.FunctionDef() | ast.AsyncFunctionDef():
                node.body = [one for one in node.body if not _only_says(one)]
            case _:
                pass
    return hashlib.sha256(ast.dump(tree).encode()).digest()


def _only_says(statement: ast.stmt) -> bool:
    return (
        isinstance(statement, ast.Expr)
        and isinstance(statement.value, ast.Constant)
        and isinstance(statement.value.value, str)
    )


def by_bothends(mutant: Mutant, profile: str) -> Outcome:
    """Try a mutant with bothends: a run as any other, with a fixed seed, until its verdict is certain.

    Raises:
        TrialError: bothends failed.
    """
    with tempfile.TemporaryDirectory(prefix="bothends-bank-") as folder:
        settings = plant(mutant, Path(folder))
        share_cases(settings.parent)
        report = Path(folder) / "attempt.json"
        words = [str(settings), str(report), profile, str(ASKED_SECONDS), *mutant.laws]
        began = time.monotonic()
        code, said = run([sys.executable, "-m", "tests.bank.attempt", *words], ROOT)
        seconds = time.monotonic() - began
        document = json.loads(report.read_bytes()) if report.exists() else {"findings": [], "code": None, "told": ""}
    if code not in (0, None) or document["code"] not in (*_VERDICTS, None):
        raise TrialError(f"bothends ended with {document['code']}: {(said.strip() or document['told'])[-500:]}")
    findings = document["findings"]
    errors = _distinct(f["law"] for f in findings if f["severity"] == "error")
    # What was found when the time was over is found all the same.
    ended = _ERROR_FOUND if errors else document["code"]
    by = errors or ((DIED,) if ended == _TARGET_FAILED else ())
    return Outcome(
        key=key(mutant, profile),
        caught=bool(by),
        by=by,
        warned=tuple(law for law in _distinct(f["law"] for f in findings) if law not in errors),
        told=_first([*(f"{f['law']}: {f['summary']}" for f in findings), document["told"]]),
        code=ended,
        seconds=round(seconds, 1),
        at=now(),
        tool=this_bothends(),
    )


def by_peers(mutant: Mutant) -> dict[str, Outcome]:
    """Try a mutant with `st run` and with Pact's verifier of messages, while a healthy world is around it.

    Raises:
        TrialError: They could not be set up.
    """
    with tempfile.TemporaryDirectory(prefix="bothends-bank-") as folder:
        settings = plant(mutant, Path(folder))
        report = Path(folder) / "peers.json"
        code, said = run([sys.executable, "-m", "tests.bank.peers", str(settings), str(report)], ROOT)
        if code not in (0, None):
            raise TrialError(f"the peers ended with {code}: {said.strip()[-500:]}")
        document = json.loads(report.read_bytes()) if report.exists() else {}
    return {peer: _of_peer(mutant, peer, document.get(peer)) for peer in PEERS}


def _of_peer(mutant: Mutant, peer: str, found: dict[str, Any] | None) -> Outcome:
    """Return what a peer made of a mutant; None: it was not heard of again."""
    no_end: dict[str, Any] = {"caught": False, "by": [], "told": "", "code": None, "seconds": LIMIT_SECONDS}
    known = found or no_end
    return Outcome(
        key=key(mutant, peer),
        caught=known["caught"],
        by=tuple(known["by"]),
        warned=(),
        told=_first([known["told"]]),
        code=known["code"],
        seconds=round(known["seconds"], 1),
        at=now(),
        tool=f"{_PACKAGES[peer]} {version(_PACKAGES[peer])}",
    )


def run(command: Sequence[str], cwd: Path, limit: float = LIMIT_SECONDS) -> tuple[int | None, str]:
    """Run a program and what it starts; when it takes too long all of it is asked to end, and then made to.

    Args:
        command: Its words.
        cwd: Where it runs.
        limit: Seconds until it must have ended, those after it was asked to among them.

    Returns:
        Its exit code, None when it took too long; and all that it wrote.
    """
    with tempfile.TemporaryFile() as output:
        process = subprocess.Popen(
            command,
            cwd=cwd,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            env=_environment(),
            start_new_session=True,
        )
        _running.add(process)
        code: int | None
        try:
            code = process.wait(limit - GRACE_SECONDS)
        except subprocess.TimeoutExpired:
            code = None
        finally:
            _end(process)
            _running.discard(process)
        output.seek(0)
        return code, output.read().decode(errors="replace")


def end_all() -> None:
    """Ask all that runs to end: nobody waits for it any longer."""
    for process in tuple(_running):
        _signal(process, signal.SIGTERM)


def _end(process: subprocess.Popen[bytes]) -> None:
    """End a program that still runs, and all of its group; what it launched in another session ends with it."""
    if process.poll() is not None:
        return
    _signal(process, signal.SIGTERM)
    try:
        process.wait(GRACE_SECONDS)
    except subprocess.TimeoutExpired:
        _signal(process, signal.SIGKILL)
        process.wait()


def _signal(process: subprocess.Popen[bytes], number: signal.Signals) -> None:
    with contextlib.suppress(ProcessLookupError):
        os.killpg(process.pid, number)


def share_cases(folder: Path) -> None:
    """Let a target find the generated cases that were made for another: they are the same, and take time to make."""
    shared = ROOT / ".bothends" / "cases"
    shared.mkdir(parents=True, exist_ok=True)
    (folder / ".bothends").mkdir()
    (folder / ".bothends" / "cases").symlink_to(shared)


@cache
def this_bothends() -> str:
    """Return bothends' version and commit; a plus says that it is not quite as it was committed."""
    commit, changed = (
        subprocess.run(["git", *words], cwd=ROOT, capture_output=True, text=True, check=False).stdout.strip()
        for words in (("rev-parse", "--short", "HEAD"), ("status", "--porcelain", "--", "src/bothends"))
    )
    return f"bothends {version('bothends')}{f' at {commit}' if commit else ''}{'+' if changed else ''}"


def _environment() -> dict[str, str]:
    """Return the environment of what is run: bothends as it is in this repository, and no telemetry."""
    return {**os.environ, "PYTHONPATH": str(ROOT / "src"), "PACT_DO_NOT_TRACK": "true", "COLUMNS": "120"}


def _files(parts: Iterable[Path]) -> list[Path]:
    """Return the files, those in folders too; not what interpreters and runs leave behind."""
    found = []
    for part in parts:
        inside = part.rglob("*") if part.is_dir() else [part]
        found += [file for file in inside if file.is_file() and not _left_behind(file.relative_to(ROOT))]
    return sorted(found)


def _left_behind(path: Path) -> bool:
    return any(name in {"__pycache__", "node_modules"} or name.startswith(".") for name in path.parts)


def _distinct(names: Iterable[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(names))


def _first(texts: Iterable[str]) -> str:
    """Return the first that is not empty, in one line that is not too long."""
    return next((" ".join(text.split())[:TOLD] for text in texts if text), "")


def now() -> str:
    """Return the time, ISO 8601 to the minute, UTC."""
    return datetime.now(UTC).strftime("%Y-%m-%dT%H:%MZ")
