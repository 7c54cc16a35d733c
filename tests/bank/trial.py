"""One mutant, tried by three: bothends, and two peers set up as their users would set them up.

What each said is kept as data, under a key that changes with all that the outcome depends on.
"""

from __future__ import annotations

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

from tests.bank.bank import ROOT, TARGETS, plant

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from tests.bank.bank import Mutant

SEED = 1
LIMIT_SECONDS = 300.0
"""How long one of the three may take with one mutant."""
GRACE_SECONDS = 15.0
"""How long it may then take to end what it started."""
PEERS = ("st", "pact")
_ERROR_FOUND = 1
# 2 and 5 say that the contract, the call or bothends is wrong; of those nothing follows for the mutant.
_VERDICTS = frozenset({0, 1, 3, 4})


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
        code: Exit code.
        seconds: Wall time, with its start.
        day: When it was tried, ISO 8601, UTC.
    """

    key: str
    caught: bool
    by: tuple[str, ...]
    warned: tuple[str, ...]
    told: str
    code: int
    seconds: float
    day: str

    def as_json(self) -> dict[str, Any]:
        """Return it as a JSON value, which `of` reads again."""
        return asdict(self)

    @classmethod
    def of(cls, value: dict[str, Any]) -> Outcome:
        """Return the outcome that `as_json` wrote."""
        return cls(**{**value, "by": tuple(value["by"]), "warned": tuple(value["warned"])})


def key(mutant: Mutant, who: str) -> str:
    """Return the digest of all that an outcome depends on.

    Args:
        mutant: The mutant.
        who: A profile of bothends, or one of `PEERS`.
    """
    edits = json.dumps([asdict(edit) for edit in mutant.edits])
    return hashlib.sha256(f"{who} {edits} {_surroundings(mutant.target, who in PEERS)}".encode()).hexdigest()


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
        parts.append(ROOT / "src" / "bothends")
    digest = hashlib.sha256(versions.encode())
    for file in _files(parts):
        digest.update(str(file.relative_to(ROOT)).encode())
        digest.update(file.read_bytes())
    return digest.hexdigest()


def by_bothends(mutant: Mutant, profile: str) -> Outcome:
    """Try a mutant with `bothends verify`: a run as any other, with a fixed seed.

    Raises:
        TrialError: bothends failed, or did not come to an end.
    """
    with tempfile.TemporaryDirectory(prefix="bothends-bank-") as folder:
        settings = plant(mutant, Path(folder))
        report = Path(folder) / "report.json"
        began = time.monotonic()
        code, said = run(
            [
                *(sys.executable, "-m", "bothends", "verify", "--config", str(settings)),
                *("--seed", str(SEED), "--profile", profile, "--json", str(report)),
            ],
            Path(folder),
        )
        seconds = time.monotonic() - began
        if code not in _VERDICTS or not report.exists():
            raise TrialError(f"bothends ended with {code}: {said.strip()[-500:]}")
        document = json.loads(report.read_bytes())
    findings = document["findings"]
    errors = _distinct(f["law"] for f in findings if f["severity"] == "error")
    told = _first(
        [
            *(f"{f['law']}: {f['summary']}" for f in findings),
            document["target_failure"],
            *(f"not proven: {item['what']}: {item['why']}" for item in document["not_proven"]),
        ]
    )
    return Outcome(
        key=key(mutant, profile),
        caught=code == _ERROR_FOUND and bool(errors),
        by=errors,
        warned=tuple(law for law in _distinct(f["law"] for f in findings) if law not in errors),
        told=told,
        code=code,
        seconds=round(seconds, 1),
        day=_today(),
    )


def by_peers(mutant: Mutant) -> dict[str, Outcome]:
    """Try a mutant with `st run` and with Pact's verifier of messages, while a healthy world is around it.

    Raises:
        TrialError: They could not be set up, or did not come to an end.
    """
    with tempfile.TemporaryDirectory(prefix="bothends-bank-") as folder:
        settings = plant(mutant, Path(folder))
        report = Path(folder) / "peers.json"
        code, said = run([sys.executable, "-m", "tests.bank.peers", str(settings), str(report)], ROOT)
        if code != 0:
            raise TrialError(f"the peers ended with {code}: {said.strip()[-500:]}")
        document = json.loads(report.read_bytes())
    return {
        peer: Outcome(
            key=key(mutant, peer),
            caught=found["caught"],
            by=tuple(found["by"]),
            warned=(),
            told=found["told"],
            code=code,
            seconds=round(found["seconds"], 1),
            day=_today(),
        )
        for peer, found in document.items()
    }


def run(command: Sequence[str], cwd: Path, limit: float = LIMIT_SECONDS) -> tuple[int | None, str]:
    """Run a program; when it takes too long it is asked to end, and then made to.

    Args:
        command: Its words.
        cwd: Where it runs.
        limit: Seconds that it may take.

    Returns:
        Its exit code, None when it took too long; and all that it wrote.
    """
    with tempfile.TemporaryFile() as output:
        process = subprocess.Popen(
            command, cwd=cwd, stdin=subprocess.DEVNULL, stdout=output, stderr=subprocess.STDOUT, env=_environment()
        )
        code: int | None
        try:
            code = process.wait(limit)
        except subprocess.TimeoutExpired:
            code = None
        finally:
            _end(process)
        output.seek(0)
        return code, output.read().decode(errors="replace")


def _end(process: subprocess.Popen[bytes]) -> None:
    """End a program that still runs; it ends what it has started itself."""
    if process.poll() is not None:
        return
    process.send_signal(signal.SIGTERM)
    try:
        process.wait(GRACE_SECONDS)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()


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
    return any(name == "__pycache__" or name.startswith(".") for name in path.parts)


def _distinct(names: Iterable[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(names))


def _first(texts: Iterable[str]) -> str:
    return next((text for text in texts if text), "")


def _today() -> str:
    return datetime.now(UTC).date().isoformat()
