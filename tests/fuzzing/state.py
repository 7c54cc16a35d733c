"""What one run stores for the next: the note of the last run, findings, ties, cases, and the parts that are merged."""

from __future__ import annotations

import contextlib
import gzip
import io
import json
import shutil
import sys
from argparse import Namespace
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from functools import cache
from typing import TYPE_CHECKING

from bothends.cases.fuzzing.cache import cached
from bothends.cli.accept import LAST, run_accept
from bothends.cli.arguments import parse
from bothends.cli.explain_tie import ties
from bothends.cli.performing import perform
from bothends.cli.terminal import Output
from bothends.client.connector import parse_base_url
from bothends.client.message import compose
from bothends.contract import load
from bothends.contract.settings import KNOWN_FINDINGS, read_known
from bothends.engine import Options
from bothends.engine.judge import replay_file
from bothends.engine.parts.blob import Blobs
from bothends.engine.parts.merging import BlobFile, Merging
from bothends.engine.run.verification import Verification
from bothends.engine.tie import told
from bothends.errors import ContractError
from bothends.laws import all_laws
from bothends.watch.standing import again, read_standing, seed_of
from tests.bank.bank import ROOT
from tests.bank.trial import digest
from tests.deliveries.project import TARGET
from tests.fuzzing.mutation import json_lines, json_value
from tests.fuzzing.reader import Reader, words_of
from tests.in_process import bothends
from tests.made_once import made_once
from tests.shards.parts import BUG, write_orders

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from bothends.records import Case


CONFIG = "bothends.toml"
FEW = ("--profile", "quick", "--max-examples", "4", "--only", "success", "--command", f"{sys.executable} {TARGET}")


def _made(folder: Path) -> None:
    """Let runs of a broken target store what they store."""
    write_orders(folder, BUG)
    bothends(folder, "verify", "--seed", "1", *FEW)
    bothends(folder, "verify", "--seed", "1", *FEW[:4], "--only", "fuzz-valid", *FEW[6:])
    bothends(folder, "verify", "--seed", "1", "--shard", "1/1", "--blob", "1.blob", *FEW)


@cache
def _name() -> str:
    """Name what runs of this very code have stored: the readers refuse what other versions have."""
    return f"fuzzing-state-{digest('', [ROOT / 'src' / 'bothends'])[:12]}"


def _stored(shared: Path, pattern: str) -> Iterator[bytes]:
    """Yield what runs have stored."""
    for file in sorted(made_once(shared, _name(), _made).glob(pattern)):
        yield file.read_bytes()


def _begun(folder: Path, shared: Path) -> Path:
    """Copy the contract of these runs into a folder, and return the run's own folder there."""
    made = made_once(shared, _name(), _made)
    for file in made.iterdir():
        if file.is_file():
            shutil.copy(file, folder)
    run = folder / ".bothends" / "bothends"
    (run / "findings").mkdir(parents=True)
    return run


def _output() -> Output:
    return Output(io.StringIO())


def _last_run(folder: Path, shared: Path) -> Callable[[bytes], object]:
    """Read the note of the last run as `bothends accept` and `bothends verify --watch` do."""
    run = _begun(folder, shared)
    for content in _stored(shared, ".bothends/*/findings/*.json"):
        (run / "findings" / "0123456789.json").write_bytes(content)
    config, known = folder / CONFIG, folder / KNOWN_FINDINGS
    contract, laws = load(config), [law.name for law in all_laws()]
    until = datetime.now(tz=UTC).date() + timedelta(days=1)
    asked = Namespace(config=config, ids=[], only=["*"], reason="later", until=until)

    def read(data: bytes) -> None:
        (run / LAST).write_bytes(data)
        stands = read_standing(run / LAST)
        again(stands, contract, run)
        seed_of(stands, run)
        known.unlink(missing_ok=True)
        run_accept(asked, _output(), _output())
        written = known.read_text("utf-8") if known.exists() else ""
        try:
            read_known(contract.settings, laws)
        except Exception as error:
            raise AssertionError(f"what is written can't be read: {error}\n{written}") from error

    return read


