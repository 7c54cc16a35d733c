"""A cause as a run gathers it: how often, in which cases, beside which others, and what it takes to see it again."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field, replace
from hashlib import blake2s
from typing import TYPE_CHECKING, NamedTuple

from bothends.laws import BODY, Area, Precedence, Scope, directness, exchange_traits, law_of, place_of
from bothends.records import Claim, Severity, TiedBy, are_alike

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from bothends.engine.play import Batch
    from bothends.laws import ExchangeTraits, FindingContext, Law
    from bothends.records import Breach, Case, Cause, Finding, Instance


MOST_CASES = 1000
"""Cases of a cause that are told apart; of more than these it is only known that there are more."""


TRUNCATED_BYTES = 1 << 16
"""What is kept of the body of an answer that a finding shows."""

_MOST_BODIES = 256
"""Bodies of requests that are told apart: few cases of one variety have others."""


class Key(NamedTuple):
    """What causes are told apart by.

    Attributes:
        law: The law's name.
        cause: By what it is broken.
        operation: `operationId`; empty: no operation is known to have caused it.
        accepted: Whether it is of the instances that are known and accepted: what is new is never told with them.
        variety: What tells it from what has the same cause and is mended apart; empty: nothing is known of it.
    """

    law: str
    cause: Cause
    operation: str
    accepted: bool = False
    variety: str = ""

    @property
    def whatever_variety(self) -> Key:
        """What causes have in common that differ in their variety alone."""
        return self._replace(variety="")


@dataclass(slots=True)
class FindingGroup:
    """One law, broken by one cause. Its size does not grow with the number of exchanges.

    Attributes:
        key: Law, cause, operation and variety.
        finding: As it stands now.
        batch: The batch that showed the breach that stands for all.
        only: What `--only` would be told to see it again, where it takes more than batches; else empty.
        before: Batches that were played before that batch, in case it depends on them.
        exchanges: How many exchanges broke the law by this cause.
        beside: How many of them broke another law as well, or this one by another cause.
        labels: Cases that showed it, each with the number of the first exchange that did.
        instances: Its instances, by their IDs.
        outcomes: How they were answered.
        promised: The fewest statuses that were right for one of them.
        area: What it was about.
        good: Whether a success was right for one of them, and nothing in the way of it.
        unwell: The parts of the world that were not well, when they were the same each time.
        plain: Whether nothing at all was odd about one of the requests.
        foreign: Whether all outcomes are undeclared statuses that are more specific than 500.
        right: Whether nothing but a success was right for one of the requests.
        taken: Whether each was answered 2xx where no success was right.
        let_in: Whether a caller was taken for one who is signed in.
        guessed: Whether each of the exchanges was tied to its events, or to none, by a guess.
        certain: IDs of instances and labels of cases of which it is certain that they showed it, and not another one.
        first: Where in the run it was first seen: by the number of an exchange.
        stored: By each operation that has taken all the values that break the law, how often that was so.
        bodies: Digests of what the requests had as bodies, where it has a variety.
    """

    key: Key
    finding: Finding
    batch: Batch
    only: str = ""
    before: tuple[Batch, ...] = ()
    exchanges: int = 0
    beside: Counter[Key] = field(default_factory=Counter)
    labels: dict[str, int] = field(default_factory=dict)
    instances: dict[str, Instance] = field(default_factory=dict)
    outcomes: set[str] = field(default_factory=set)
    promised: frozenset[int] = frozenset()
    area: Area = field(default_factory=Area)
    good: bool = False
    unwell: tuple[str, ...] = ()
    plain: bool = False
    foreign: bool = True
    right: bool = False
    taken: bool = False
    let_in: bool = False
    guessed: bool = True
    certain: set[str] = field(default_factory=set)
    first: int = 0
    stored: Counter[str] = field(default_factory=Counter)
    bodies: set[str] = field(default_factory=set)

    @property
    def stored_by(self) -> frozenset[str]:
        """The operations that have taken what breaks the law each time, where they had to refuse it; else none."""
        return frozenset(self.stored if self.stored.total() == self.finding.count else ())

    @property
    def law(self) -> Law:
        """The law that is broken."""
        return law_of(self.key.law)

    @property
    def cause(self) -> Cause:
        """By what it is broken."""
        return self.key.cause

    @property
    def variety(self) -> str:
        """In which variety it is broken, as words; empty: nothing is known of it."""
        return self.key.variety

    @property
    def by_guess(self) -> bool:
        """Whether nothing but a guess as to whose event it is tells of it: that makes no finding."""
        return self.guessed and self.law.needs_tie

    @property
    def told_apart(self) -> tuple[Instance, ...]:
        """Its instances as they are told: without what is uncertain or drawn at random, where others show the same.

        Neither has a name that lasts: each run that draws other requests would tell something new.
        """
        certain = [one for one in self.instances.values() if one.id in self.certain] or [*self.instances.values()]
        named = {one.status for one in certain if not one.drawn}
        return tuple(one for one in certain if not (one.drawn and one.status in named))

    @property
    def told_labels(self) -> list[str]:
        """The cases that showed it; where it is certain of some, these alone."""
        return [label for label in self.labels if label in self.certain] or list(self.labels)

    def is_of_chance_beside(self, other: FindingGroup) -> bool:
        """Whether it is the same as what is accepted, but for requests at random, or whichever of several it was."""
        key = other.key._replace(accepted=False)
        alike = other.key.accepted and self.key.whatever_variety == key.whatever_variety
        statuses = {one.status for one in other.instances.values()}
        return alike and all(
            one.id not in self.certain or (one.drawn and one.status in statuses) for one in self.instances.values()
        )

    @property
    def families(self) -> set[str]:
        """Families of the cases that showed it."""
        return {label.partition("/")[0] for label in self.labels}

    def take(  # noqa: PLR0913, PLR0917 -- all that is known of a breach
        self,
        breach: Breach,
        case: Case,
        instance: Instance,
        batch: Batch,
        only: str,
        before: Iterable[Batch],
        finding_context: FindingContext,
    ) -> bool:
        """Count a breach; let it stand for all when its request is the smallest so far.

        Returns:
            Whether its instance was not there yet.
        """
        finding = replace(self.finding, count=self.finding.count + 1)
        if finding.count == 1 or _effort(batch, breach, case, only) < _effort(
            self.batch, finding.breach, finding.case, self.only
        ):
            finding = replace(finding, id=instance.id, breach=truncated(breach), case=case, instances=(instance,))
            self.batch, self.only, self.before = batch, only, tuple(before)
        self.finding = finding
        if len(self.labels) < MOST_CASES:
            self.labels.setdefault(
                case.label, self.first if breach.exchange is None or only else breach.exchange.number
            )
        new = instance.id not in self.instances and len(self.instances) < MOST_CASES
        if new:
            self.instances[instance.id] = instance
        self.guessed = self.guessed and _guessed(breach)
        if breach.stored_by:
            self.stored[breach.stored_by] += 1
        if _vagueness(breach) == 0 and len(self.certain) < 2 * MOST_CASES:
            self.certain |= {instance.id, case.label}
        if breach.variety and len(self.bodies) < _MOST_BODIES:
            self.bodies.add(blake2s(case.request.body or b"", digest_size=8).hexdigest())
        if breach.exchange is not None:
            self._place(exchange_traits(breach.exchange, finding_context))
        return new

    def rename(self, keys: Mapping[Key, Key]) -> None:
        """Take the keys by which causes are known where parts of a run are joined."""
        self.key = keys.get(self.key, self.key)
        beside: Counter[Key] = Counter()
        for key, count in self.beside.items():
            beside[keys.get(key, key)] += count
        self.beside = beside

    def join(self, other: FindingGroup) -> bool:
        """Take what another part has gathered of the same cause; return whether its request stands for all now."""
        better = _effort(other.batch, other.finding.breach, other.finding.case, other.only) < _effort(
            self.batch, self.finding.breach, self.finding.case, self.only
        )
        count = self.finding.count + other.finding.count
        if better:
            self.batch, self.only, self.before = other.batch, other.only, other.before
        self.finding = replace(other.finding if better else self.finding, count=count)
        labels = {**other.labels, **self.labels}
        first = {
            label: min(each.get(label, number) for each in (self.labels, other.labels))
            for label, number in labels.items()
        }
        self.labels = dict(sorted(first.items(), key=lambda one: one[1])[:MOST_CASES])
        self.instances = dict(list({**self.instances, **other.instances}.items())[:MOST_CASES])
        self.first = min(self.first, other.first)
        self.exchanges += other.exchanges
        self.beside += other.beside
        self.stored += other.stored
        self.guessed = self.guessed and other.guessed
        self.certain |= other.certain
        self.bodies |= other.bodies
        if other.outcomes:
            self._join_traits(other)
        return better

    def _join_traits(self, other: FindingGroup) -> None:
        if not self.outcomes:
            self.promised, self.area, self.unwell, self.taken = other.promised, other.area, other.unwell, other.taken
        self.outcomes |= other.outcomes
        self.promised = min(self.promised, other.promised, key=_narrowness)
        self.area = min(self.area, other.area)
        self.unwell = self.unwell if self.unwell == other.unwell else ()
        self.taken = self.taken and other.taken
        self.good = self.good or other.good
        self.plain = self.plain or other.plain
        self.foreign = self.foreign and other.foreign
        self.right = self.right or other.right
        self.let_in = self.let_in or other.let_in

    def _place(self, seen: ExchangeTraits) -> None:
        """Note what an exchange was about; what comes of it is the same in whichever order exchanges come."""
        if not self.outcomes:
            self.promised, self.area, self.unwell, self.taken = seen.promised, seen.area, seen.unwell, seen.taken
        self.outcomes.add(seen.outcome)
        self.promised = min(self.promised, seen.promised, key=_narrowness)
        self.area = min(self.area, seen.area)
        self.unwell = self.unwell if self.unwell == seen.unwell else ()
        self.taken = self.taken and seen.taken
        self.good = self.good or (seen.good and (seen.right or not seen.unwell))
        self.plain = self.plain or seen.plain
        self.foreign = self.foreign and seen.foreign
        self.right = self.right or seen.right
        self.let_in = self.let_in or seen.let_in


def _narrowness(promised: frozenset[int]) -> tuple[bool, int, list[int]]:
    """Return how few statuses are right: what promises none comes last."""
    return not promised, len(promised), sorted(promised)


def truncated(breach: Breach) -> Breach:
    """Return a breach as it is kept for the length of a run: without the rest of a long answer."""
    return breach if breach.exchange is None else replace(breach, exchange=breach.exchange.cut(TRUNCATED_BYTES))


def is_guess(breach: Breach) -> bool:
    """Whether a breach may be another exchange's."""
    return law_of(breach.law).needs_tie and _guessed(breach)


