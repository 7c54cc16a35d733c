"""Gathers breaches into findings: one for each root cause, with what follows from it, the worst first."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, NamedTuple

from bothends.engine.judge.cause_keys import CauseKeys
from bothends.engine.judge.groups import FindingGroup, Key, Refusals, group_consequences, says_nothing, truncated
from bothends.engine.judge.identity import instance_of
from bothends.laws import FindingContext
from bothends.records import (
    INTERRUPTED,
    NO_CASE,
    Apart,
    Consequence,
    Finding,
    Severity,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

    from bothends.engine.play import Batch
    from bothends.records import Breach, Case, Cause, Exchange, Instance


MOST = 100
"""Causes kept: a target that is wrong everywhere needs no longer list."""

NAMED = 4
"""Cases of a finding that are named."""

FILED = 50
"""Instances of a finding that can be replayed each by itself, at most."""

_REMEMBERED = 256


@dataclass(frozen=True, slots=True)
class TrackedFinding:
    """A finding and what it takes to see it again.

    Attributes:
        finding: With all that is told of it.
        batch: The batch that showed it.
        only: What `--only` would be told to see it again, where it takes more than batches; else empty.
        before: Batches that were played before that batch, in case it depends on them.
    """

    finding: Finding
    batch: Batch
    only: str = ""
    before: tuple[Batch, ...] = ()

    @property
    def whole(self) -> tuple[Batch, ...]:
        """All that was played when it was seen."""
        batches = (*self.before, *self.batch.prelude, self.batch)
        return tuple(step for batch in batches for step in batch.steps)


class Taken(NamedTuple):
    """What became of a breach that was counted.

    Attributes:
        finding: Its finding, when it is the first of its cause that is no guess; else None.
        instance: Which instance it is.
        filed: Whether what shows it is to be kept: it is the first of its instance, or of its finding.
    """

    finding: Finding | None
    instance: Instance
    filed: bool


class Findings:
    """All findings of a run. What it keeps does not grow with the number of exchanges."""

    def __init__(
        self,
        accepts: Callable[[Breach, Instance], bool] = lambda _, __: False,
        *,
        finding_context: FindingContext | None = None,
        replayed: str = "",
        refusals: Callable[[str], Refusals] = lambda _: Refusals(),
    ) -> None:
        """Start with none.

        Args:
            accepts: Whether an instance is known beforehand, and breaks nothing.
            finding_context: By which the traits of exchanges are read; None: there is nothing but an ingest.
            replayed: ID of a finding that is replayed, which stands for itself whatever else is broken with it.
            refusals: Returns how requests of an operation were answered so far, where no valid one has succeeded.
        """
        self._refusals = refusals
        self._waiting: set[Key] = set()
        self._finding_context = finding_context or FindingContext()
        self._replayed = replayed
        self._groups: dict[Key, FindingGroup] = {}
        self._keys = CauseKeys(accepts, self._groups)
        self._settled: dict[Key, Finding] = {}
        self._untried: dict[Key, str] = {}
        self._recent: dict[tuple[int, str], list[Key]] = {}
        self._reported: set[Key] = set()
        self._alone: dict[str, tuple[int, int]] = {}
        self._newest = 0
        self.left_out = 0

    @property
    def replayed(self) -> str:
        """ID of the finding that is replayed; empty: none is."""
        return self._replayed

    def add(self, breach: Breach, batch: Batch, only: str = "", before: Iterable[Batch] = ()) -> Finding | None:
        """Count a breach; return its finding when it is the first of its law and cause that is no guess."""
        return self.take(breach, batch, only, before).finding

    def take(self, breach: Breach, batch: Batch, only: str = "", before: Iterable[Batch] = ()) -> Taken:
        """Count a breach.

        Args:
            breach: What was broken.
            batch: The batch that showed it.
            only: What `--only` would be told to see it again, where it takes more than batches.
            before: Batches that were played before.
        """
        case = breach.exchange.planned if breach.exchange is not None else _case_in(batch)
        instance = instance_of(breach, case)
        key = self._keys.key_of(breach, instance)
        # Where a thing has a world of its own, it numbers its exchanges anew.
        self._newest = self._newest if breach.exchange is None or only else breach.exchange.number
        group = self._groups.get(key)
        if group is None:
            if sum(one.accepted is key.accepted for one in self._groups) >= MOST:
                self.left_out += 1
                return Taken(None, instance, filed=False)
            group = self._groups[key] = FindingGroup(
                key, Finding(instance.id, truncated(breach), case, 0), batch, only, first=self._newest
            )
        new = group.take(breach, case, instance, batch, only, before, self._finding_context)
        if breach.exchange is not None:
            self._note(group, breach.exchange, only)
        if self._is_guess(group):
            return Taken(None, instance, filed=False)
        if self._says_nothing(group):
            if key not in self._reported:
                self._waiting.add(key)
            return Taken(None, instance, filed=False)
        filed = case != NO_CASE and (key not in self._reported or (new and len(group.instances) <= FILED))
        finding = None if key in self._reported else group.finding
        self._reported.add(key)
        return Taken(finding, instance, filed)

    def now_known(self) -> list[TrackedFinding]:
        """Return the findings that said nothing when they were seen, as no valid request had succeeded, and do now."""
        groups = [self._groups[key] for key in self._waiting if key in self._groups]
        known = [group for group in groups if not (self._is_guess(group) or self._says_nothing(group))]
        self._waiting.difference_update(group.key for group in known)
        new = [group for group in known if group.key not in self._reported]
        self._reported.update(group.key for group in new)
        return [TrackedFinding(group.finding, group.batch, group.only, group.before) for group in new]

    def _says_nothing(self, group: FindingGroup) -> bool:
        """Whether it says nothing, as no valid request of its operation succeeds; what is replayed was a finding."""
        return self._replayed not in group.instances and says_nothing(group, self._refusals(group.key.operation))

    def untold(self) -> list[TrackedFinding]:
        """Return what says nothing here, and may say something where all parts of the run are joined."""
        return [self._tracked([group]) for group in self._groups.values() if self._says_nothing(group)]

    @property
    def unjudged(self) -> Mapping[str, int]:
        """In how many exchanges each law is broken that says nothing: no valid request of the operation succeeds."""
        counts: Counter[str] = Counter()
        for group in self._groups.values():
            if self._says_nothing(group):
                counts[group.law.name] += group.exchanges
        return counts

    @property
    def _telling(self) -> list[FindingGroup]:
        """The causes that say something."""
        return [group for group in self._groups.values() if not self._says_nothing(group)]

    def repeated_alone(self, finding: str, *, shown: bool) -> None:
        """Take whether a finding appeared when its request was repeated with nothing beside it."""
        appeared, tried = self._alone.get(finding, (0, 0))
        self._alone[finding] = appeared + shown, tried + 1

    def _is_guess(self, group: FindingGroup) -> bool:
        """Whether all that is known of it is a guess; what is replayed was a finding before."""
        return group.by_guess and self._replayed not in group.instances

    def _note(self, group: FindingGroup, exchange: Exchange, only: str) -> None:
        """Count which causes are shown by one and the same exchange, which is known by its number."""
        broken = self._recent.setdefault((exchange.number, only), [])
        if group.key in broken:
            return
        group.exchanges += 1
        for other in broken:
            group.beside[other] += 1
            self._groups[other].beside[group.key] += 1
        broken.append(group.key)
        while len(self._recent) > _REMEMBERED:
            del self._recent[next(iter(self._recent))]

    def settle(self, finding: Finding) -> Finding:
        """Take what examining a finding has come to; what else is told of it stays what it is."""
        self._settled[self._key_of(finding)] = finding
        return next(tracked.finding for tracked in self.ranked() if tracked.finding.id == finding.id)

    def leave_untried(self, finding: Finding, why: str) -> None:
        """Note why a finding is not examined, in words; else it stays what it is."""
        self._untried[self._key_of(finding)] = why

    def _key_of(self, finding: Finding) -> Key:
        return next(key for key, group in self._groups.items() if finding.id in group.instances)

    @property
    def groups(self) -> tuple[FindingGroup, ...]:
        """All causes, in the order in which they were found."""
        return tuple(self._groups.values())

    @property
    def settled(self) -> tuple[Finding, ...]:
        """What examining findings has come to."""
        return tuple(self._settled.values())

    def join(self, groups: Iterable[FindingGroup], settled: Iterable[Finding]) -> set[str]:
        """Take what another part of the run has found; return the IDs of findings of which that part shows most.

        Args:
            groups: Its causes.
            settled: What examining findings has come to there.
        """
        groups = self._keys.renamed(groups)
        there = {g.key: finding for finding in settled for g in groups if finding.id in g.instances}
        taken: set[str] = set()
        for group in groups:
            ours = self._groups.get(group.key)
            better = True
            if ours is None:
                ours = self._groups[group.key] = group
            else:
                better = ours.join(group)
            known, other = self._settled.get(group.key), there.get(group.key)
            if other is not None and (known is None or _certainty(other) > _certainty(known)):
                self._settled[group.key] = other
                taken.add(other.id)
            elif known is None and other is None and better:
                taken.add(ours.finding.id)
        ordered = sorted(self._groups.items(), key=lambda one: one[1].first)
        kept: Counter[bool] = Counter()
        self._groups.clear()
        for key, group in ordered:
            kept[key.accepted] += 1
            if kept[key.accepted] <= MOST:
                self._groups[key] = group
            else:
                self.left_out += 1
        return taken

    def shown_by(self, batches: Mapping[str, tuple[Batch, ...]]) -> None:
        """Take the batches that show findings, by their IDs, in the order in which they were played.

        What another part has found comes without them.
        """
        for group in self._groups.values():
            settled = self._settled.get(group.key, group.finding)
            *before, last = batches.get(settled.id) or (None,)
            if last is None:
                continue
            if group.batch.prelude:
                group.batch = replace(last, prelude=tuple(before))
            else:
                group.batch, group.before = last, tuple(before)

    def guesses(self) -> list[TrackedFinding]:
        """Return what would be broken if each event were of the exchange that it was tied to by a guess."""
        telling = self._telling
        parents = group_consequences(telling, self._replayed)
        guessed = (s for s in telling if s.key not in parents and self._is_guess(s))
        return [self._tracked([group]) for group in guessed]

    def ranked(self) -> list[TrackedFinding]:
        """Return all findings with their batches, the worst first, then in the order they were found."""
        telling = self._telling
        parents = group_consequences(telling, self._replayed)
        grouped: dict[Key, list[FindingGroup]] = {s.key: [s] for s in telling if s.key not in parents}
        for key, parent in parents.items():
            grouped[parent].append(self._groups[key])
        told = [self._tracked(members) for members in grouped.values() if not self._is_guess(members[0])]
        return sorted(told, key=lambda h: h.finding.breach.severity is Severity.WARNING)

    def _tracked(self, members: Sequence[FindingGroup]) -> TrackedFinding:
        """Return the finding of a cause, and of those that follow from it."""
        main = members[0]
        alike = [group for group in members if group.key.law == main.key.law]
        # What says nothing of its variety is of the same cause, and has IDs of its own.
        same = [group for group in alike if group.key.whatever_variety == main.key.whatever_variety]
        labels = list(dict.fromkeys(label for group in alike for label in group.told_labels))
        named = _varied(labels, main.finding.case.label)
        finding = replace(
            main.finding,
            count=sum(group.finding.count for group in alike),
            cases=tuple(named),
            more_cases=len(labels) - len(named),
            alone=self._alone.get(main.finding.id, (0, 0)),
            untried=self._untried.get(main.key, ""),
            consequences=_consequences(
                [group for group in members if group.key.law != main.key.law and not self._is_guess(group)]
            ),
            instances=_in_order(instance for group in same for instance in group.told_apart),
            apart=tuple(_apart(main, [group for group in members if group not in same])),
        )
        settled = self._settled.get(main.key)
        if settled is not None:
            finding = replace(
                finding,
                id=settled.id,
                breach=settled.breach,
                case=settled.case,
                smaller=settled.smaller,
                reproduced=settled.reproduced,
                alone=settled.alone,
                used_up=settled.used_up,
                untried=settled.untried,
                history=settled.history,
                log=settled.log,
            )
        return TrackedFinding(finding, main.batch, main.only, main.before)

    def at_the_end(self, *, interrupted: bool) -> tuple[Finding, ...]:
        """Return all findings in their order, as a run's summary has them.

        Args:
            interrupted: Whether a person stopped the run before each was retried: what was not, says so.
        """
        found = [tracked.finding for tracked in self.ranked()]
        tried = {finding.id for finding in self._settled.values()}
        return tuple(
            replace(one, untried=INTERRUPTED)
            if interrupted and one.replayable and not one.untried and one.id not in tried
            else one
            for one in found
        )

    @property
    def broken(self) -> bool:
        """Whether any finding is an error that is not accepted."""
        errors = (h.finding for h in self.ranked() if h.finding.breach.severity is Severity.ERROR)
        return any(not self._keys.is_accepted(one.breach, instance) for one in errors for instance in one.instances)


def _certainty(finding: Finding) -> int:
    """Return how much is known of a finding that was examined: that it shows again, or at least that it was tried."""
    return (None, False, True).index(finding.reproduced)


def _varied(labels: Sequence[str], first: str) -> list[str]:
    """Return a few cases: the one that is shown, then of as many families as there are."""
    families: dict[str, str] = {}
    for label in labels:
        families.setdefault(label.partition("/")[0], label)
    return list(dict.fromkeys([*([first] if first in labels else []), *families.values(), *labels]))[:NAMED]


def _consequences(groups: Sequence[FindingGroup]) -> tuple[Consequence, ...]:
    """Return one consequence for each law, told by the cause that was seen most often.

    Each pact that is broken is one as well: its consumer must be told, with what was promised there.
    """
    told: dict[tuple[str, Cause | None], list[Finding]] = {}
    for group in sorted(groups, key=lambda s: -s.finding.count):
        law, cause = group.key.law, group.key.cause
        told.setdefault((law, cause if group.law.restates else None), []).append(group.finding)
    return tuple(_consequence(own) for own in told.values())


def _in_order(instances: Iterable[Instance]) -> tuple[Instance, ...]:
    return tuple(sorted(instances, key=lambda one: (one.case, one.status, one.id)))


def _apart(main: FindingGroup, followers: Sequence[FindingGroup]) -> Iterator[Apart]:
    """Yield what follows from a cause and shows elsewhere too: it is not accepted by what accepts the cause."""
    for group in followers:
        if group.beside[main.key] < group.exchanges or not group.exchanges:
            breach = replace(group.finding.breach, exchange=None)
            yield from (Apart(breach, instance) for instance in group.told_apart)


def _consequence(found: Sequence[Finding]) -> Consequence:
    breach = found[0].breach
    return Consequence(breach.law, breach.summary, sum(f.count for f in found), breach.expected, breach.actual)


def _case_in(batch: Batch) -> Case:
    # A phantom belongs to no case: the batch in which it arrived is the best that can be named.
    return replace(batch.cases[0], origin=None) if batch.cases else NO_CASE
