"""Batches: exchanges that share one state of the world, and so can run together.

A call to an upstream has no identity. So a batch holds only cases whose world is in the same
state, and of which none must be refused, or all, and all of one family: then what an upstream saw
can be judged in aggregate.

Clients with a behaviour of their own mostly wait, so as many of them as may be wait at the same time. Those that must
be refused are of all families together: where one of them causes a call, each family is played apart.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field, replace
from enum import Enum
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from bothends.engine.play.known_objects import KnownObject
    from bothends.records import Case, Condition

LARGEST = 64
"""Cases in a batch: enough to fill the connections many times over, few enough to tell soon what they show."""

MANY = 1024
LARGEST_OF_MANY = 256
"""The same where so many of a kind have been played already: at the end of a batch there is less and less under way."""

WAITING = 128
"""The same of clients that mostly wait: what one of them waits for, the others wait for at the same time."""


class Scope(Enum):
    """For whom a state of a service is."""

    SERVICE = "everybody"
    EXCHANGE = "the requests of its own exchange alone"


@dataclass(frozen=True, slots=True)
class Batch:
    """Cases that run together.

    Attributes:
        given: The state of the world.
        cases: What is sent.
        concurrency: How many are under way at once; None: as many as the run allows.
        prelude: Batches that were played just before, when what comes after them is the point.
        user: Who signs in, `name`, `email`, `image`; None: each exchange a user of its own.
        together: The batches that it is made of, which may be under way at once. `given` and `cases` are those of all.
            Where each has a fault of its own exchange alone, they are played side by side. Else each is begun in its
            own state as soon as each case of the one before has met its own, and all are then waited for.
        scope: For whom its state is, where it is one of several.
        own_connection: Whether it has a new connection, on which its requests follow each other as long as it is kept.
        about: The object that each of its cases is about, in their order; empty or None: any that is known will do.
        anew: Whether each request that may change an object has one that was made for it.
        overlaps: Whether its requests are under way together although nothing but the time may tell whose an event is:
            that they overlap is the point.
    """

    given: tuple[Condition, ...]
    cases: tuple[Case, ...]
    concurrency: int | None = None
    prelude: tuple[Batch, ...] = ()
    user: Mapping[str, Any] | None = None
    together: tuple[Batch, ...] = ()
    scope: Scope = Scope.SERVICE
    own_connection: bool = False
    about: tuple[KnownObject | None, ...] = field(default=(), compare=False, repr=False)
    anew: bool = False
    overlaps: bool = False

    def bound(self, place: int) -> KnownObject | None:
        """Return the object that a case is about, by its place; None: any that is known will do."""
        return self.about[place] if len(self.about) == len(self.cases) else None

    def and_after_it(self, cases: Sequence[Case]) -> Batch:
        """Return it with those that are played after it, which may be about any object that is known."""
        about = (*self.about, *(None for _ in cases)) if self.about else ()
        return replace(self, cases=(*self.cases, *cases), about=about) if cases else self

    @property
    def families(self) -> tuple[str, ...]:
        """The families of its cases, each once."""
        return tuple(dict.fromkeys(case.family for case in self.cases))

    def as_sent(self, case: Case) -> Case:
        """Return the case that was sent for an exchange's: of two requests on a connection, the second has its own.

        Sent again by that, the first request would be held to what is promised of the second.
        """
        if case.following is None:
            return case
        own = (one for one in self.cases if (one.operation, one.label) == (case.operation, case.label))
        return next(own, case)

    @property
    def apart(self) -> tuple[Batch, ...]:
        """The batches of its families, where it is of several whose clients wait, and which must be refused.

        They are played after it when an upstream was called, as nobody can tell for which of them.
        """
        refused = all(case.behaviour and case.expect.refused for case in self.cases)
        if not refused or self.given or self.own_connection or len(self.families) == 1:
            return ()
        of = {family: tuple(case for case in self.cases if case.family == family) for family in self.families}
        return tuple(Batch((), own) for own in of.values())

    @property
    def waits(self) -> bool:
        """Whether it mostly waits: for answers that do not come, or for what a target does again after a while."""
        return bool(self.together)

    @property
    def side_by_side(self) -> bool:
        """Whether it is made of faults of which each is for one exchange alone, and is judged by itself."""
        return self.waits and all(part.scope is Scope.EXCHANGE for part in self.together)

    @property
    def alone(self) -> tuple[Batch, ...]:
        """The batches that it is made of, as they are where no fault is for single exchanges; else itself."""
        own = tuple(_for_all(part) for part in self.together if part.scope is Scope.EXCHANGE)
        others = tuple(part for part in self.together if part.scope is Scope.SERVICE)
        if not (own and others):
            return own or (self,)
        return tuple(waiting_together(some) for some in (others, own) if some)

    @property
    def steps(self) -> tuple[Batch, ...]:
        """The batches that it is made of, each as it is played alone; else itself."""
        return tuple(map(_for_all, self.together)) or (self,)

    def around(self, case: Case) -> Batch:
        """Return the batch that is enough to play one of its cases."""
        parts = self.steps if self.waits else self.apart
        if self.side_by_side or not parts:
            return self
        asked = (case.operation, case.label)  # which answers are right may have changed meanwhile
        own = (b for b in parts if any((one.operation, one.label) == asked for one in b.cases))
        return next(own, Batch((), (case,)))


def _for_all(batch: Batch) -> Batch:
    """Return a batch with its fault being for everybody, as it is where nothing else is under way."""
    return replace(batch, scope=Scope.SERVICE) if batch.scope is Scope.EXCHANGE else batch


def batches_of(cases: Iterable[Case]) -> Iterator[Batch]:
    """Put cases into batches.

    Order is kept within a batch, and between batches of one kind. Cases are drawn as they are needed.
    """
    open_batches: dict[_Key, list[Case]] = {}
    counts: Counter[_Key] = Counter()
    held: tuple[Condition, ...] = ()
    before: Batch | None = None
    for case in _bundled(cases):
        if isinstance(case, Batch):
            yield case
            continue
        given = case.of_the_world
        if given != held:
            # The plan puts equal states together, and its order is kept: no batch waits for another state.
            yield from _flushed(open_batches)
            held = given
        if case.exclusive:
            batch = Batch(given, (case,), concurrency=1)
            # What somebody asks for again may depend on what became of it before.
            yield replace(batch, prelude=(before,)) if before is not None and _asks_again(case, before) else batch
            before = batch
            continue
        key = _key(case, given)
        waiting = open_batches.setdefault(key, [])
        waiting.append(case)
        if len(waiting) == _most(key, counts[key]):
            counts[key] += len(waiting)
            del open_batches[key]
            yield Batch(given, tuple(waiting))
    yield from _flushed(open_batches)


_Key = tuple[tuple["Condition", ...], str, str]
_WAITERS = _REFUSED, _OTHERS = ("", "refused, and waits"), ("", "waits")  # no operation is called so


def _most(key: _Key, before: int) -> int:
    """Return how many cases a batch has at most, when so many of its kind were played before."""
    if key[1:] in _WAITERS:
        return WAITING
    return LARGEST if before < MANY else LARGEST_OF_MANY


def _key(case: Case, given: tuple[Condition, ...]) -> _Key:
    """Return what the cases of a batch have in common."""
    if given or not case.behaviour:
        # Whether a fault was met is known of all that is under way together: each operation calls what it does.
        return given, case.family if case.expect.refused else "", case.operation if given else ""
    # A good request that follows on the same connection calls what it does: its batch shows nothing of those refused.
    refused = case.expect.refused and (case.following is None or case.following.refused)
    return given, *(_REFUSED if refused else _OTHERS)


def _asks_again(case: Case, before: Batch) -> bool:
    """Whether a case is of the same person as the batch before it: its states say more than those of the world."""
    return case.given == before.cases[0].given != before.given


def _bundled(cases: Iterable[Case]) -> Iterator[Case | Batch]:
    """Yield cases as they come, but the batches of those that belong together."""
    bundle: list[Case] = []
    for case in cases:
        if bundle and not _belongs(case, bundle):
            yield _batch_of(bundle)
            bundle = []
        if case.repeat > 1 or case.group:
            if bundle and case.group != bundle[0].group:
                yield _batch_of([case])  # it comes between parallel timeouts
            else:
                bundle.append(case)
        else:
            yield case
    if bundle:
        yield _batch_of(bundle)


def _belongs(case: Case, bundle: Sequence[Case]) -> bool:
    """Whether a case is of a bundle, or comes between its cases, as the plan puts equal states together."""
    if bundle[0].repeat > 1 or case.group:
        return bool(case.group) and case.group == bundle[0].group
    return case.of_the_world in (one.of_the_world for one in bundle)


def _batch_of(bundle: Sequence[Case]) -> Batch:
    crowds = all(case.repeat > 1 for case in bundle)
    return _repeated(bundle) if crowds else _parallel_timeouts(bundle)


def _parallel_timeouts(cases: Sequence[Case]) -> Batch:
    """Return the batch of cases that wait together; of a single one, a batch like any other."""
    batches = tuple(
        _repeated([case]) if case.repeat > 1 else Batch(case.of_the_world, (replace(case, group=""),), concurrency=1)
        for case in cases
    )
    return waiting_together(batches)


def waiting_together(batches: tuple[Batch, ...]) -> Batch:
    """Return the batch of some that wait together; of a single one, itself."""
    if len(batches) == 1:
        return batches[0]
    given = tuple(dict.fromkeys(condition for batch in batches for condition in batch.given))
    return Batch(given, tuple(case for batch in batches for case in batch.cases), together=batches)


def _repeated(cases: Sequence[Case]) -> Batch:
    """Return the batch of one crowd, or of several that belong together: well mixed, all at once, or in turn."""
    total = sum(case.repeat for case in cases)
    # Each case's copies are spread evenly over the batch, however many the others have.
    places = sorted((((i + 0.5) * total / case.repeat, n) for n, case in enumerate(cases) for i in range(case.repeat)))
    copies = tuple(replace(cases[n], repeat=1, group="") for _, n in places)
    return Batch(cases[0].of_the_world, copies, concurrency=1 if cases[0].exclusive else total)


def _flushed(open_batches: dict[_Key, list[Case]]) -> Iterator[Batch]:
    for (given, *_), waiting in open_batches.items():
        yield Batch(given, tuple(waiting))
    open_batches.clear()


def recovering(batch: Batch, controls: dict[str, Case]) -> list[str]:
    """Return the operations of which a good request is sent when a batch is over: none where all was well."""
    if not batch.given:
        return []
    return list(dict.fromkeys(case.operation for case in batch.cases if case.operation in controls))