def _guessed(breach: Breach) -> bool:
    if breach.claim is Claim.NOTHING:
        return False
    if breach.tie is not None:
        return breach.tie.is_guess
    return breach.exchange is not None and breach.exchange.guessed


def _vagueness(breach: Breach) -> int:
    """Return how little is known of which exchange shows a breach: 0, it is this one; 1, one of several; 2, a guess."""
    if not law_of(breach.law).needs_tie:
        return 0
    # Of events that are too few or too many, the count is what is wrong, whichever request it is.
    several = breach.tie is not None and breach.tie.by is TiedBy.CLASS and breach.claim is Claim.EACH
    return 2 if _guessed(breach) else int(several)


def _effort(batch: Batch, breach: Breach, case: Case, only: str) -> tuple[bool | int | str, ...]:
    """Return what it takes to see a breach again: the less, the better it stands for all that broke a law as it did.

    What was drawn at random comes last, and the name decides between equals: then each run shows the same instance.
    """
    request = case.request
    size = len(request.target) + sum(len(name) + len(value) for name, value in request.headers)
    size += len(request.body or b"") + len(request.raw or b"")
    odd = bool(case.behaviour or request.raw or request.framing == "chunked" or any(one.rivals for one in case.again))
    vague = _vagueness(breach) or int(_guessed(breach))
    return (
        bool(only),
        vague,
        bool(breach.stored_by),
        bool(batch.prelude),
        odd,
        case.expect.refused,
        case.drawn,
        size,
        case.label,
    )


