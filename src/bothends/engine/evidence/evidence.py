"""The evidence of a run: all that it has seen, as counts, and what follows from the whole of it.

The parts of a run have one each. Joined, they are the evidence of one run, and are summed up as that is.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from bothends.engine.evidence.attempts import AttemptTallies
from bothends.engine.evidence.callbacks import CallbackTallies
from bothends.engine.evidence.fractions import FractionTallies
from bothends.engine.evidence.keys import KeyTallies
from bothends.engine.evidence.known_values import KnownValues, without_known_values
from bothends.engine.evidence.looked_at import LookedAt, uncalled
from bothends.engine.evidence.object_states import StateTallies
from bothends.engine.evidence.parameters import ParameterTallies
from bothends.engine.evidence.refusals import RefusalTallies
from bothends.engine.evidence.tallies import CoverageMeter, RunTallies, short_of
from bothends.engine.evidence.unsettled import UnsettledTallies
from bothends.engine.evidence.urls import UrlTallies
from bothends.engine.evidence.valid_requests import ValidRequests
from bothends.engine.exchanges.keyed import beside_not_proven
from bothends.engine.exchanges.known_ids import KnownIds, theirs_not_proven
from bothends.engine.findings.findings import guesses_not_proven
from bothends.engine.retries import too_busy
from bothends.engine.work import (
    notes_on,
    sign_in_not_proven,
    unusable_not_proven,
    unwatched_not_proven,
    unwritten_not_proven,
)
from bothends.laws import judged_laws
from bothends.laws.law import before, law_of
from bothends.records import LawTally, NotProven, PactTally, ReplayOutcome, Severity, Summary

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

    from bothends.contract import Contract
    from bothends.engine.events import Event
    from bothends.engine.evidence.joining import Joined
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
        tallies: The answers, the faults, and what was left out.
        coverage: What of the contract was seen.
        callbacks: What was seen of each callback.
        attempts: What became of events whose ingest failed.
        looked_at: What was tried at all.
        keys: What was seen of keys.
        urls: Requests with URLs that lead nowhere.
        parameters: The values that parameters had.
        valid_requests: What came of valid requests.
        states: What came of requests for objects that were there, and in another state.
        known_values: Which values of which members are taken.
        refusals: What came of requests that are refused where no refusal is declared.
        fractions: What came of requests with an integer that is written `1.0`.
        unsettled: What came of requests whose status may be due to what others had done.
        ids: The objects that were known on the target; None: it was not ready.
    """

    def __init__(self, contract: Contract) -> None:
        """Begin with nothing seen."""
        self._contract = contract
        self.tallies = RunTallies(contract.operations, contract.document.location)
        self.coverage = CoverageMeter(contract.operations)
        self.callbacks = CallbackTallies(contract)
        self.attempts = AttemptTallies(contract)
        self.looked_at = LookedAt(contract)
        self.keys = KeyTallies(contract)
        self.urls = UrlTallies(contract)
        self.parameters = ParameterTallies(contract)
        self.valid_requests = ValidRequests(contract)
        self.states = StateTallies(contract)
        self.known_values = KnownValues(contract)
        self.refusals = RefusalTallies(contract)
        self.fractions = FractionTallies(contract)
        self.unsettled = UnsettledTallies(contract)
        self.ids: KnownIds | None = None

    @property
    def listeners(self) -> tuple[Callable[[Event], None], ...]:
        """What listens to the events of a run."""
        counting = (
            self.valid_requests,
            self.known_values,
            self.tallies,
            self.coverage,
            self.callbacks,
            self.attempts,
            self.looked_at,
            self.keys,
            self.urls,
            self.parameters,
            self.states,
            self.refusals,
            self.fractions,
            self.unsettled,
        )
        return tuple(each.handle for each in counting)

    @property
    def parts(self) -> Mapping[str, Joined]:
        """All that counts, by its name."""
        counting: dict[str, Joined] = {
            name: part for name, part in vars(self).items() if not name.startswith("_") and name != "ids"
        }
        return counting if self.ids is None else {**counting, "ids": self.ids}

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
        found = without_known_values(findings.at_the_end(interrupted=facts.untried), self.known_values)
        beside = beside_not_proven(facts.beside, _explained(found, known))
        facts = replace(facts, not_proven=(*facts.not_proven, *beside))
        whole = facts.whole
        return Summary(
            seed=facts.seed,
            exchanges=self.tallies.exchanges,
            seconds=facts.seconds,
            answers=tuple(tally for tally in self.tallies.answers() if whole or tally.cases or tally.seen),
            laws=tuple(tally for tally in _judged(facts.laws, findings.unjudged) if whole or tally.judged),
            findings=found,
            not_proven=(*missing, *self._not_proven(facts, findings, threshold, replay, batches=batches)),
            target_failure=facts.target_failure,
            harness_failure=facts.harness_failure,
            by_machine=facts.by_machine,
            interrupted=facts.interrupted,
            pacts=facts.pacts,
            log=facts.log if facts.target_failure or facts.harness_failure or findings.broken else (),
            coverage=self.coverage.coverage(),
            known=known.tallies(found, whole=facts.ran_whole),
            whole=facts.ran_whole,
            replay=replay,
            notes=(
                *notes_on(self._contract),
                *facts.notes,
                *self.callbacks.notes(),
                *self.attempts.notes(),
                *self.refusals.notes(),
                *self.fractions.notes(),
                *self.unsettled.notes(),
                *(f"law {law.name}: {why}" for law, why in _unjudged(facts) if law.severity is Severity.WARNING),
                *self.known_values.notes(),
            ),
        )

    def _not_proven(
        self, facts: Facts, findings: Findings, threshold: float | None, replay: ReplayOutcome | None, *, batches: bool
    ) -> tuple[NotProven, ...]:
        if replay is not None and not replay.reproduced and not facts.cut:
            why = "It depends on something that the replay file does not have, or the target has changed."
            tries = "1 try" if replay.tries == 1 else f"{replay.tries} tries"
            return (NotProven(f"finding {replay.finding}", f"Not reproduced in {tries}. {why}"),)
        busy = [too_busy(facts.busy)] if facts.busy else []
        if batches:
            return (*busy, *(() if self.tallies.exchanges else (NotProven("exchanges", "No exchange was made."),)))
        contract, whole, hopeless = self._contract, facts.ran_whole, self.valid_requests.hopeless
        if threshold is None and whole:
            threshold = contract.settings.coverage_threshold
        short = [] if facts.cut else short_of(self.coverage.coverage(), threshold)
        missing = list(facts.not_proven)
        quiet = {*self.callbacks.silent, *contract.settings.world.session_services}
        if facts.began and whole:
            quiet |= {*contract.settings.world.upstreams} - facts.called
        if facts.began:
            missing += self._of_what_began(facts, findings, quiet)
        told = self.tallies.not_proven(whole=whole, silent=quiet, hopeless=hopeless)
        signing_in = sign_in_not_proven(contract) if facts.whole else ()
        unusable = (*unusable_not_proven(contract),) if facts.whole else ()
        unwritten = unwritten_not_proven(contract) if facts.reads_only else ()
        unwatched = unwatched_not_proven(contract) if facts.whole else ()
        found = (*told, *signing_in, *unusable, *unwritten, *unwatched, *busy, *missing, *short)
        return tuple(sorted(found, key=lambda item: item.weight))

    def _of_what_began(self, facts: Facts, findings: Findings, quiet: set[str]) -> list[NotProven]:
        """Return what was not shown of a target that was ready."""
        contract, whole, hopeless = self._contract, facts.ran_whole, self.valid_requests.hopeless
        missing = [
            *self.valid_requests.not_proven(self.callbacks.absent_ids(self.ids)),
            *self.callbacks.not_proven(whole=whole, unexplained=facts.unexplained, ids=self.ids, hopeless=hopeless),
        ]
        missing += self.urls.not_proven()
        missing += self.attempts.not_proven(whole=whole, hopeless=hopeless)
        missing += self.states.not_proven()
        missing += self.unsettled.not_proven()
        missing += [
            NotProven(f"law {law.name}", why) for law, why in _unjudged(facts) if law.severity is Severity.ERROR
        ]
        missing += guesses_not_proven(contract, findings.guesses())
        if whole:
            missing += uncalled(contract, facts.called, hopeless)
            if self.tallies.exchanges and self.ids is not None:
                missing += self.looked_at.not_proven(self.tallies.answers(), quiet=quiet, hopeless=hopeless)
                missing += self.parameters.not_proven(hopeless)
                missing += self.keys.not_proven(hopeless)
                missing += theirs_not_proven(contract, self.ids, hopeless)
        return missing