def _replays(folder: Path, shared: Path) -> Callable[[bytes], object]:
    """Read a finding as `bothends replay` does, up to where it would be sent."""
    run = _begun(folder, shared)
    options = Options(config=folder / CONFIG)
    contract, file = load(options.config), run / "findings" / "0123456789.json"
    address = parse_base_url("http://127.0.0.1:1")

    def read(data: bytes) -> None:
        file.write_bytes(data)
        kept = replay_file.read(file)
        command = kept.target["command"]
        here = replace(options, url=kept.target["url"], command=command and tuple(command), env=kept.target["env"])
        if kept.only:
            Verification(replace(here, only=kept.only), replayed=kept.id, contract=contract)
        else:
            Verification(here, batches=kept.batches, replayed=kept.id, contract=contract)
        for batch in kept.batches:
            for case in batch.cases:
                compose(case.request, address)

    return read


def _ties(folder: Path, shared: Path) -> Callable[[bytes], object]:
    """Read what a run has told of its events as `bothends explain --tie` does."""
    run = _begun(folder, shared)
    findings = [file.stem for file in made_once(shared, _name(), _made).glob(".bothends/*/findings/*.json")]

    def read(data: bytes) -> None:
        (run / told.NAME).write_bytes(data)
        list(ties("", folder / ".bothends"))
        for asked in ("1", *findings):
            with contextlib.suppress(ContractError):  # no event has that number, or no finding that ID
                list(ties(asked, folder / ".bothends"))

    return read


def _cases(folder: Path, _shared: Path) -> Callable[[bytes], object]:
    """Read the cases that are kept from one run to the next."""

    def made() -> Iterator[Case]:
        return iter(())

    def read(data: bytes) -> None:
        (folder / "key.jsonl").write_bytes(data)
        for _ in cached(folder, "key", made):
            pass

    return read


def _parts(folder: Path, shared: Path) -> Callable[[bytes], object]:
    """Merge a part of a run as `bothends merge` does."""
    _begun(folder, shared)
    options = Options(config=folder / CONFIG)
    contract, file = load(options.config), folder / "1.blob"
    blobs, arguments = Blobs(contract), parse(["merge", "--config", str(options.config), str(file)])

    def read(data: bytes) -> None:
        file.write_bytes(data if data.startswith(_GZIP) else gzip.compress(data, 1))
        merging = Merging(options, contract, [BlobFile(file, blobs)])
        perform(merging, arguments, _output(), _output(), contract=contract)

    return read


_GZIP = b"\x1f\x8b"


def _seeds_of(pattern: str) -> Callable[[Path], Iterator[bytes]]:
    return lambda shared: _stored(shared, pattern)


def _few_ties(shared: Path) -> Iterator[bytes]:
    """Yield what a run tells of a few events: of hundreds, few inputs would be read in a second."""
    for stored in _stored(shared, f".bothends/*/{told.NAME}"):
        value = json.loads(stored)
        yield json.dumps({**value, "events": value["events"][:3]}).encode()


def _blobs(shared: Path) -> Iterator[bytes]:
    """Yield a part without its many exchanges, and with the smallest: lines of JSON, and packed."""
    for blob in _stored(shared, "*.blob"):
        head, *lines = gzip.decompress(blob).splitlines()
        smallest = {_kind(line): line for line in sorted(lines, key=len, reverse=True)}
        for left_out in (_LARGEST, set()):
            kept = [line for kind, line in smallest.items() if kind not in left_out]
            kept.sort(key=lambda line: line.startswith(b'{"end"'))
            end = json.loads(kept.pop())
            end["end"]["lines"] = len(kept)
            yield b"".join(line + b"\n" for line in (head, *kept, json.dumps(end).encode()))
        yield gzip.compress(b"\n".join((head, *kept)))


_LARGEST = {"ExchangeJudged", "FindingFound", "FindingSettled", "Examining"}


def _kind(line: bytes) -> str:
    value = next(iter(json.loads(line).items()))
    return str(value[1].get("is", value[0]))


LAST_RUN = Reader(
    "last-run", "the note of the last run", _last_run, _seeds_of(f".bothends/*/{LAST}"), json_value, words_of("state")
)
FINDINGS = Reader(
    "findings", "findings", _replays, _seeds_of(".bothends/*/findings/*.json"), json_value, words_of("state")
)
TIES = Reader(
    "ties",
    "what a run tells of its events",
    _ties,
    _few_ties,
    json_value,
    words_of("state"),
)
CASES = Reader(
    "cases", "cases that are kept", _cases, _seeds_of(".bothends/cases/*.jsonl"), json_lines, words_of("state")
)
PARTS = Reader("parts", "parts of a run", _parts, _blobs, json_lines, words_of("state"))