# Which causes follow from which: what a person is told below a finding, and not as one of its own.
#
# One cause follows from another where that is the same promise told of by another law, or where every exchange that
# shows it shows the other as well, and the other's law is one that explains its law. That two things are always seen
# together is not enough: an event with seconds for milliseconds and a wrong version has two faults in each exchange.

BROAD = 3
"""Areas in which good requests are answered alike, so that it is none of the areas that is at fault."""

BROAD_LAW = 4
"""Areas in which one law is broken, so that it is wrong everywhere."""

MANY = 1000
"""More statuses than any promise has: what promises none comes last."""


_REFUSALS = range(300, 500)


class Refusals(NamedTuple):
    """How the requests of an operation are answered, of which no valid one has succeeded.

    Attributes:
        outcomes: How valid ones are; empty: one has succeeded, or none was sent.
        of_a_router: The statuses that may be a router's, as nothing shows that the target has the operation at all.
    """

    outcomes: frozenset[str] = frozenset()
    of_a_router: frozenset[str] = frozenset()


def says_nothing(group: FindingGroup, refusals: Refusals) -> bool:
    """Return whether a cause says nothing of an operation of which no valid request has succeeded.

    What its law demands follows a success; or the answer is the refusal that valid requests get as well: what of the
    request is refused is not known. So it is of what is answered during a fault, where it is answered without one.
    And the router of a path that is not there knows nothing of what the operation there promises of its answers.
    """
    outcomes = refusals.outcomes
    if not outcomes:
        return False
    if group.law.needs_success:
        return True
    of_the_operation = group.law.scope is Scope.ANSWER and not group.law.of_a_router
    if of_the_operation and group.outcomes and group.outcomes <= refusals.of_a_router:
        return True
    if not (group.law.tells_status or group.law.scope is Scope.CHECK):
        return False
    refused = all(outcome.isdigit() and int(outcome) in _REFUSALS for outcome in group.outcomes)
    return bool(group.outcomes) and group.outcomes <= outcomes and (refused or bool(group.unwell))


