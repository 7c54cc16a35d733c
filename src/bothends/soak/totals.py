"""What all companions have counted and found, summed up, and the verdict."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from bothends.contract.settings import read_known
from bothends.engine.judge import Findings, Known, too_busy
from bothends.engine.play import Batch
from bothends.laws import FindingContext, all_laws, phantom
from bothends.records import LawTally, NotProven, Verdict, count_of, were

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from bothends.contract import Contract
    from bothends.records import Delivery, Finding
    from bothends.soak.coding import Tally

CODES = {Verdict.PROVEN: 0, Verdict.BROKEN: 1, Verdict.NOT_PROVEN: 4}
"""The exit codes: those of `bothends verify`."""


@dataclass(slots=True)
class Worker:
    """What the hub knows of a worker.

    Attributes:
        name: Its number, from 1, as people are told.
        granted: How many exchanges it was given.
        tally: What its companion has counted and found, as far as it has told.
        under_way: How many requests had no answer yet then.
        over: Whether that was the last tally.
        lost: Whether it is gone before that.
        for_it: Deliveries that came for it when it was lost.
        why: Why its companion ended early; empty: it did not.
    """

    name: int
    granted: int = 0
    tally: Tally | None = None
    under_way: int = 0
    over: bool = False
    lost: bool = False
    for_it: int = 0
    why: str = ""


@dataclass(frozen=True, slots=True)
class Totals:
    """A soak, summed up.

    Attributes:
        workers: How many took part.
        exchanges: How many exchanges were judged.
        events: How many events were tied to them.
        laws: How each law has fared.
        findings: What is broken, the worst first.
        not_proven: What was not looked at.
        notes: What else a person should know.
        verdict: What follows.
    """

    workers: int
    exchanges: int
    events: int
    laws: tuple[LawTally, ...]
    findings: tuple[Finding, ...]
    not_proven: tuple[NotProven, ...]
    verdict: Verdict
    notes: tuple[str, ...] = field(default=())

    @property
    def code(self) -> int:
        """The exit code."""
        return CODES[self.verdict]


class Phantoms:
    """Deliveries of the run that belong to no worker."""

    def __init__(self) -> None:
        """Begin with none."""
        self.count = 0
        self.first: Delivery | None = None

    def take(self, delivery: Delivery) -> None:
        """Take one."""
        self.count += 1
        self.first = self.first or delivery


def total(  # noqa: PLR0913 -- what a soak is summed up from
    contract: Contract,
    workers: Sequence[Worker],
    phantoms: Phantoms,
    *,
    unexplained: int,
    dropped: int,
    failures: Iterable[str] = (),
) -> Totals:
    """Sum up what workers have told.

    Args:
        contract: The contract.
        workers: All that took part.
        phantoms: Deliveries of the run that belong to no worker.
        unexplained: Deliveries that have nothing of the run.
        dropped: Deliveries and calls that the world had no room for.
        failures: What kept the soak from its end.
    """
    known = Known(read_known(contract.settings, [law.name for law in all_laws()]))
    findings = Findings(known.accepts, finding_context=FindingContext.of(contract))
    laws: dict[str, LawTally] = {}
    tallies = [worker.tally for worker in workers if worker.tally is not None]
    for tally in tallies:
        findings.join(tally.groups, ())
        for law in tally.laws:
            _add(laws, law)
    if phantoms.first is not None:
        breach = phantom(phantoms.first)
        for _ in range(phantoms.count):
            findings.add(breach, Batch((), ()))
        _add(laws, LawTally(breach.law, breach.severity, phantoms.count, phantoms.count))
    missing = tuple(_missing(contract, workers, tallies, unexplained, dropped, tuple(failures)))
    broken = findings.broken
    found = findings.at_the_end(interrupted=False)
    return Totals(
        workers=len(workers),
        exchanges=sum(tally.judged for tally in tallies),
        events=sum(tally.events for tally in tallies),
        laws=tuple(law for law in laws.values() if law.judged),
        findings=found,
        not_proven=missing,
        verdict=Verdict.BROKEN if broken else Verdict.NOT_PROVEN if missing else Verdict.PROVEN,
        notes=tuple(_notes(contract, workers, known, found)),
    )


def _add(laws: dict[str, LawTally], law: LawTally) -> None:
    before = laws.get(law.law)
    laws[law.law] = (
        law if before is None else replace(before, judged=before.judged + law.judged, broken=before.broken + law.broken)
    )


def _missing(  # noqa: PLR0913, PLR0917 -- all that may be missing
    contract: Contract,
    workers: Sequence[Worker],
    tallies: Sequence[Tally],
    unexplained: int,
    dropped: int,
    failures: Sequence[str],
) -> Iterator[NotProven]:
    """Yield what was not looked at."""
    yield from (NotProven("the whole soak", why) for why in failures)
    for worker in workers:
        if not worker.over:
            yield _of_the_lost(worker)
    judged: dict[str, int] = {}
    for tally in tallies:
        for name, number in tally.operations:
            judged[name] = judged.get(name, 0) + number
    left_out: Mapping[str, str] = dict(pair for tally in tallies for pair in tally.left_out)
    for operation in contract.operations:
        if not judged.get(operation.id):
            why = left_out.get(operation.id, "no exchange of it was judged")
            where = str(contract.document.location(operation.pointer))
            yield NotProven(f"operation {operation.id}", f"It was not part of the soak: {why}.", where=where)
    in_time = {label for tally in tallies for label in tally.in_time}
    late = dict(pair for tally in tallies for pair in tally.late if pair[0] not in in_time)
    if late:
        yield too_busy(late)
    unexplained += sum(tally.unexplained for tally in tallies)
    dropped += sum(tally.dropped for tally in tallies)
    for number, what, why in (
        (unexplained, "unexplained events", "They belong to no request, and contain nothing of the soak."),
        (dropped, "what arrived", "There was no room for events and calls: the target sends more than can be kept."),
        (
            sum(tally.unheard for tally in tallies),
            "events that did not come",
            "They may have been under way when the soak ended, or when too many were waited for.",
        ),
        (
            sum(tally.forgotten for tally in tallies),
            "events that came too late",
            "Their exchanges were so long over that the events could not be compared with them.",
        ),
        (
            sum(tally.abandoned for tally in tallies),
            "requests without an end",
            "Their users were stopped before the answer came: what they caused was not judged.",
        ),
        (
            sum(tally.busy for tally in tallies),
            "requests of busy workers",
            "A worker had no processor for so long that the time of an answer says nothing of the target.",
        ),
        (
            sum(tally.guessed for tally in tallies),
            "causes that are a guess",
            "Something may be wrong, but the events may be of other requests.",
        ),
    ):
        if number:
            yield NotProven(what, f"{number:,}: {why}")


def _of_the_lost(worker: Worker) -> NotProven:
    tally = worker.tally
    told = 0 if tally is None else tally.made
    judged = 0 if tally is None else tally.judged
    came = f" {count_of(worker.for_it, 'event')} came for it when it was gone." if worker.for_it else ""
    because = f" ({worker.why.splitlines()[0]})" if worker.why else ""
    return NotProven(
        f"worker {worker.name}",
        f"It was lost{because}: of {count_of(told, 'exchange')} that it told of last, {judged:,} {were(judged)} judged;"
        f" up to {worker.granted - judged:,} more are not proven.{came}",
    )


def _notes(contract: Contract, workers: Sequence[Worker], known: Known, findings: Sequence[Finding]) -> Iterator[str]:
    perhaps = sum(worker.tally.perhaps for worker in workers if worker.tally is not None)
    if perhaps:
        yield (
            f"{count_of(perhaps, 'request')} may never have been executed: a connection that was used before ended"
            " before the answer began"
        )
    late = sum(number for worker in workers if worker.tally is not None for _, number in worker.tally.late)
    if late:
        many = f"{count_of(late, 'exchange')} {were(late)}"
        yield f"{many} late, as the target had to wait for a processor of a busy machine"
    lived_with = [finding for finding in findings if known.lived_with(finding)]
    if lived_with:
        known_ones = f"{len(lived_with):,} of the findings {'is' if len(lived_with) == 1 else 'are'} known"
        yield f"{known_ones} ({contract.settings.file.name})"
