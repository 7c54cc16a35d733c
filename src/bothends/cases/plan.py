"""The cases of a run, in order: what must succeed, what must be refused, the faults, then the generated ones."""

from __future__ import annotations

import contextlib
import re
import threading
from collections import Counter
from dataclasses import replace
from glob import escape
from http import HTTPStatus
from typing import TYPE_CHECKING, Literal

from bothends.cases.families.crowds import SOAK, soak_cases
from bothends.cases.families.registry import check_faults, is_quick, plain_cases, plain_families
from bothends.cases.families.routing import CHANGING
from bothends.cases.families.success import SUCCESS_NAME, USUAL_NAME
from bothends.cases.fuzzing.maker import WORTH_IT, made_beside
from bothends.cases.fuzzing.source import generated
from bothends.cases.fuzzing.unmade import UnmadeError
from bothends.cases.repeated_values import once_each
from bothends.cases.selector import COVERAGE, GENERATED, Asked, Selector
from bothends.conditions import kind_of
from bothends.contract import admission
from bothends.contract.messages import MULTIPART, Moment, file_members, value_of, with_file_names
from bothends.contract.operations import with_id_marks, with_own_marks
from bothends.contract.requests import (
    asks_for_theirs,
    effect,
    is_coded,
    leads_nowhere,
    leads_to,
    mails_nobody,
    marked,
    variants_in,
    with_marks,
)
from bothends.contract.terms import NOT_FOUND
from bothends.errors import ContractError
from bothends.schemas import fits_schema

if TYPE_CHECKING:
    import asyncio
    from collections.abc import AsyncIterator, Awaitable, Callable, Collection, Iterable, Iterator, Sequence
    from pathlib import Path

    from bothends.contract import Contract, Operation
    from bothends.records import Case, Condition, NotProven, Registering, Request

Profile = Literal["quick", "default", "deep"]

# Fuzzed cases. With the plain and the coverage cases, about 1,200 and 200 exchanges for a contract of one operation.
MAX_EXAMPLES: dict[Profile, int] = {"quick": 60, "default": 1050, "deep": 1050}

# Coverage cases of one operation, about.
ABOUT_COVERED = 150

# What a deep run does beyond the default one.
SOAKED: dict[Profile, int] = {"quick": 0, "default": 0, "deep": 100_000}