class Broad(NamedTuple):
    """What is wrong in so many areas that it is wrong everywhere."""

    laws: frozenset[str]
    outcomes: frozenset[str]
    plain: frozenset[str]


def group_consequences(groups: Iterable[FindingGroup], replayed: str = "") -> dict[Key, Key]:
    """Return what follows from what: the key of each cause that is none of its own, and the one that explains it."""
    every = list(groups)
    broad = _broad(every)
    # Nothing follows from what only requests at random show beside an accepted cause: it follows from that cause.
    chance = {one.key for one in every if any(map(one.is_of_chance_beside, every))}
    ordered = sorted(every, key=lambda s: (replayed not in s.instances, s.key in chance, *_rank(s, broad)))
    by_key = {one.key: one for one in every}
    parents: dict[Key, Key] = {}
    for place, group in enumerate(ordered):
        before = [
            one
            for one in ordered[:place]
            if (group.key.operation in {one.key.operation, ""} or _has_stored(one, group))
            and (replayed in one.instances or not one.by_guess)
        ]
        # What follows from something follows from its reason, unless that is accepted and does not show with it.
        before = [one for one in before if not _hides(by_key[parents.get(one.key, one.key)], group)]
        reason = next((one for one in before if _explains(one, group, broad)), None) or _all_beside(before, group)
        if reason is not None:
            parents[group.key] = parents.get(reason.key, reason.key)
    return parents


def _all_beside(before: Sequence[FindingGroup], group: FindingGroup) -> FindingGroup | None:
    """Return the main reason of what a pact does not get, where each exchange breaks a law of its own as well."""
    if not group.law.restates:
        return None
    laws = [one for one in before if _is_an_error(one)]
    if not 0 < group.exchanges <= sum(group.beside[one.key] for one in laws):
        return None
    return max(laws, key=lambda one: group.beside[one.key])


def _is_an_error(group: FindingGroup) -> bool:
    """Whether an exchange is wrong by itself, with or without a consumer that relies on it."""
    return group.law.judge is not None and group.law.severity is Severity.ERROR


def _broad(groups: Sequence[FindingGroup]) -> Broad:
    answered: dict[str, set[object]] = {}
    areas: dict[str, set[object]] = {}
    for group in groups:
        if group.good and group.law.tells_status:
            for outcome in group.outcomes:
                answered.setdefault(outcome, set()).update(range(BROAD) if group.plain else [group.area])
        if group.law.by_area:
            areas.setdefault(group.key.law, set()).add(group.key.cause)
    plain = {o for s in groups if s.plain and s.good and s.law.tells_status for o in s.outcomes}
    return Broad(
        frozenset(law for law, seen in areas.items() if len(seen) >= BROAD_LAW),
        frozenset(outcome for outcome, seen in answered.items() if len(seen) >= BROAD),
        frozenset(plain),
    )


