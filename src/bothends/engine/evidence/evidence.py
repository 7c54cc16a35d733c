"""The evidence of a run: all that it has seen, as counts, and what follows from the whole of it.

The parts of a run have one each. Joined, they are the evidence of one run, and are summed up as that is.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from bothends.engine.counts import Counts
from bothends.engine.events import ExchangeJudged
from bothends.engine.evidence import (
    attempts,
    callbacks,
    fractions,
    ids,
    keys,
    known_values,
    looked_at,
    no_room,
    object_states,
    parameters,
    refusals,
    signing_in,
    tallies,
    transitions,
    undeclared_methods,
    unsettled,
    urls,
    valid_requests,
)
from bothends.engine.evidence.attempts import AttemptNotes
from bothends.engine.evidence.beside import beside_not_proven
from bothends.engine.evidence.callbacks import CallbackNotes
from bothends.engine.evidence.coverage import CoverageMeter, short_of
from bothends.engine.evidence.facts import unjudged_laws
from bothends.engine.evidence.histories import histories_not_proven, notes_on_histories
from bothends.engine.evidence.known_values import KnownValues, without_known_values
from bothends.engine.evidence.looked_at import uncalled
from bothends.engine.evidence.not_tested import (
    notes_on,
    unusable_not_proven,
    unwatched_not_proven,
    unwritten_not_proven,
)
from bothends.engine.evidence.sign_in import sign_in_not_proven
from bothends.engine.evidence.signing_in import without_wrong_credentials
from bothends.engine.evidence.valid_requests import hopeless_operations
from bothends.engine.judge import guesses_not_proven, too_busy
from bothends.laws import before, judged_laws, law_of
from bothends.records import LATER, LawTally, NotProven, ReplayOutcome, Severity, Summary, count_of, were

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from bothends.contract import Contract
    from bothends.engine.events import Event
    from bothends.engine.evidence.facts import Facts
    from bothends.engine.evidence.valid_requests import Shown
    from bothends.engine.judge import Findings, Known
    from bothends.records import Breach, Finding, Instance


def _explained(found: Iterable[Finding], known: Known) -> frozenset[str]:
    """Return the laws of the errors that break the contract, and those whose breach may follow from one of them."""
    errors = {f.breach.law for f in found if f.breach.severity is Severity.ERROR and not known.lived_with(f)}
    return frozenset(errors.union(law.name for law in judged_laws() if not errors.isdisjoint(before(law))))


def _accused(found: Iterable[Finding]) -> frozenset[tuple[str, str]]:
    """Return the cases, each with its operation, of which an error says that their answer is not the promised one."""
    told = ((one, instance) for f in found for one, instance in _instances(f) if one.severity is Severity.ERROR)
    return frozenset((each.operation, each.case) for one, each in told if law_of(one.law).tells_status)


def _instances(finding: Finding) -> Iterator[tuple[Breach, Instance]]:
    """Yield what a finding has shown, and what follows from it elsewhere, each with a breach that shows it."""
    yield from ((finding.breach, instance) for instance in finding.instances)
    yield from ((one.breach, one.instance) for one in finding.apart)


def not_retried(found: Iterable[Finding]) -> Iterator[str]:
    """Yield how many findings were not retried as others came first, if any: once, and not at each."""
    if count := sum(one.untried == LATER for one in found):
        yield (
            f"{count_of(count, 'finding')} {were(count)} not retried: the first of each group come first, as far as"
            " there is time; `bothends replay ID` retries one"
        )


def _judged(tallies: Iterable[LawTally], unjudged: Mapping[str, int]) -> Iterator[LawTally]:
    """Yield how laws have fared, without what says nothing: no valid request of the operation ever succeeds."""
    for tally in tallies:
        count = min(unjudged.get(tally.law, 0), tally.broken)
        yield replace(tally, judged=tally.judged - count, broken=tally.broken - count)


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
        for count in (ids.note, looked_at.note, keys.note, urls.note, parameters.note, transitions.note):
            count(counts, operation, exchange)
        for noted in (self._coverage, self._callbacks, self._attempts):
            noted.note(operation, exchange)
        no_room.note(counts, operation, event)
        if event.late:
            return  # what it was answered is counted
        for count in (object_states.note, refusals.note, fractions.note, undeclared_methods.note):
            count(counts, operation, exchange)
        valid_requests.note(counts, self.shown, operation, exchange)
        self.known_values.note(operation, exchange)
        signing_in.note(counts, operation, exchange)
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
        found = without_wrong_credentials(found, contract)
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
            events=callbacks.tallies(counts, contract),
            not_proven=(
                *missing,
                *self._not_proven(facts, findings, _accused(found), threshold, replay, batches=batches),
            ),
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
                *notes_on_histories(contract),
                *facts.notes,
                *not_retried(found),
                *tallies.notes(counts),
                *callbacks.notes(counts, contract),
                *attempts.notes(counts, contract),
                *refusals.notes(counts, contract),
                *ids.notes(counts, contract),
                *object_states.notes(counts, contract),
                *fractions.notes(counts),
                *undeclared_methods.notes(counts, contract),
                *unsettled.notes(counts, contract),
                *(f"law {law.name}: {why}" for law, why in unjudged_laws(facts) if law.severity is Severity.WARNING),
                *known_values.notes(counts, contract),
                *signing_in.notes(counts, contract),
            ),
        )

    def _not_proven(  # noqa: PLR0913 -- what a run comes to
        self,
        facts: Facts,
        findings: Findings,
        accused: frozenset[tuple[str, str]],
        threshold: float | None,
        replay: ReplayOutcome | None,
        *,
        batches: bool,
    ) -> tuple[NotProven, ...]:
        busy = [too_busy(facts.busy)] if facts.busy else []
        if replay is not None and not replay.reproduced and not facts.cut:
            why = "It depends on something that the replay file does not have, or the target has changed."
            if busy:
                why = "This machine was too busy to tell: replay it when it has less to do."
            tries = count_of(replay.tries, "try")
            return (NotProven(f"finding {replay.finding}", f"Not reproduced in {tries}. {why}"), *busy)
        counts, contract = self.counts, self._contract
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
            missing += self._of_what_began(facts, findings, accused, quiet)
        told = tallies.not_proven(counts, contract, whole=whole, silent=quiet, hopeless=hopeless)
        signing_in = sign_in_not_proven(contract) if facts.whole else ()
        unusable = (*unusable_not_proven(contract),) if facts.whole else ()
        unwritten = unwritten_not_proven(contract) if facts.reads_only else ()
        unwatched = unwatched_not_proven(contract) if facts.whole else ()
        promised = histories_not_proven(counts, contract, whole=facts.whole)
        found = (*told, *signing_in, *unusable, *unwritten, *unwatched, *promised, *busy, *missing, *short)
        # What several operations send is declared once, and told once.
        return tuple(sorted(dict.fromkeys(found), key=lambda item: item.weight))

    def _of_what_began(
        self, facts: Facts, findings: Findings, accused: frozenset[tuple[str, str]], quiet: set[str]
    ) -> list[NotProven]:
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
            *object_states.not_proven(counts, contract, whole=whole),
            *unsettled.not_proven(counts, contract, accused),
            *no_room.not_proven(counts, contract, hopeless),
            *(
                NotProven(f"law {law.name}", why)
                for law, why in unjudged_laws(facts)
                if law.severity is Severity.ERROR and (not law.needs_success or valid_requests.has_success(counts))
            ),
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
            missing += transitions.not_proven(counts, contract, hopeless)
        return missing