class Plan:
    """The cases of a run. It can be gone through again, and yields the same cases.

    Attributes:
        unmade: What is not looked at, as Schemathesis can't make requests for it: known after the generated cases.
    """

    def __init__(  # noqa: PLR0913 -- as many as there are parts to a plan
        self,
        contract: Contract,
        *,
        seed: int,
        max_examples: int,
        only: Selector | None,
        folder: Path | None,
        soaked: int = 0,
        quick: bool = False,
        reads_only: bool = False,
    ) -> None:
        """Take what `plan` has checked."""
        self._contract = contract
        self._seed = seed
        self._max_examples = max_examples
        self._only = only
        self._folder = folder
        self._soaked = soaked
        self._quick = quick
        self._reads_only = reads_only
        self._made: Sequence[Case] | None = None
        self._last: list[Case] = []
        self._over = threading.Event()
        self.unmade: tuple[NotProven, ...] = ()

    def __iter__(self) -> Iterator[Case]:
        """Yield all cases in order; of the plain ones, those that share a state of the upstreams follow each other."""
        for part in self.parts():
            yield from part

    def parts(self) -> tuple[Iterator[Case], Iterator[Case], Iterator[Case]]:
        """Return the plain cases, the others, and the last ones: each can be drawn when those before are over.

        The last ones may take away what other cases need: see `_may_take_away`.

        Raises:
            ContractError: When they are drawn: the one case that was asked for is not there; Schemathesis can't
                generate.
            HarnessError: Likewise: the cache can't be written.
        """
        chosen = _Chosen(self._only)
        plain, others, last = map(self._allowed, (self._plain(), self._others(), self._taking_away()))
        return chosen.of(plain, last=False), chosen.of(others, last=False), chosen.of(last, last=True)

    def prepare(self) -> None:
        """Make the plain cases while something else starts, in a tenth of a second; drawn, they tell what is wrong."""
        with contextlib.suppress(ContractError):
            self._made = self._in_order()

    def about_generated(self) -> int:
        """Return how many cases come after the plain ones, about: how many there are is known when they are made."""
        asked = any(map(self._takes, GENERATED))
        generated = self._max_examples + ABOUT_COVERED * len(self._contract.operations) if asked else 0
        return generated + (self._soaked if self._takes(SOAK) else 0)

    @contextlib.asynccontextmanager
    async def made_beside(
        self, first: Callable[[], Awaitable[None]] | None = None
    ) -> AsyncIterator[asyncio.Task[None] | None]:
        """Let a process of its own make the generated cases; they are read as it makes them.

        Where there is no place to keep them, or they are few and nothing is played meanwhile, they are made when drawn.

        Args:
            first: What is waited for before it begins, where other cases are played first; None: nothing.

        Yields:
            What is to be awaited before the generated cases are drawn; None: nothing.
        """
        asked = self._only is None or any(one.case is None for each in GENERATED for one in self._only.of(each))
        if self._folder is None or not asked or (self._only is not None and self._max_examples < WORTH_IT):
            yield None
            return
        beside = made_beside(
            self._contract,
            seed=self._seed,
            count=self._max_examples,
            folder=self._folder,
            first=first if self._only is None else None,
        )
        async with beside as begun:
            try:
                yield begun
            finally:
                self._over.set()

    def _allowed(self, cases: Iterator[Case]) -> Iterator[Case]:
        return filter(reads, cases) if self._reads_only else cases

    def _plain(self) -> Iterator[Case]:
        """Yield the plain cases of the families that are asked for, and perhaps more."""
        made, self._made = self._made, None  # when they are over, nothing holds them
        cases = self._in_order() if made is None else made
        self._last = [case for case in cases if self._may_take_away(case)]
        yield from calling_nobody(self._contract, (case for case in cases if not self._may_take_away(case)))

    def _in_order(self) -> Sequence[Case]:
        check_faults()
        plain = [
            case
            for family in plain_families()
            if self._takes(family)
            for case in self._reading_first(plain_cases(self._contract, family))
            if not self._quick or is_quick(case)
        ]
        order = _order(plain)
        return sorted(plain, key=lambda case: order[case.of_the_world])

    def _reading_first(self, cases: Iterable[Case]) -> list[Case]:
        """Return the cases of a family in the order of what their operations do: reading, changing, deleting.

        A fault that may hold the target comes last: when it does, less of a family is not played.
        """
        effects = {operation.id: effect(operation.method) for operation in self._contract.operations}
        return sorted(cases, key=lambda case: (_may_hold(case), effects[case.operation]))

    def _others(self) -> Iterator[Case]:
        if any(map(self._takes, GENERATED)):
            count, over = self._max_examples, self._over
            made = generated(self._contract, seed=self._seed, count=count, folder=self._folder, over=over)
            try:
                cases = once_each(self._contract, with_known_ids(self._contract, made))
                yield from calling_nobody(self._contract, self._held_back(cases))
            except UnmadeError as error:
                self.unmade = error.unmade
        if self._takes(SOAK):
            yield from soak_cases(self._contract, self._soaked)

    def _held_back(self, cases: Iterable[Case]) -> Iterator[Case]:
        """Yield cases, but for those that come last."""
        for case in cases:
            if self._may_take_away(case):
                self._last.append(case)
            else:
                yield case

    def _taking_away(self) -> Iterator[Case]:
        """Yield the cases that come last: those that may take away the most come behind the others."""
        order = sorted(self._last, key=lambda case: (case.request.method == "DELETE", -case.request.target.count("/")))
        yield from calling_nobody(self._contract, order)

    def _may_take_away(self, case: Case) -> bool:
        """Return whether a case may change or remove what setup, or another case, has made.

        Its method is none of its operation's: a target that has more operations than the contract may know it, and
        a `DELETE` of a list removes all that is in it. What was found by then is examined before.
        """
        request = case.request
        overrides = (value for name, value in request.headers if _OVERRIDES.fullmatch(name))
        return not {request.method, *overrides}.isdisjoint(CHANGING - {self._contract.operation(case.operation).method})

    def _takes(self, family: str) -> bool:
        return self._only is None or self._only.takes(family)


def _may_hold(case: Case) -> bool:
    """Return whether a case may hold a target: by a fault that does so, or as it waits for a timeout with others."""
    return bool(case.group) or any(kind_of(condition.name).holds for condition in case.of_the_world)


