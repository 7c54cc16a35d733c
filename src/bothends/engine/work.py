"""What a run is asked to do: the cases, pacts and scenarios that a contract and a call ask for, or one replay."""

from __future__ import annotations

import socket
from dataclasses import dataclass
from ipaddress import ip_address
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from bothends.cases import GENERATED, PACT, START_AND_STOP, Selector, plan, upstreams_of
from bothends.contract.families import FORBIDDEN
from bothends.contract.played import described
from bothends.contract.settings_file import INGEST_LINES, lines_for
from bothends.engine.testbed import target_settings
from bothends.errors import ContractError, Location
from bothends.records import NotProven, Weight

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from bothends.cases import Plan
    from bothends.contract import Contract, Operation, SecurityScheme, SessionSettings
    from bothends.engine.control import Options
    from bothends.engine.exchanges.batches import Batch
    from bothends.engine.lifecycle import Scenario
    from bothends.engine.pacts.cases import PactSelection


@dataclass(frozen=True, slots=True)
class Work:
    """What a run is asked to do.

    Attributes:
        whole: Whether that is all that the contract asks for.
        plan: Gives the cases; None: there are none.
        pacts: The pacts; None: none are asked for.
        scenarios: The ways in which the target is started and ended.
        generated: Whether there are generated cases among them.
        replayed: ID of the finding that is replayed; empty: none is.
        batches: What shows it, and is played instead of a plan; empty: the rest shows it.
        launched: Whether the target is launched, and does not run already.
        reads_only: Whether only what reads is sent: the target is on another machine.
    """

    whole: bool
    plan: Plan | None = None
    pacts: PactSelection | None = None
    scenarios: tuple[Scenario, ...] = ()
    generated: bool = False
    replayed: str = ""
    batches: tuple[Batch, ...] = ()
    launched: bool = True
    reads_only: bool = False


def asked_for(
    contract: Contract, options: Options, seed: int, *, batches: Sequence[Batch] | None, replayed: str
) -> Work:
    """Return what a call asks for.

    Args:
        contract: The contract.
        options: What the caller chose.
        seed: The run's.
        batches: What is played, and nothing else; None: what the contract asks for.
        replayed: ID of the finding that is replayed; empty: none is.

    Raises:
        ContractError: A case, a pact or a scenario was asked for that there is not.
    """
    target = target_settings(contract, options)
    launched, elsewhere = target.url is None, target.url is not None and not is_loopback(target.url)
    reads_only = elsewhere and not options.allow_writes
    if reads_only and any(step.method not in {"GET", "HEAD"} for step in target.setup.steps):
        raise ContractError(
            f"Setup writes to {target.url}, which is not on this machine.",
            where=Location(contract.settings.file, "target.setup"),
            advice="Add --allow-writes if that is what you want.",
        )
    if batches is not None:
        return Work(whole=False, replayed=replayed, batches=tuple(batches), launched=launched)
    only = None if options.only is None else Selector.parse(options.only)
    pacts = None if reads_only else _pacts(contract, only)
    scenarios = _scenarios(options, only) if launched else ()
    chosen: Plan | None = None
    if only is None or only.takes_cases:
        chosen = plan(
            contract,
            seed=seed,
            max_examples=options.max_examples,
            only=only,
            profile=options.profile,
            cache_folder=options.cases_folder,
            reads_only=reads_only,
        )
    return Work(
        whole=only is None,
        plan=chosen,
        pacts=pacts,
        scenarios=scenarios,
        generated=only is None or any(map(only.takes, GENERATED)),
        replayed=replayed,
        launched=launched,
        reads_only=reads_only,
    )


def is_loopback(url: str) -> bool:
    """Return whether each address of a URL's host is this machine's own."""
    host = urlsplit(url).hostname or ""
    try:
        found = {str(each[4][0]) for each in socket.getaddrinfo(host, None)}
        return bool(found) and all(ip_address(each.partition("%")[0]).is_loopback for each in found)
    except (OSError, ValueError):
        return False


def unwritten_not_proven(contract: Contract) -> Iterator[NotProven]:
    """Yield what was not sent to a target on another machine."""
    for operation in contract.operations:
        if operation.method not in {"GET", "HEAD"}:
            yield NotProven(
                operation.id,
                "It was not tested: it may change something, and the target is not on this machine.",
                where=str(contract.document.location(operation.pointer)),
                add="--allow-writes",
                weight=Weight.ANSWERS,
            )
    if contract.operations:
        yield NotProven(
            "other methods and broken requests",
            "They were not sent, and pacts were not verified: the target is not on this machine.",
            add="--allow-writes",
        )


