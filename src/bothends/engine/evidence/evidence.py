"""The evidence of a run: all that it has seen, as counts, and what follows from the whole of it.

The parts of a run have one each. Joined, they are the evidence of one run, and are summed up as that is.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from bothends.engine.events import ExchangeJudged
from bothends.engine.evidence import (
    attempts,
    callbacks,
    fractions,
    ids,
    keys,
    known_values,
    looked_at,
    object_states,
    parameters,
    refusals,
    tallies,
    unsettled,
    urls,
    valid_requests,
)
from bothends.engine.evidence.attempts import AttemptNotes
from bothends.engine.evidence.beside import beside_not_proven
from bothends.engine.evidence.callbacks import CallbackNotes
from bothends.engine.evidence.counts import Counts
from bothends.engine.evidence.coverage import CoverageMeter, short_of
from bothends.engine.evidence.known_values import KnownValues, without_known_values
from bothends.engine.evidence.looked_at import uncalled
from bothends.engine.evidence.not_tested import (
    notes_on,
    unusable_not_proven,
    unwatched_not_proven,
    unwritten_not_proven,
)
from bothends.engine.evidence.sign_in import sign_in_not_proven
from bothends.engine.evidence.valid_requests import hopeless_operations
from bothends.engine.findings.findings import guesses_not_proven
from bothends.engine.retries import too_busy
from bothends.laws import judged_laws
from bothends.laws.law import before, law_of
from bothends.records import LawTally, NotProven, PactTally, ReplayOutcome, Severity, Summary

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

    from bothends.contract import Contract
    from bothends.engine.events import Event
    from bothends.engine.evidence.valid_requests import Shown
    from bothends.engine.findings.findings import Findings, Known
    from bothends.laws import Law
    from bothends.records import Finding


@dataclass(frozen=True, slots=True)
class Facts:
    """What a run, or a part of it, has come to besides its counts and its findings.

    Attributes:
        seed: What reproduces the run's cases.
        seconds: Wall time, seconds; of several parts, that of the longest.
        whole: Whether all that the contract asks for was to be played.
        reads_only: Whether only what reads was sent.
        began: Whether the target was ready.
        enough: Whether the run was to end at the first error, and found one.
        target_failure: Why the target could not be started, reached, or kept alive; empty when it was.
        harness_failure: What failed in bothends itself; empty when nothing did.
        by_machine: Whether that is this machine's doing, and the user's to mend.
        interrupted: Whether a person stopped it.
        untried: Whether a person stopped it before each finding was retried.
        log: The end of the target's log.
        laws: Each law, in the order in which they are judged.
        unjudged: Laws that had cases, and nothing to judge in any of them, each with the number of these.
        pacts: Each pact that was verified.
        called: The upstreams that were called.
        unexplained: Events that belong to no exchange, and contain nothing of the run.
        busy: Labels of cases that this machine was too busy to decide.
        not_proven: What pacts and scenarios did not show.
        beside: What was broken beside other faults only: labels of cases, each with a law.
        notes: What is to be told of pacts and keys, and changes no verdict.
    """

    seed: int
    seconds: float = 0.0
    whole: bool = True
    reads_only: bool = False
    began: bool = False
    enough: bool = False
    target_failure: str = ""
    harness_failure: str = ""
    by_machine: bool = False
    interrupted: bool = False
    untried: bool = False
    log: tuple[str, ...] = ()
    laws: tuple[LawTally, ...] = ()
    unjudged: tuple[tuple[str, int], ...] = ()
    pacts: tuple[PactTally, ...] = ()
    called: frozenset[str] = frozenset()
    unexplained: int = 0
    busy: tuple[str, ...] = ()
    not_proven: tuple[NotProven, ...] = ()
    beside: tuple[tuple[str, str], ...] = ()
    notes: tuple[str, ...] = ()

    @property
    def cut(self) -> bool:
        """Whether the run did not reach its end."""
        return self.interrupted or bool(self.target_failure or self.harness_failure)

    @property
    def ran_whole(self) -> bool:
        """Whether all cases were played: else an answer that was not seen is no omission."""
        return self.whole and not self.cut and not self.enough

    def joined(self, other: Facts) -> Facts:
        """Return the facts of two parts of a run as those of one."""
        return replace(
            self,
            seconds=max(self.seconds, other.seconds),
            whole=self.whole and other.whole,
            reads_only=self.reads_only or other.reads_only,
            began=self.began or other.began,
            enough=self.enough or other.enough,
            target_failure="\n".join(filter(None, (self.target_failure, other.target_failure))),
            harness_failure="\n".join(filter(None, (self.harness_failure, other.harness_failure))),
            by_machine=self.by_machine or other.by_machine,
            interrupted=self.interrupted or other.interrupted,
            untried=self.untried or other.untried,
            log=(*self.log, *other.log),
            laws=_by_name(self.laws, other.laws, lambda one: one.law, ("judged", "broken")),
            unjudged=_added(self.unjudged, other.unjudged),
            pacts=_by_name(self.pacts, other.pacts, lambda one: one.file, ("interactions", "held")),
            called=self.called | other.called,
            unexplained=self.unexplained + other.unexplained,
            busy=tuple(dict.fromkeys((*self.busy, *other.busy))),
            not_proven=tuple(dict.fromkeys((*self.not_proven, *other.not_proven))),
            beside=tuple(dict.fromkeys((*self.beside, *other.beside))),
            notes=tuple(dict.fromkeys((*self.notes, *other.notes))),
        )


def _added(ours: Iterable[tuple[str, int]], theirs: Iterable[tuple[str, int]]) -> tuple[tuple[str, int], ...]:
    counts: Counter[str] = Counter()
    for name, count in (*ours, *theirs):
        counts[name] += count
    return tuple(counts.items())


def _unjudged(facts: Facts) -> list[tuple[Law, str]]:
    """Return the laws that had cases and nothing to judge, in all parts of a run, each with what is to be told."""
    judged = {tally.law for tally in facts.laws if tally.judged}
    missing = [(law_of(name), count) for name, count in facts.unjudged if name not in judged]
    cases = {1: "1 case of it was"}
    return [
        (law, f"{cases.get(count, f'{count:,} cases of it were')} played, and it had nothing to judge: {law.lacks}.")
        for law, count in missing
    ]


def _explained(found: Iterable[Finding], known: Known) -> frozenset[str]:
    """Return the laws of the errors that break the contract, and those whose breach may follow from one of them."""
    errors = {f.breach.law for f in found if f.breach.severity is Severity.ERROR and not known.lived_with(f)}
    return frozenset(errors.union(law.name for law in judged_laws() if not errors.isdisjoint(before(law))))


def _judged(tallies: Iterable[LawTally], unjudged: Mapping[str, int]) -> Iterator[LawTally]:
    """Yield how laws have fared, without what says nothing: no valid request of the operation ever succeeds."""
    for tally in tallies:
        count = min(unjudged.get(tally.law, 0), tally.broken)
        yield replace(tally, judged=tally.judged - count, broken=tally.broken - count)


def _by_name(ours: tuple[Any, ...], theirs: tuple[Any, ...], name: Callable[[Any], str], counts: Sequence[str]) -> Any:
    """Return two lists of tallies as one, the counts of those of one name added."""
    found = {name(one): one for one in ours}
    for one in theirs:
        known = found.get(name(one))
        sums = {} if known is None else {count: getattr(known, count) + getattr(one, count) for count in counts}
        found[name(one)] = one if known is None else replace(known, **sums)
    return tuple(found.values())


class Evidence:
    """What a run has seen, and what it comes to.

    Attributes:
        counts: What it has counted.
        shown: How valid requests of operations were answered, none of which has succeeded.
        known_values: Decides which values of which members are taken.
    """

    def __init__(self, contract: Contract) -> None:
        """Begin with nothing seen."""
        self._contract = contract
        self._operations = {operation.id: operation for operation in contract.operations}
        self.counts = counts = Counts()
        self.shown: Shown = {}
        self.known_values = KnownValues(counts, contract)
        self._coverage = CoverageMeter(counts, contract.operations)
        self._callbacks = CallbackNotes(counts, contract)
        self._attempts = AttemptNotes(counts)

    def handle(self, event: Event) -> None:
        """Count what an event of a run shows."""
        tallies.handle(self.counts, self._operations, event)
        if isinstance(event, ExchangeJudged):
            self._note(event)

    def _note(self, event: ExchangeJudged) -> None:
        counts, exchange = self.counts, event.exchange
        operation = self._operations[exchange.case.operation]
        for count in (ids.note, looked_at.note, keys.note, urls.note, parameters.note):
            count(counts, operation, exchange)
        for noted in (self._coverage, self._callbacks, self._attempts):
            noted.note(operation, exchange)
        if event.late:
            return  # what it was answered is counted
        for count in (object_states.note, refusals.note, fractions.note):
            count(counts, operation, exchange)
        valid_requests.note(counts, self.shown, operation, exchange)
        self.known_values.note(operation, exchange)
        unsettled.note(counts, operation, event)

    def join(self, counts: Counts, shown: Shown) -> None:
        """Take what another part of the run has seen."""
        self.counts += counts
        self.shown = valid_requests.joined(self.counts, self.shown, shown)

    def summary(  # noqa: PLR0913 -- what a run comes to
        self,
        facts: Facts,
        findings: Findings,
        known: Known,
        *,
        threshold: float | None,
        replay: ReplayOutcome | None = None,
        batches: bool = False,
        missing: Iterable[NotProven] = (),
    ) -> Summary:
        """Return what a run comes to.

        Args:
            facts: What there is besides its counts and its findings.
            findings: What was found.
            known: What was known beforehand.
            threshold: The minimum of the contract that must be seen, percent; None: that of the settings.
            replay: Of a replay, whether its finding has shown.
            batches: Whether what showed a finding was played, and nothing else.
            missing: What else was not shown.
        """
        counts, contract = self.counts, self._contract
        found = without_known_values(findings.at_the_end(interrupted=facts.untried), counts, contract)
        beside = beside_not_proven(facts.beside, _explained(found, known))
        facts = replace(facts, not_proven=(*facts.not_proven, *beside))
        whole = facts.whole
        return Summary(
            seed=facts.seed,
            exchanges=tallies.exchanges(counts),
            seconds=facts.seconds,
            answers=tuple(tally for tally in tallies.answers(counts, contract) if whole or tally.cases or tally.seen),
            laws=tuple(tally for tally in _judged(facts.laws, findings.unjudged) if whole or tally.judged),
            findings=found,
            not_proven=(*missing, *self._not_proven(facts, findings, threshold, replay, batches=batches)),
            target_failure=facts.target_failure,
            harness_failure=facts.harness_failure,
            by_machine=facts.by_machine,
            interrupted=facts.interrupted,
            pacts=facts.pacts,
            log=facts.log if facts.target_failure or facts.harness_failure or findings.broken else (),
            coverage=self._coverage.coverage(),
            known=known.tallies(found, whole=facts.ran_whole),
            whole=facts.ran_whole,
            replay=replay,
            notes=(
                *notes_on(contract),
                *facts.notes,
                *callbacks.notes(counts, contract),
                *attempts.notes(counts, contract),
                *refusals.notes(counts, contract),
                *fractions.notes(counts),
                *unsettled.notes(counts, contract),
                *(f"law {law.name}: {why}" for law, why in _unjudged(facts) if law.severity is Severity.WARNING),
                *known_values.notes(counts, contract),
            ),
        )

    def _not_proven(
        self, facts: Facts, findings: Findings, threshold: float | None, replay: ReplayOutcome | None, *, batches: bool
    ) -> tuple[NotProven, ...]:
        if replay is not None and not replay.reproduced and not facts.cut:
            why = "It depends on something that the replay file does not have, or the target has changed."
            tries = "1 try" if replay.tries == 1 else f"{replay.tries} tries"
            return (NotProven(f"finding {replay.finding}", f"Not reproduced in {tries}. {why}"),)
        counts, contract = self.counts, self._contract
        busy = [too_busy(facts.busy)] if facts.busy else []
        if batches:
            return (*busy, *(() if tallies.exchanges(counts) else (NotProven("exchanges", "No exchange was made."),)))
        whole, hopeless = facts.ran_whole, hopeless_operations(counts)
        if threshold is None and whole:
            threshold = contract.settings.coverage_threshold
        short = [] if facts.cut else short_of(self._coverage.coverage(), threshold)
        missing = list(facts.not_proven)
        quiet = {*callbacks.silent(counts, contract), *contract.settings.world.session_services}
        if facts.began and whole:
            quiet |= {*contract.settings.world.upstreams} - facts.called
        if facts.began:
            missing += self._of_what_began(facts, findings, quiet)
        told = tallies.not_proven(counts, contract, whole=whole, silent=quiet, hopeless=hopeless)
        signing_in = sign_in_not_proven(contract) if facts.whole else ()
        unusable = (*unusable_not_proven(contract),) if facts.whole else ()
        unwritten = unwritten_not_proven(contract) if facts.reads_only else ()
        unwatched = unwatched_not_proven(contract) if facts.whole else ()
        found = (*told, *signing_in, *unusable, *unwritten, *unwatched, *busy, *missing, *short)
        return tuple(sorted(found, key=lambda item: item.weight))

    def _of_what_began(self, facts: Facts, findings: Findings, quiet: set[str]) -> list[NotProven]:
        """Return what was not shown of a target that was ready."""
        counts, contract = self.counts, self._contract
        whole, hopeless = facts.ran_whole, hopeless_operations(counts)
        absent = ids.absent(counts, contract)
        missing = [
            *valid_requests.not_proven(counts, self.shown, contract, absent),
            *callbacks.not_proven(counts, contract, whole=whole, unexplained=facts.unexplained, hopeless=hopeless),
            *(line for name, line in absent.items() if name not in hopeless),
            *urls.not_proven(counts, contract),
            *attempts.not_proven(counts, contract, whole=whole, hopeless=hopeless),
            *object_states.not_proven(counts, contract),
            *unsettled.not_proven(counts, contract),
            *(NotProven(f"law {law.name}", why) for law, why in _unjudged(facts) if law.severity is Severity.ERROR),
            *guesses_not_proven(contract, findings.guesses()),
        ]
        if whole:
            missing += uncalled(contract, facts.called, hopeless)
        if whole and tallies.exchanges(counts):
            declared = tallies.answers(counts, contract)
            missing += looked_at.not_proven(counts, contract, declared, quiet=quiet, hopeless=hopeless)
            missing += parameters.not_proven(counts, contract, hopeless)
            missing += keys.not_proven(counts, contract, hopeless)
            missing += ids.theirs_not_proven(counts, contract, hopeless)
        return missing