def _rank(group: FindingGroup, broad: Broad) -> tuple[object, ...]:
    """Return where a cause stands among those that may explain each other: the first explains."""
    law = group.law
    place = directness(law.name) or law.precedence
    if law.blames_fault and not group.outcomes & broad.plain:
        place = Precedence.NORMAL  # what is answered once a fault is over was its doing, as plain requests fare well
    if _of_the_refused(group) or group.by_guess or group.stored_by:
        place = Precedence.LAST
    return (
        group.finding.breach.severity is Severity.WARNING,
        place,
        law.precedence is Precedence.LAST,
        place_of(law.name),
        not group.plain,
        len(group.promised) or MANY,
        not law.leads(group),
        not group.variety,
        -group.exchanges,
        group.key.cause,
    )


def _hides(one: FindingGroup, other: FindingGroup) -> bool:
    """Whether a cause is accepted, and another one that is new shows without it: that must be told."""
    if not one.key.accepted or other.key.accepted or other.is_of_chance_beside(one):
        return False
    return other.beside[one.key] < other.exchanges or not other.exchanges


def _explains(one: FindingGroup, other: FindingGroup, broad: Broad) -> bool:
    """Whether a cause explains another one, that comes after it in the order."""
    if other.is_of_chance_beside(one) or (not other.variety and one.key.whatever_variety == other.key):
        return True
    # Of the varieties of one cause, each exchange shows one.
    beside = (n for key, n in other.beside.items() if key.whatever_variety == one.key.whatever_variety)
    always = sum(beside) >= other.exchanges > 0
    return (
        (one.key.law == other.key.law and one.key.law in broad.laws)
        or (one.law.tells_status and other.law.tells_status and _same_answer(one, other, broad))
        or one.law.explains(one, other)
        or _has_stored(one, other)
        or _follows(one, other, in_each=False)
        or (other.by_guess and one.law.scope is Scope.EVENT)
        or (always and _because_of_each(one, other))
    )


def _has_stored(one: FindingGroup, other: FindingGroup) -> bool:
    """Whether one is that a request was taken which had to be refused, and nothing but its values breaks the other."""
    of_bodies = one.law.tells_status and one.taken and one.area.about == BODY
    return of_bodies and one.key.operation in other.stored_by


def _follows(one: FindingGroup, other: FindingGroup, *, in_each: bool) -> bool:
    """Whether one is what the other's law says that its breaches follow from."""
    told = (e for e in other.law.explanations if e.law in {one.law.name, one.law.scope} and e.in_each is in_each)
    return any(explanation.when(one, other) for explanation in told)


def _because_of_each(one: FindingGroup, other: FindingGroup) -> bool:
    """Whether what is wrong by one law explains what else each of the exchanges breaks."""
    if _of_the_refused(one):
        return other.law.scope is Scope.EVENT or Scope.EVENT in other.law.explained_by
    if _of_the_refused(other):
        return one.law.tells_status and one.taken and not one.good
    return _follows(one, other, in_each=True) or (other.law.restates and _is_an_error(one))


def _of_the_refused(group: FindingGroup) -> bool:
    """Whether it is about what is in an event, and only in events of requests that need not be taken at all."""
    return group.law.about_content and not group.right


def _same_answer(one: FindingGroup, other: FindingGroup, broad: Broad) -> bool:
    """Whether two laws on answers, or one of them twice, tell of the same wrong answer to the same promise."""
    if not are_alike(one.variety, other.variety):
        return False
    alike = other.outcomes <= one.outcomes
    if alike and other.foreign:
        return True
    wider = other.promised > one.promised
    if one.key.law == other.key.law and one.unwell and one.unwell == other.unwell and not one.right:
        return wider and one.taken == other.taken
    if one.good:
        # What is answered everywhere in place of a success may be answered in place of anything.
        here = one.area == other.area and (other.good or not other.promised)
        return alike and (here or other.outcomes <= broad.outcomes)
    # What a fault leads to is no reason for what is answered without it.
    return (
        one.unwell in {(), other.unwell}
        and wider
        and (alike or (one.key.law == other.key.law and not other.good and one.taken == other.taken))
    )