def _pacts(contract: Contract, only: Selector | None) -> PactSelection | None:
    """Return the pacts that are asked for; None where none can be. Only then what reads them is loaded.

    Raises:
        ContractError: One was asked for that there is not, or a pact can't be used.
    """
    asked = only is not None and only.family == PACT
    if not asked and (contract.settings.pacts is None or (only is not None and not only.takes(PACT))):
        return None
    from bothends.engine.pacts.cases import PactSelection  # noqa: PLC0415 -- see above

    return PactSelection(contract, only)


def _scenarios(options: Options, only: Selector | None) -> tuple[Scenario, ...]:
    """Return the scenarios that are asked for; in a quick run, few.

    Raises:
        ContractError: One was asked for that there is not.
    """
    if only is not None and not only.takes(START_AND_STOP):
        return ()
    from bothends.engine.lifecycle import QUICK, SCENARIOS  # noqa: PLC0415 -- loaded where there are some

    if only is None:
        return QUICK if options.profile == "quick" else SCENARIOS
    chosen = tuple(s for s in SCENARIOS if only.case in (None, s.name))
    if not chosen:
        raise only.unmatched([s.name for s in SCENARIOS])
    return chosen


# What a run could not look at, because it can't be used.


def unusable_not_proven(contract: Contract) -> Iterator[NotProven]:
    """Yield what of the operations under test can't be used, each with why and where."""
    for each in contract.unusable:
        error = each.error
        advice = " ".join(filter(None, (error.expected and f"Expected: {error.expected}.", error.advice)))
        yield NotProven(
            each.what,
            " ".join(filter(None, (f"It can't be used, and was left out. {error.problem}", advice))),
            where=str(error.where or ""),
            add="an overlay, or the document put right there",
            weight=Weight.EVENTS,
        )
    for each in contract.not_looked_at:
        yield NotProven(each.what, each.error.problem, where=str(each.error.where or ""), weight=Weight.ANSWERS)


_READING = frozenset({"GET", "HEAD", "OPTIONS"})


def unwatched_not_proven(contract: Contract) -> Iterator[NotProven]:
    """Yield that no event could arrive, in a run without settings: the target has no address of the world."""
    writes = any(operation.method not in _READING for operation in contract.operations)
    places = [each.error.where for each in contract.unusable]
    if any(where is not None and "/callbacks/" in where.pointer for where in places):
        return  # an event is declared, and comes first: it can't be used
    if writes and not contract.settings.world.ingests and not contract.settings.file.is_file():
        yield NotProven(
            "undeclared events",
            "The contract declares no event, and the settings have no ingest: an event that the target sends all the "
            "same was not seen.",
            add=INGEST_LINES,
            weight=Weight.EVENTS,
        )


def notes_on(contract: Contract) -> tuple[str, ...]:
    """Return what is to be told of a contract that changes no verdict: what is not under test, and harmless defects."""
    left_out, several = len(contract.left_out), len(contract.left_out) > 1
    told = [
        f"{left_out:,} other operation{'s' if several else ''} of the spec {'are' if several else 'is'} not under test."
    ]
    unknown = not contract.settings.knows_timeout and any(_waits(contract, each) for each in contract.operations)
    assumed = (
        f"how long the target waits for an upstream is not stated, so an answer after "
        f"{contract.settings.world.upstream_timeout_ms * 2:,} ms may come in time, or too late "
        "(add [world] upstream_timeout_ms = …)"
    )
    return (
        *(told if left_out else ()),
        *((assumed,) if unknown else ()),
        *(f"{each.error.where}: {each.error.problem}" for each in contract.defects),
    )


def _waits(contract: Contract, operation: Operation) -> bool:
    """Whether answers of an operation wait for a part of the world, as far as the contract says."""
    upstreams = contract.settings.world.upstreams
    return any(name in upstreams or operation.awaits(name) for name in upstreams_of(contract, operation))


# What a run could not show of sign-in: schemes without a session, too few callers, callers without identity.

_MOST_NAMED = 3
_ENOUGH = 2
"""Callers of whom one could be taken for another."""


