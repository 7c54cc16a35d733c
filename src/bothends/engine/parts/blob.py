"""What a part of a run hands over: one file, JSON lines, compressed with gzip.

    the head       which part it is, and of what; all parts of a run agree on the rest
    events         what the reports of the whole are told, in order
    replays        what shows each finding, so that it can be replayed where the parts are merged
    the end        counts, facts and findings, by which the whole is judged; a file without it is cut

Secrets and credentials are taken out when it is written. Each line is held to its schema when it is read: the file may
come from anywhere. Texts are the target's, and as hostile as they were.
"""

from __future__ import annotations

import gzip
import json
import zlib
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any, Union

import jsonschema_rs

import bothends.records
from bothends.conditions import sentence
from bothends.engine.counts import Counts
from bothends.engine.events import (
    Aside,
    BatchFinished,
    BatchStarted,
    Examining,
    ExchangeJudged,
    FindingFound,
    FindingSettled,
    InteractionVerified,
    LeftOut,
    RunStarted,
    ScenarioPlayed,
)
from bothends.engine.evidence import Facts, counts_coder
from bothends.engine.judge import TRUNCATED_BYTES, FindingGroup, Key
from bothends.engine.play import Batch, KnownObject
from bothends.errors import BothendsError, ContractError, Location
from bothends.installed import version_of
from bothends.laws import cause_in_words
from bothends.records import (
    BYTES,
    FINDING_ID,
    Answer,
    Breach,
    Case,
    Coder,
    Coders,
    Condition,
    Consequence,
    Credential,
    Delivery,
    Exchange,
    Finding,
    Instance,
    LawTally,
    NoAnswer,
    NotProven,
    Request,
    UpstreamCall,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping
    from pathlib import Path

    from bothends.contract import Contract
    from bothends.engine.events import Event
    from bothends.records import Hider

FORMAT = "bothends: part of a run"
BLOB_VERSION = 6
LONGEST_LINE = 1 << 28
"""Bytes of a line that are read: a file of a few kilobytes could unpack to more than there is memory."""
_HIDDEN = "[hidden]"
_TOLD = Union[  # noqa: UP007 -- the coders read it when it runs
    RunStarted,
    BatchStarted,
    ExchangeJudged,
    FindingFound,
    BatchFinished,
    LeftOut,
    InteractionVerified,
    ScenarioPlayed,
    Aside,
    Examining,
    FindingSettled,
]


@dataclass(frozen=True, slots=True)
class Plan:
    """What all parts of a run agree on.

    Attributes:
        version: The version of bothends.
        contract: The contract's digest.
        operations: The operations under test.
        seed: What the cases are made from.
        profile: How many cases.
        max_examples: How many generated ones; None: the profile's number.
        only: The cases that were asked for; None: all.
        reads_only: Whether only what reads was sent.
        count: How many parts there are.
    """

    version: str
    contract: str
    operations: tuple[str, ...]
    seed: int
    profile: str
    max_examples: int | None
    only: str | None
    reads_only: bool
    count: int


@dataclass(frozen=True, slots=True)
class Head:
    """The first line of a blob.

    Attributes:
        number: Which part it is, from 1.
        plan: What it is a part of.
    """

    number: int
    plan: Plan


@dataclass(frozen=True, slots=True)
class Replays:
    """What shows a finding.

    Attributes:
        finding: Its ID.
        batches: What is played to see it again.
    """

    finding: str
    batches: tuple[Batch, ...]


@dataclass(frozen=True, slots=True)
class Ending:
    """The last line of a blob.

    Attributes:
        lines: How many lines come before it.
        plan: What tells the plan that was dealt out from others; empty: it was not gone through to its end.
        facts: What there is besides counts and findings.
        counts: What was counted.
        shown: How valid requests of operations were answered, none of which has succeeded.
        groups: The causes that were found.
        settled: What examining findings has come to.
    """

    lines: int
    plan: str
    facts: Facts
    counts: Counts
    shown: Mapping[tuple[str, str], Exchange]
    groups: tuple[FindingGroup, ...]
    settled: tuple[Finding, ...]


class CutError(Exception):
    """A blob ends before its end, or is damaged."""


def version() -> str:
    """Return the version of bothends that is installed."""
    return version_of("bothends")


# What is written of records, and what is not.


def _cut_body() -> Coder:
    return Coder(lambda value, hide: BYTES.write(value[:TRUNCATED_BYTES], hide), BYTES.read, BYTES.schema)


def _pairs_of(write: Any) -> Coder:
    pair = {"type": "array", "items": {"type": "string"}, "minItems": 2, "maxItems": 2}
    return Coder(write, lambda value: tuple((name, text) for name, text in value), {"type": "array", "items": pair})


_HEADERS = _pairs_of(lambda value, hide: [list(pair) for pair in hide.headers(value)])
_HIDDEN_PAIRS = _pairs_of(lambda value, _: [[name, _HIDDEN] for name, _text in value])
_NONE = Coder(lambda _value, _hide: [], lambda _: (), {"type": "array", "maxItems": 0})
# Of the batch that showed a cause it only matters here whether others came before it; what is replayed stands apart.
_PRELUDE = Coder(
    lambda value, _: bool(value.prelude),
    lambda value: Batch((), (), prelude=(Batch((), ()),) if value else ()),
    {"type": "boolean"},
)
_ID = Coder(lambda value, _: value, str, {"type": "string", "pattern": f"^{FINDING_ID.pattern}$"})
_SPECIAL: dict[tuple[type, str], Coder | type] = {
    (Exchange, "sent"): Request,
    (Request, "headers"): _HEADERS,
    (Answer, "headers"): _HEADERS,
    (Answer, "body"): _cut_body(),
    (Delivery, "headers"): _HEADERS,
    (UpstreamCall, "headers"): _HEADERS,
    (Credential, "headers"): _HIDDEN_PAIRS,
    (Credential, "cookies"): _HIDDEN_PAIRS,
    (Credential, "query"): _HIDDEN_PAIRS,
    (InteractionVerified, "played"): _NONE,
    (ScenarioPlayed, "judged"): _NONE,
    (FindingGroup, "batch"): _PRELUDE,
    (Finding, "id"): _ID,
    (Instance, "id"): _ID,
}
# By these, things are found: to hide a word of them, as it is some secret too, would make them others.
_PLAIN = (
    *((Condition, name) for name in ("name", "subject", "parameters")),
    *((Case, name) for name in ("operation", "family", "behaviour")),
    *((FindingGroup, name) for name in ("outcomes", "unwell", "area", "instances", "certain")),
    *((Instance, name) for name in ("operation", "status", "case")),
    *((Key, name) for name in ("law", "operation")),
    (NotProven, "what"),
    (Breach, "law"),
    (Consequence, "law"),
    (LawTally, "law"),
    (Facts, "called"),
    (Delivery, "ingest"),
    (Delivery, "callback"),
    (UpstreamCall, "upstream"),
    (NoAnswer, "kind"),
)


def _names() -> dict[str, Any]:
    """Return what the names in the annotations of records and events stand for."""
    from bothends.contract.terms import Source  # noqa: PLC0415 -- needed when it runs, here only

    return {
        **vars(bothends.records),
        **dict.fromkeys(("Played", "Judged", "TrackedFinding"), Any),
        "Batch": Batch,
        "KnownObject": KnownObject,
        "Source": Source,
        "Facts": Facts,
        "Counts": Counts,
        "FindingGroup": FindingGroup,
    }


def finding_coders(contract: Contract, special: Mapping[tuple[type, str], Coder | type] | None = None) -> Coders:
    """Return the coders of all that is found: findings, their exchanges, and what is counted of them.

    Args:
        contract: Its operations, and no others, have exchanges.
        special: The coder, or another type, of single fields; None: those of a blob.
    """
    from bothends.contract.terms import Source  # noqa: PLC0415 -- loaded with the contract

    operations = {operation.id for operation in contract.operations}

    def of_the_contract(case: Case) -> None:
        if case.operation and case.operation not in operations:
            raise ValueError(f"the operation {case.operation!r} is not under test")

    left_out: dict[type, frozenset[str]] = {
        Credential: frozenset({"secrets"}),
        Source: frozenset({"default"}),
        FindingGroup: frozenset({"before"}),
        Batch: frozenset({"about", "anew"}),  # objects are of the target that has made them
    }
    checks: dict[type, Callable[[Any], None]] = {
        Condition: _can_be_said,
        Breach: _can_be_said_of,
        Case: of_the_contract,
    }
    return Coders(
        _names(), special=_SPECIAL if special is None else special, plain=_PLAIN, left_out=left_out, checks=checks
    )


class Blobs:
    """Writes and reads the lines of blobs of one contract."""

    def __init__(self, contract: Contract) -> None:
        """Take the contract."""
        special = dict(_SPECIAL)
        coders = finding_coders(contract, special)
        special[Ending, "counts"] = counts_coder(contract)
        self._kinds = {"event": coders.of(_TOLD), "replays": coders.of(Replays), "end": coders.of(Ending)}
        self._definitions = coders.definitions

    @cached_property
    def _validators(self) -> dict[str, Any]:
        return {
            kind: jsonschema_rs.validator_for({**coder.schema, "$defs": self._definitions}, offline=True)
            for kind, coder in self._kinds.items()
        }

    def line(self, kind: str, value: Event | Replays | Ending, hide: Hider) -> bytes:
        """Return a line of a blob: an `event`, `replays`, or the `end`."""
        return _line({kind: self._kinds[kind].write(value, hide)})

    def read(self, path: Path) -> Iterator[Event | Replays | Ending]:
        """Yield what a blob has after its head, the end last.

        Raises:
            ContractError: It is not what a part of a run writes.
            CutError: It ends before its end, or is damaged.
        """
        lines = _lines(path)
        next(lines, None)
        for number, line in enumerate(lines, 1):
            value = _json(path, line)
            (kind, said), *more = value.items() if isinstance(value, dict) and value else (("", None),)
            if more or kind not in self._kinds:
                raise _no_blob(path, "a line is neither an event, nor replays, nor the end")
            try:
                self._validators[kind].validate(said)
                read = self._kinds[kind].read(said)
            except (ValueError, BothendsError) as error:
                raise _no_blob(path, str(error).splitlines()[0]) from error
            # The sum of a packed file stands behind its last line: whether that was whole is known only then.
            if isinstance(read, Ending) and (read.lines != number - 1 or next(lines, None) is not None):
                raise CutError
            yield read
            if isinstance(read, Ending):
                return
        raise CutError


def head_line(head: Head) -> bytes:
    """Return the first line of a blob."""
    plan = {name: getattr(head.plan, name) for name in Plan.__slots__}
    return _line({"format": FORMAT, "blob": BLOB_VERSION, "number": head.number, "plan": plan})


_TEXT = {"type": "string"}
_WHOLE = {"type": "integer", "minimum": 0}
_MOST_PARTS = 1000
"""As many as `--shard` takes: each that is missing is told."""
_HEAD_SCHEMA = {
    "type": "object",
    "properties": {
        "format": {"const": FORMAT},
        "blob": {"const": BLOB_VERSION},
        "number": {"type": "integer", "minimum": 1},
        "plan": {
            "type": "object",
            "properties": {
                "version": _TEXT,
                "contract": _TEXT,
                "operations": {"type": "array", "items": _TEXT},
                "seed": _WHOLE,
                "profile": _TEXT,
                "max_examples": {"anyOf": [{"type": "null"}, _WHOLE]},
                "only": {"type": ["string", "null"]},
                "reads_only": {"type": "boolean"},
                "count": {"type": "integer", "minimum": 1, "maximum": _MOST_PARTS},
            },
            "required": list(Plan.__slots__),
            "additionalProperties": False,
        },
    },
    "required": ["format", "blob", "number", "plan"],
    "additionalProperties": False,
}


def read_head(path: Path) -> Head:
    """Return the head of a blob.

    Raises:
        ContractError: There is no such file, it is no blob, or one of another version.
    """
    try:
        line = next(_lines(path), b"")
    except CutError:
        line = b""
    value: Any = _json(path, line) if line else None
    if isinstance(value, dict) and value.get("format") == FORMAT and value.get("blob") != BLOB_VERSION:
        raise ContractError(
            "Another version of bothends wrote this blob.",
            where=Location(path),
            expected=f"a blob of bothends {version()}",
            advice="Use one version for all parts and for the merge.",
        )
    try:
        jsonschema_rs.validator_for(_HEAD_SCHEMA, offline=True).validate(value)
    except ValueError as error:
        raise _no_blob(path, "its first line is not there, or another one") from error
    # In JSON Schema, 8.0 is a whole number as well.
    plan: dict[str, Any] = {key: int(each) if isinstance(each, float) else each for key, each in value["plan"].items()}
    if value["number"] > plan["count"]:
        raise _no_blob(path, f"part {value['number']} of {plan['count']}")
    return Head(int(value["number"]), Plan(**{**plan, "operations": tuple(plan["operations"])}))


def _lines(path: Path) -> Iterator[bytes]:
    """Yield the lines of a blob.

    Raises:
        ContractError: It can't be read, or a line is longer than any that is written.
        CutError: It ends in the middle, or is damaged.
    """
    try:
        with gzip.open(path, "rb") as file:
            while line := file.readline(LONGEST_LINE):
                if not line.endswith(b"\n"):
                    if len(line) == LONGEST_LINE:
                        raise _no_blob(path, "a line is too long")
                    raise CutError
                yield line
    except gzip.BadGzipFile as error:
        if "CRC" in str(error) or "length" in str(error):
            raise CutError from error
        raise _no_blob(path, "it is not compressed with gzip") from error
    except (EOFError, zlib.error) as error:
        raise CutError from error
    except OSError as error:
        raise ContractError(f"The blob can't be read: {error.strerror}.", where=Location(path)) from error


def _line(value: Any) -> bytes:
    return json.dumps(value, allow_nan=False, separators=(",", ":")).encode() + b"\n"


def _no_constant(name: str) -> None:
    raise ValueError(f"{name} is no JSON")


def _json(path: Path, line: bytes) -> Any:
    try:
        return json.loads(line, parse_constant=_no_constant)
    except (ValueError, RecursionError) as error:
        raise _no_blob(path, "a line is no JSON") from error


def _no_blob(path: Path, why: str) -> ContractError:
    return ContractError(
        f"This is not a blob of `bothends verify --shard`: {why}.",
        where=Location(path),
        expected="the file that --blob has named",
    )


def _can_be_said(condition: Condition) -> None:
    """Raise ValueError where a condition is none that there is."""
    try:
        sentence(condition)
    except (KeyError, IndexError) as error:
        raise ValueError(f"a condition without {error}") from error


def _can_be_said_of(breach: Breach) -> None:
    """Raise ValueError where a breach can't be put into words."""
    try:
        cause_in_words(breach)
    except (KeyError, IndexError) as error:
        raise ValueError(f"a cause without {error}") from error
