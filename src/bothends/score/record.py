"""A record: what a run has recorded, as a file that is scored later, be it by a contract that says more by then.

It is JSON, compressed with gzip, for its owner alone. In place of each secret it has a digest by a key that is kept
nowhere: the same in all places, so that laws notice a secret where it does not belong, and nobody learns it. The file
may come from anywhere: it is held to its schema when it is read.
"""

from __future__ import annotations

import gzip
import hmac
import json
import os
import re
import secrets
import zlib
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import jsonschema_rs

from bothends.engine.parts import finding_coders, version
from bothends.errors import BothendsError, ContractError, Location, one_of
from bothends.hiding import forms, long_enough
from bothends.laws import FindingContext, LawContext
from bothends.records import Answer, Exchange, Request, UpstreamCall
from bothends.reports import bounded, cookies_of, whole_file
from bothends.score.recorded import Recording

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from pathlib import Path

    from bothends.contract import Contract
    from bothends.records import Coders

FORMAT = "bothends: recorded exchanges"
RECORD_VERSION = 1
_LARGEST = 1 << 28
"""Bytes that are read: a file of a few kilobytes could unpack to more than there is memory."""
_DEEPEST = 200
_TIMES = 1 << 10
"""How many times as much of a value is kept as a report shows: nearly all."""
_CREDENTIALS = frozenset({"cookie", "set-cookie", "authorization", "proxy-authorization", "x-api-key"})
_WORD = re.compile(r"[^\s;,=]{8,}=*")


@dataclass(frozen=True, slots=True)
class JudgedBy:
    """What an exchange was judged by, but for what the contract says.

    Attributes:
        shift: What the system's clock was ahead of the run's.
    """

    seed: int
    secrets: tuple[str, ...]
    signing_secrets: tuple[str, ...]
    places: tuple[str, ...]
    named_by_callers: frozenset[str]
    time_limit: float
    calls: Mapping[int, UpstreamCall]
    sessionless: frozenset[str]
    setup: Mapping[str, tuple[Any, ...]]
    shift: float


@dataclass(frozen=True, slots=True)
class Row:
    """An exchange of a record, and what it is there for: lies are told of it, or others have its values."""

    exchange: Exchange
    judged: JudgedBy
    kept: bool
    other: bool


@dataclass(frozen=True, slots=True)
class Record:
    """What a file has.

    Attributes:
        contract: Digest of the contract of the run.
        proven: Whether the run was.
        of_a_sort: Exchanges of each sort that lies are told of.
        taken: How many exchanges were of use.
        left: How many were of none.
        rows: Those that were kept.
    """

    contract: str
    proven: bool
    of_a_sort: int
    taken: int
    left: int
    rows: tuple[Row, ...]


class Digests:
    """Puts a digest in place of each secret, the same one in all places."""

    def __init__(self, found: Sequence[str]) -> None:
        """Take the secrets."""
        key = secrets.token_bytes(32)
        self._digests = {
            form: hmac.digest(key, secret.encode("utf-8", "surrogatepass"), "sha256").hex()[:32]
            for secret in long_enough(found)
            for form in sorted(forms(secret))
        }
        every = sorted(self._digests, key=len, reverse=True)
        self._pattern = re.compile("|".join(map(re.escape, every))) if every else None

    def text(self, text: str) -> str:
        """Return a text with digests in place of secrets."""
        return text if self._pattern is None else self._pattern.sub(lambda found: self._digests[found[0]], text)

    def headers(self, headers: Sequence[tuple[str, str]]) -> list[tuple[str, str]]:
        """Return headers likewise."""
        return [(name, self.text(value)) for name, value in headers]

    def value(self, value: Any) -> Any:
        """Return a JSON value likewise."""
        return bounded(value, self.text, _DEEPEST, _TIMES)


def write_record(path: Path, recording: Recording, option: str, *, proven: bool) -> None:
    """Write what a run has recorded, for its owner alone.

    Args:
        path: Where to.
        recording: The exchanges.
        option: The option that named it, for the advice.
        proven: Whether the run was.

    Raises:
        MachineError: It can't be written.
    """
    rows = tuple(
        Row(one.exchange, _judged(one.exchange, one.context), kept, other) for one, kept, other in recording.stored()
    )
    record = Record(recording.contract.digest, proven, recording.of_a_sort, recording.taken, recording.left, rows)
    hider = Digests([text for row in rows for text in _secrets_of(row)])
    written = _coders(recording.contract).of(Record).write(record, hider)
    text = json.dumps({"format": FORMAT, "record": RECORD_VERSION, "bothends": version(), **written}, allow_nan=False)
    with whole_file(path, option) as file:
        os.fchmod(file.fileno(), 0o600)
        file.write(gzip.compress(text.encode(), 6, mtime=0))