class _Chosen:
    """The cases that were asked for, out of several parts of all of them."""

    def __init__(self, only: Selector | None) -> None:
        self._asked = None if only is None else tuple(one for one in only.asked if one.takes_cases)
        self._names: dict[Asked, list[str]] = {}
        self._found: set[Asked] = set()
        self._over: set[Asked] = set()

    def of(self, cases: Iterator[Case], *, last: bool) -> Iterator[Case]:
        """Yield those of a part.

        Raises:
            ContractError: It is the last part, and none was in any.
        """
        asked = self._asked
        if asked is None:
            yield from cases
            return
        if self._over.issuperset(asked):
            return  # each is one case, and was there
        for case in cases:
            matching = [one for one in asked if one.matches(case)]
            if matching:
                self._found.update(matching)
                self._over.update(one for one in matching if one.is_just(case))
                yield case
                if self._over.issuperset(asked):
                    return
            for one in asked:
                if one not in matching and one.takes(case.family):
                    self._names.setdefault(one, []).append(case.name)
        for one in asked if last else ():
            if one not in self._found:
                raise one.unmatched(self._names.get(one, ()))


def plan(  # noqa: PLR0913 -- as many as there are parts to a plan
    contract: Contract,
    *,
    seed: int,
    max_examples: int | None = None,
    only: Selector | None = None,
    profile: Profile = "default",
    cache_folder: Path | None = None,
    reads_only: bool = False,
) -> Plan:
    """Return the plan of a run.

    Args:
        contract: The contract.
        seed: What reproduces the run's generated cases.
        max_examples: Fuzzed cases in all; None: the profile's number.
        only: The families, or the cases, to run; None: all.
        profile: How many cases to generate when no number is given.
        cache_folder: Where generated cases are kept for the next run; None: nowhere.
        reads_only: Whether nothing may be sent that asks for more than to read.

    Raises:
        ContractError: The plain case that was asked for is not there.
    """
    only = None if only is None else _with_usual(contract, only)
    for one in () if only is None else only.asked:
        if one.family in plain_families():
            cases = list(plain_cases(contract, one.family))
            if not any(map(one.matches, cases)):
                raise one.unmatched(case.name for case in cases)
    count = MAX_EXAMPLES[profile] if max_examples is None else max_examples
    soaked = SOAKED[profile]
    if only is not None and only.by_name(SOAK):  # a pattern that matches it does not mean all that
        soaked = SOAKED["deep"] if max_examples is None else max_examples
    quick = profile == "quick" and only is None  # what is asked for by its name is there in any profile
    return Plan(
        contract,
        seed=seed,
        max_examples=count,
        only=only,
        folder=cache_folder,
        soaked=soaked,
        quick=quick,
        reads_only=reads_only,
    )


def _with_usual(contract: Contract, only: Selector) -> Selector:
    """Return what is asked for, with the usual request of each operation by the name that it has there.

    It is the example `usual`; of an operation that has none of that name, its first valid request.
    """
    usual = Asked(SUCCESS_NAME, USUAL_NAME)
    if usual not in only.asked:
        return only
    by_operation: dict[str, list[Case]] = {}
    for case in plain_cases(contract, SUCCESS_NAME):
        by_operation.setdefault(case.operation, []).append(case)
    named = [next((case for case in cases if usual.matches(case)), cases[0]) for cases in by_operation.values()]
    found = [usual] if any(map(usual.matches, named)) or not named else []
    # A name has no pattern, but may have what one would be written with.
    found += [Asked(SUCCESS_NAME, escape(case.name)) for case in named if not usual.matches(case)]
    return Selector(tuple(dict.fromkeys(each for one in only.asked for each in (found if one == usual else [one]))))


def with_known_ids(contract: Contract, cases: Iterable[Case]) -> Iterator[Case]:
    """Yield generated cases; each second one of an operation asks for an object that is there, and not for any id.

    What is refused for another reason keeps its id: it is part of what was drawn.
    """
    operations = {operation.id: operation for operation in contract.operations}
    drawn: Counter[str] = Counter()
    taken: set[tuple[str, str]] = set()
    for drawn_case in cases:
        operation = operations[drawn_case.operation]
        case = replace(drawn_case, request=with_own_marks(operation, drawn_case.request, taken))
        drawn[operation.id] += 1
        own = not operation.id_places or case.request.method != operation.method
        if own or case.family == COVERAGE or drawn[operation.id] % 2:
            yield case
        else:
            yield replace(case, request=with_id_marks(operation, case.request))