def sign_in_not_proven(contract: Contract) -> Iterator[NotProven]:
    """Yield what sign-in leaves open, the scheme that most depends on first."""
    yield from _unplayed(contract)
    yield from _too_few(contract)
    yield from _unknown(contract)
    yield from _never_forbidden(contract)


def _unplayed(contract: Contract) -> Iterator[NotProven]:
    asked: dict[str, tuple[SecurityScheme, list[Operation]]] = {}
    for operation in contract.operations:
        for requirement in operation.security.alternatives:
            for member in requirement.members:
                known = asked.setdefault(member.scheme.name, (member.scheme, []))[1]
                if member.session is None and operation not in known:
                    known.append(operation)
    for scheme, operations in asked.values():
        if not operations:
            continue
        shut = [operation for operation in operations if operation.security.unplayable]
        if shut:
            what = f"only requests without a valid credential were judged for {_named(shut)}"
        else:
            what = f"this way to sign in to {_named(operations)} was not tried"
        lines = lines_for(scheme)
        how = "" if lines else " (no kind of session can present a client certificate)"
        yield NotProven(
            f"sign-in: {scheme.name}",
            f"The settings have no session for {described(scheme)}{how}, so {what}.{_near(contract, scheme)}",
            where=scheme.where,
            add=lines,
            weight=Weight.SIGN_IN,
        )


def _near(contract: Contract, scheme: SecurityScheme) -> str:
    """Return why `[world.session]` does not provide a cookie, where it has another one."""
    session = contract.settings.world.session
    if session is None or not session.shown or scheme.location != "cookie":
        return ""
    return f" [world.session] has {session.shown}."


def _never_forbidden(contract: Contract) -> Iterator[NotProven]:
    """Yield each table with a caller who lacks permission, where no operation says what such a caller gets."""
    for name, session, operations in _tables(contract):
        if not session.forbidden or any(operation.forbidden_numbers(session) for operation in operations):
            continue
        yield NotProven(
            f"permission: {name}",
            f"A caller of {name} is forbidden, but no answer of {_named(operations)} says what such a caller gets.",
            where="" if session.location is None else str(session.location),
            add=f"x-given: {FORBIDDEN}",
            weight=Weight.SIGN_IN,
        )


def _too_few(contract: Contract) -> Iterator[NotProven]:
    for name, session, operations in _tables(contract):
        if session.callers is None or session.callers >= _ENOUGH:
            continue
        alone = [
            operation
            for operation in operations
            if operation.security.demanded and all((r.callers or _ENOUGH) < _ENOUGH for r in operation.security.played)
        ]
        if alone:
            yield NotProven(
                f"leakage between callers: {name}",
                f"Only one caller is given for {name}, so mixed-up callers of {_named(alone)} can't be detected.",
                where="" if session.location is None else str(session.location),
                add=f"a second entry in `callers` of [world.sessions.{name}]",
                weight=Weight.SIGN_IN,
            )


def _unknown(contract: Contract) -> Iterator[NotProven]:
    for name, session, operations in _tables(contract):
        unnamed = session.unidentified
        from_session = [operation for operation in operations if _needs_identity(operation)]
        if unnamed and from_session:
            numbers = ", ".join(map(str, unnamed))
            yield NotProven(
                f"identity of callers: {name}",
                f"Event values of {_named(from_session)} come from the session, but caller {numbers} of {name} has no "
                "`identity`: the values were not compared.",
                where="" if session.location is None else str(session.location),
                add="identity = {…} in each entry of `callers`, with the values that `x-from: session.…` names",
                weight=Weight.VALUES,
            )


def _needs_identity(operation: Operation) -> bool:
    """Whether a value of an event must come from the session, and no credential of its callers identifies them."""
    from_session = any("session" in event.walk.kinds for event in operation.events)
    return from_session and not operation.security.mints_identities


def _tables(contract: Contract) -> Iterator[tuple[str, SessionSettings, list[Operation]]]:
    """Yield each scheme that has a session, its table, and the operations whose usual callers show it."""
    for name, session in contract.settings.world.sessions.items():
        played = (o for o in contract.operations if o.security.usual is not None)
        yield name, session, [o for o in played if any(name in r.schemes for r in o.security.played)]


def _named(operations: Sequence[Operation] | Iterable[Operation]) -> str:
    names = [operation.id for operation in operations]
    more = len(names) - _MOST_NAMED
    return f"{', '.join(names[:_MOST_NAMED])}{f' and {more} more' if more > 0 else ''}"