def read_record(path: Path, contract: Contract) -> tuple[Recording, Record]:
    """Return what a run has recorded, to be judged by a contract, and what the file says besides.

    Raises:
        ContractError: There is no such file, or it is no record that can be read.
    """
    value = _value(path)
    if value.get("record") != RECORD_VERSION:
        raise ContractError(
            f"Another version of bothends wrote this record: {_said(value.get('bothends'))}.",
            where=Location(path),
            expected=f"a record of bothends {version()}",
            advice="Write it again: bothends verify --record FILE.",
        )
    said = {name: each for name, each in value.items() if name not in {"format", "record", "bothends"}}
    coders = _coders(contract)
    coder = coders.of(Record)
    try:
        jsonschema_rs.validator_for({**coder.schema, "$defs": coders.definitions}, offline=True).validate(said)
        _check_operations(path, said["rows"], contract)
        record: Record = coder.read(said)
    except ContractError:
        raise
    except (ValueError, BothendsError) as error:
        raise _no_record(path, str(error).splitlines()[0]) from error
    stored = [(row.exchange, _context(contract, row), row.kept, row.other) for row in record.rows]
    return Recording.of(contract, record.of_a_sort, record.taken, record.left, stored), record


def _check_operations(path: Path, rows: Sequence[Mapping[str, Any]], contract: Contract) -> None:
    """Check that the contract has the operations of a record.

    Raises:
        ContractError: It has not: another contract, or `--operation` chooses others.
    """
    known = [one.id for one in contract.operations]
    for name in dict.fromkeys(row["exchange"]["case"]["operation"] for row in rows):
        if name not in known:
            raise ContractError(
                f"The record has exchanges of an operation that is not under test: {name!r}.",
                where=Location(path),
                expected=one_of(known),
                advice="Name the settings, the spec and the operations that the run had, or write the record again.",
            )


def _coders(contract: Contract) -> Coders:
    return finding_coders(contract, {(Exchange, "sent"): Request})


def _judged(exchange: Exchange, context: LawContext) -> JudgedBy:
    return JudgedBy(
        context.seed,
        context.secrets,
        context.signing_secrets,
        context.places,
        context.named_by_callers,
        context.time_limit,
        context.calls,
        context.sessionless,
        {name: tuple(values) for name, values in context.setup.items()},
        context.wall(exchange.began) - exchange.began,
    )


def _context(contract: Contract, row: Row) -> LawContext:
    one, settings = row.judged, contract.settings
    return LawContext(
        contract.operation(row.exchange.case.operation),
        one.seed,
        one.secrets,
        one.signing_secrets,
        one.places,
        one.named_by_callers,
        one.time_limit,
        one.calls,
        guarantees=settings.target.guarantees,
        sessionless=one.sessionless,
        finding_context=FindingContext.of(contract),
        strict_statuses=settings.strict_statuses,
        setup=one.setup,
        wall=one.shift.__add__,
    )


def _secrets_of(row: Row) -> Iterator[str]:
    """Yield what of a row nobody may learn: what the world has as a secret, and what callers have shown."""
    yield from (*row.judged.secrets, *row.judged.signing_secrets, *cookies_of(row.exchange))
    exchange = row.exchange
    if exchange.credential is not None:
        for pairs in (exchange.credential.headers, exchange.credential.cookies, exchange.credential.query):
            yield from (value for _, value in pairs)
    calls = (*exchange.calls, *row.judged.calls.values())
    answers = [one for one in (exchange.answer, *exchange.further) if isinstance(one, Answer)]
    for one in (exchange.sent, *answers, *exchange.deliveries, *calls):
        for name, value in one.headers:
            if name.lower() in _CREDENTIALS:
                yield from _WORD.findall(value)


def _value(path: Path) -> dict[str, Any]:
    try:
        with gzip.open(path, "rb") as file:
            content = file.read(_LARGEST + 1)
        value = json.loads(content) if len(content) <= _LARGEST else None
    except gzip.BadGzipFile as error:
        why = "it is damaged" if "CRC" in str(error) else "it is not compressed with gzip"
        raise _no_record(path, why) from error
    except OSError as error:
        raise ContractError(
            f"The record can't be read: {error.strerror}.",
            where=Location(path),
            advice="Write it: bothends verify --record FILE.",
        ) from error
    except (EOFError, zlib.error, ValueError, RecursionError) as error:
        raise _no_record(path, "it is damaged") from error
    if not isinstance(value, dict) or value.get("format") != FORMAT:
        raise _no_record(path, "it is another file")
    return value


def _no_record(path: Path, why: str) -> ContractError:
    return ContractError(
        f"This is not a record of `bothends verify --record`: {why}.",
        where=Location(path),
        expected="the file that --record has named",
        advice="If the contract has another operation now, or the file is damaged, write it again.",
    )


def _said(value: Any) -> str:
    return value if isinstance(value, str) else "it does not say which"