_READS = frozenset({"GET", "HEAD"})
_OVERRIDES = re.compile(r"x-(http-)?method(-override)?", re.IGNORECASE)


def _order(cases: Sequence[Case]) -> dict[tuple[Condition, ...], tuple[int, int]]:
    """Return the place of each state of the world: equal states are together, in the order in which they first come.

    So are those of a group, whose cases wait side by side only if no other state comes between them.
    """
    groups: dict[tuple[Condition, ...], object] = {}
    for case in cases:
        state = case.of_the_world
        groups.setdefault(state, state)
        if case.group and state:
            groups[state] = case.group
    of_groups = {group: place for place, group in enumerate(dict.fromkeys(groups.values()))}
    return {state: (of_groups[group], place) for place, (state, group) in enumerate(groups.items())}


def reads(case: Case) -> bool:
    """Whether all that a case sends asks for no more than to read (RFC 9110, section 9.2.1)."""
    # What is sent byte for byte may hold a second request, and a header may stand for another method.
    request = case.request
    overrides = any(_OVERRIDES.fullmatch(name) for name, _ in request.headers)
    return request.method in _READS and request.raw is None and not overrides and "_method=" not in request.target


def about_nothing(contract: Contract, operation: str) -> Iterator[Case]:
    """Yield the cases of an operation with an id that no object has, whether they were asked for or not."""
    own = (case for case in plain_cases(contract, NOT_FOUND) if case.operation == operation)
    yield from calling_nobody(contract, own)


# Requests that call nobody but the world: the marks of its address in them, and all other URLs leading nowhere.


def calling_nobody(contract: Contract, cases: Iterable[Case]) -> Iterator[Case]:
    """Yield cases as they may be sent.

    Left out is what would be another case by that: one whose request is right only while it names a stranger.
    """
    operations = {operation.id: operation for operation in contract.operations}
    own = contract.settings.world.places
    for case in _with_makers(contract, cases):
        operation = operations[case.operation]
        of_setup = [place for place in operation.setup_places if not place.is_unlike(case.request)]
        request = with_marks(of_setup, to_nobody(operation, case.request, own), operation.path)
        others = {place for place, _ in variants_in(operation.id_places, request)}
        others |= {place for place in operation.id_places if asks_for_theirs((place,), request)}
        within = [one for one in operation.id_places if one.part == "body" and one not in others]
        request = with_marks(within, request, operation.path)
        request = with_fixed_headers(operation, with_names_of_files(operation, request))
        request = request if operation.idempotency is None else operation.idempotency.marked(request)
        if request == case.request:
            yield _held(operation, case, own)
        elif admission(operation, request).refusals == admission(operation, case.request).refusals:
            yield _held(operation, replace(case, request=request), own)


def _with_makers(contract: Contract, cases: Iterable[Case]) -> Iterator[Case]:
    """Yield cases; those by which their objects are made, and brought into a state, as they may be sent, too."""
    for given in cases:
        case = _with_requests_after_it(contract, given)
        if case is None:
            continue
        if case.made_by is not None:
            yield from (replace(case, made_by=made_by) for made_by in calling_nobody(contract, [case.made_by]))
        elif case.after or case.look is not None:
            steps = tuple(calling_nobody(contract, case.after))
            reading = () if case.look is None else tuple(calling_nobody(contract, [case.look.case]))
            # Without a state, the object is looked at beside what the case is about.
            if len(steps) == len(case.after) and (reading or case.look is None or case.look.any_state):
                look = None if case.look is None or not reading else replace(case.look, case=reading[0])
                yield replace(case, after=steps, look=look)
        elif case.registering is not None:
            yield from _with_registering(contract, case, case.registering)
        elif case.rounds:
            rounds = tuple(tuple(calling_nobody(contract, one)) for one in case.rounds)
            if [*map(len, rounds)] == [*map(len, case.rounds)]:
                yield replace(case, rounds=rounds)
        else:
            yield case


def _with_requests_after_it(contract: Contract, case: Case) -> Case | None:
    """Return a case with the requests that come after its own as they may be sent; None: one of them may not be."""
    again = []
    for one in case.again:
        if one.request is not None:
            plain = replace(case, request=one.request, again=(), after=(), look=None, made_by=None)
            sent = next(calling_nobody(contract, [plain]), None)
            if sent is None:
                return None
            again.append(replace(one, request=sent.request))
        elif one.step is not None:
            step = next(calling_nobody(contract, [one.step]), None)
            if step is None:
                return None
            again.append(replace(one, step=step))
        else:
            again.append(one)
    return replace(case, again=tuple(again)) if case.again else case


