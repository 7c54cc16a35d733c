"""The findings that stand from one round to the next: what failed last goes first."""

from __future__ import annotations

import json
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from bothends.cases import plain_cases, plain_families
from bothends.engine.judge import replay_file
from bothends.errors import ContractError
from bothends.laws import cause_in_words
from bothends.records import FINDING_ID, Instance
from bothends.reports import cookies_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence
    from datetime import date
    from pathlib import Path

    from bothends.contract import Contract
    from bothends.engine.judge import Replay
    from bothends.engine.play import Batch
    from bothends.records import Case, Finding, KnownFinding
    from bothends.reports import Redactor


@dataclass(frozen=True, slots=True)
class Standing:
    """A finding that stands until a round says otherwise.

    Attributes:
        id: Its ID, which names the file that shows it again.
        law: The law that is broken.
        cause: By what, in words.
        summary: What happened, in words: it may hold text of the target.
        case: The label of a case that shows it.
        operation: The operation that the case is about; empty: of no one.
        contract: Digest of the contract that it was found with; empty: not known.
        instances: What is accepted each by itself; none: not known.
    """

    id: str
    law: str
    cause: str
    summary: str
    case: str
    operation: str = ""
    contract: str = ""
    instances: tuple[Instance, ...] = ()

    def is_accepted(self, known: Sequence[KnownFinding], today: date) -> bool:
        """Return whether each of its instances is known, by an entry that has not expired on a day."""
        valid = [entry for entry in known if entry.expires >= today]
        return bool(self.instances) and all(
            any(entry.covers(each, self.law, self.cause) for entry in valid) for each in self.instances
        )

    @property
    def key(self) -> tuple[str, str, str]:
        """What is the same when the contract has changed; its ID is another one then."""
        return self.law, self.cause, self.operation


def standing_of(finding: Finding, contract: Contract, redactor: Redactor) -> Standing:
    """Return a finding as one that stands, without the secrets of its run."""
    breach, case = finding.breach, finding.case
    summary = redactor.also(cookies_of(breach.exchange)).text(breach.summary)
    cause = cause_in_words(breach)
    of = case.label, case.operation, contract.digest
    return Standing(finding.id, breach.law, cause, summary, *of, finding.instances)


def read_standing(file: Path) -> list[Standing]:
    """Return what the last run has found, as it was noted; nothing where there was none, or its note is torn.

    Args:
        file: The note of the last run on the target.
    """
    try:
        noted: list[dict[str, Any]] = json.loads(file.read_text("utf-8"))
        return [
            Standing(
                _id(each["id"]),
                _text(each["law"]),
                _text(each["cause"]),
                _text(each["summary"]),
                _text(each["case"]),
                _text(each.get("operation", "")),
                _text(each.get("contract", "")),
                tuple(_instances(each)),
            )
            for each in noted
        ]
    except (OSError, ValueError, TypeError, KeyError, AttributeError, RecursionError):
        return []  # the first round finds what there is


def _id(value: Any) -> str:
    """Return an ID, of which the name of a file is made."""
    if FINDING_ID.fullmatch(_text(value)) is None:
        raise ValueError
    return _text(value)


def _text(value: Any) -> str:
    if not isinstance(value, str):
        raise TypeError
    return value


def _instances(noted: Mapping[str, Any]) -> Iterator[Instance]:
    """Yield the instances of a finding as they were noted, without what merely follows from it."""
    for each in noted.get("accepts", ()):
        if (each["law"], each["cause"]) == (noted["law"], noted["cause"]):
            yield Instance(*(_text(each[name]) for name in ("id", "operation", "status", "case")))


@dataclass(frozen=True, slots=True)
class Again:
    """What shows again what failed last.

    Attributes:
        batches: What is played.
        only: What `--only` would be told for findings that take more than batches, and which these are.
        asked: The findings about which something is said when all of this has been played.
    """

    batches: tuple[Batch, ...]
    only: Mapping[str, tuple[Standing, ...]]
    asked: tuple[Standing, ...]

    def __bool__(self) -> bool:
        """Whether there is anything to play."""
        return bool(self.asked)


def again(standing: Sequence[Standing], contract: Contract, run_folder: Path) -> Again:
    """Return what shows findings again.

    A case says which answers are right. So where the contract is not the one of the finding, the case is not played
    as it was kept: the case of the same name that the contract has now takes its place. A generated one has none, and
    the rest of the round decides. What is of operations that are not under test is not played.

    Args:
        standing: The findings.
        contract: The contract as it is now, with the operations under test.
        run_folder: Where the files of the findings are.
    """
    now = _CasesByName(contract)
    under_test = {"", *(operation.id for operation in contract.operations)}
    batches: list[Batch] = []
    only: dict[str, tuple[Standing, ...]] = {}
    asked: list[Standing] = []
    for each in standing:
        kept = _kept(run_folder, each.id)
        if kept is None or not under_test.issuperset((each.operation, *_operations(kept.batches))):
            continue
        if kept.only:
            only[kept.only] = (*only.get(kept.only, ()), each)
            asked.append(each)
            continue
        batches_now = kept.batches if each.contract == contract.digest else tuple(now.batches(kept.batches))
        if batches_now and batches_now[-1].cases:
            batches += [batch for batch in batches_now if batch.cases and batch not in batches]
            asked.append(each)
    return Again(tuple(batches), only, tuple(asked))


def _operations(batches: Iterable[Batch]) -> Iterator[str]:
    return (case.operation for batch in batches for case in batch.cases)


def seed_of(standing: Iterable[Standing], run_folder: Path) -> int | None:
    """Return the seed of the run that has found what stands; None: nothing stands, or it is not known."""
    return next((kept.seed for each in standing if (kept := _kept(run_folder, each.id)) is not None), None)


def _kept(run_folder: Path, finding_id: str) -> Replay | None:
    """Return what is kept of a finding; None: nothing is, or it is of another version."""
    file = run_folder / "findings" / f"{finding_id}.json"
    try:
        return replay_file.read(file) if file.is_file() else None
    except ContractError:
        return None


class _CasesByName:
    """The plain cases that a contract has now, found by their names; a family's are made when one is asked for."""

    def __init__(self, contract: Contract) -> None:
        self._contract = contract
        self._families = set(plain_families())
        self._made: dict[str, dict[tuple[str, str], Case]] = {}

    def batches(self, kept: Iterable[Batch]) -> Iterator[Batch]:
        """Yield batches with the cases of now in the place of those that were kept."""
        for batch in kept:
            found = tuple(case for each in batch.cases if (case := self._now(each)) is not None)
            yield replace(batch, cases=found)

    def _now(self, case: Case) -> Case | None:
        if case.family not in self._families:
            return None
        made = self._made.get(case.family)
        if made is None:
            every = plain_cases(self._contract, case.family)
            made = self._made[case.family] = {(each.operation, each.name): each for each in every}
        found = made.get((case.operation, case.name))
        # The state of the world is the batch's as well.
        return found if found is not None and found.given == case.given else None
