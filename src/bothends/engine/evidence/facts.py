"""What a run, or a part of it, has come to besides its counts and its findings."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from bothends.laws import law_of
from bothends.records import count_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

    from bothends.laws import Law
    from bothends.records import LawTally, NotProven, PactTally


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
        unjudged: Laws that had cases, and nothing to judge in any of them: for each reason, the number of these.
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
    unjudged: tuple[tuple[str, str, int], ...] = ()
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


def _added(
    ours: Iterable[tuple[str, str, int]], theirs: Iterable[tuple[str, str, int]]
) -> tuple[tuple[str, str, int], ...]:
    counts: Counter[tuple[str, str]] = Counter()
    for name, reason, count in (*ours, *theirs):
        counts[name, reason] += count
    return tuple((name, reason, count) for (name, reason), count in counts.items())


def unjudged_laws(facts: Facts) -> list[tuple[Law, str]]:
    """Return the laws that had cases and nothing to judge, in all parts of a run, each with what is to be told."""
    judged = {tally.law for tally in facts.laws if tally.judged}
    missing: dict[str, dict[str, int]] = {}
    for name, reason, count in facts.unjudged:
        if name not in judged:
            missing.setdefault(name, {})[reason] = count
    return [(law_of(name), _unjudged(reasons)) for name, reasons in missing.items()]


def _unjudged(reasons: Mapping[str, int]) -> str:
    """Return, for a person to read, why nothing was judged in cases: of several reasons, each with its number."""
    count = sum(reasons.values())
    told = [
        reason if len(reasons) == 1 else f"{reason} ({times:,} of {count:,})"
        for reason, times in sorted(reasons.items(), key=lambda each: (-each[1], each[0]))
    ]
    was = "was" if count == 1 else "were"
    return f"{count_of(count, 'case')} of it {was} played, and it had nothing to judge: {'; '.join(told)}."


def _by_name(ours: tuple[Any, ...], theirs: tuple[Any, ...], name: Callable[[Any], str], counts: Sequence[str]) -> Any:
    """Return two lists of tallies as one, the counts of those of one name added."""
    found = {name(one): one for one in ours}
    for one in theirs:
        known = found.get(name(one))
        sums = {} if known is None else {count: getattr(known, count) + getattr(one, count) for count in counts}
        found[name(one)] = one if known is None else replace(known, **sums)
    return tuple(found.values())