def _with_registering(contract: Contract, case: Case, own: Registering) -> Iterator[Case]:
    """Yield a case whose registrations can be made, with the requests that make them as they may be sent."""

    def sent(step: Case | None) -> Case | None:
        return None if step is None else next(iter(calling_nobody(contract, [step])), None)

    made = replace(
        own,
        makes=tuple(calling_nobody(contract, own.makes)),
        first=sent(own.first),
        then=sent(own.then),
        last=sent(own.last),
    )
    if len(made.makes) == len(own.makes) and (made.then is None) == (own.then is None):
        yield replace(case, registering=made)


def _held(operation: Operation, case: Case, own: Collection[str]) -> Case:
    """Return a case held to what can be demanded of it: a URL that can't be reached may be reason to refuse it."""
    if _names_a_stranger(operation, case.request, own):
        return _open(operation, case, "the event can't arrive")
    if any(place.expression.part == "body" for place in operation.addresses) and is_coded(case.request):
        return _open(operation, case, "no address of the world can be put into a body that is coded")
    if leads_nowhere(case.request):
        return _open(operation, case, "a URL in the request leads nowhere, and the target may have to call it")
    if mails_nobody(case.request):
        why = "no mail arrives at an email address in the request, and the target may look at it"
        return _open(operation, case, why, fails=False)
    return case


def with_names_of_files(operation: Operation, request: Request) -> Request:
    """Return a request whose files have names, as each file of a form has: a generator may not know one for a file."""
    media_type = (request.header("content-type") or "").partition(";")[0].strip().lower()
    schema = operation.body.content.get(media_type) if operation.body is not None else None
    if media_type != MULTIPART or schema is None or not request.body:
        return request
    return replace(request, body=with_file_names(request.body, file_members(schema.raw)))


def with_fixed_headers(operation: Operation, request: Request) -> Request:
    """Return a request with a value of the contract's in each header that it fixes.

    What the schema refuses there is what the case is about: it stays.
    """
    fixed = {one.name.lower(): one for one in operation.parameters if one.location == "header" and one.fixed}
    if not fixed or request.raw is not None:
        return request

    def own(name: str, value: str) -> str:
        parameter = fixed.get(name.lower())
        if parameter is None or value in parameter.fixed or not fits_schema(parameter.schema, value):
            return value
        return parameter.fixed[0]

    headers = tuple((name, own(name, value)) for name, value in request.headers)
    return request if headers == request.headers else replace(request, headers=headers)


def _names_a_stranger(operation: Operation, request: Request, own: Collection[str]) -> bool:
    """Return whether a request says that an event is to go to where the world can't be: the contract refuses it."""
    moment = Moment(operation.path, request)
    values = (value_of(place.expression, moment) for place in operation.addresses if place.refused is not None)
    return any(isinstance(value, str) and not leads_to(value, own) for value in values)


def _open(operation: Operation, case: Case, why: str, *, fails: bool = True) -> Case:
    """Return a case to which a target may say that a URL can't be reached, in its own way, or not look at it.

    Args:
        operation: The operation.
        case: The case.
        why: Why it may.
        fails: Whether it may say so by an error of the server, as it calls what is not there.
    """
    expect = case.expect
    if not expect.statuses & operation.success_statuses:
        return case
    errors = frozenset(one for one in operation.error_statuses if fails or one < HTTPStatus.INTERNAL_SERVER_ERROR)
    statuses, failing = expect.statuses | errors, fails or expect.server_error
    open_one = replace(expect, statuses=statuses, server_error=failing, any_refusal=True, why=f"{expect.why}; {why}")
    # Whether it is accepted is then no question for the generator's own checks either.
    origin = None if case.origin is None else {**case.origin, "acceptance": False}
    return replace(case, expect=open_one, origin=origin)


def to_nobody(operation: Operation, request: Request, own: Collection[str] = ()) -> Request:
    """Return a request as it may be sent, where it may call only its `own` (`host:port`)."""
    return marked(
        operation.addresses, request, lambda one: not admission(operation, one).refusals, own, operation.fixed
    )
