"""What the laws judge by on a test bed, and a judge who knows it."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from bothends.cases import GeneratorChecks
from bothends.engine.judge.judge import Judge
from bothends.laws import FindingContext, LawContext

if TYPE_CHECKING:
    from collections.abc import Mapping

    from bothends.contract import Contract
    from bothends.engine.testbed import TestBed
    from bothends.engine.tie import Address


def judge_for(contract: Contract, testbed: TestBed, checks: GeneratorChecks | None = None) -> Judge:
    """Return a judge who knows what this test bed keeps secret; None: nothing is known yet of any generated case."""
    known = GeneratorChecks(contract) if checks is None else checks
    contexts, setup = law_contexts(contract, testbed), testbed.setup_requests
    return Judge(contexts, known, clock=testbed.clock, starts=testbed.starts, setup=setup)


def law_contexts(contract: Contract, testbed: TestBed) -> dict[str, LawContext]:
    """Return what laws judge by on a test bed, for each operation by its ID."""
    world = testbed.world
    kept = world.secrets.of_target(), world.secrets.of_signatures()
    contexts = law_contexts_of(contract, world.seed, world.setup.history, *kept, testbed.places, testbed.addresses)
    return {name: replace(context, wall=testbed.clock.wall) for name, context in contexts.items()}


def law_contexts_of(  # noqa: PLR0913, PLR0917 -- what a world has that laws judge by
    contract: Contract,
    seed: int,
    setup: Mapping[str, list[Any]],
    secrets: tuple[str, ...],
    signing_secrets: tuple[str, ...],
    places: tuple[str, ...],
    addresses: Mapping[str, Address],
    *,
    more_time: float = 0.0,
) -> dict[str, LawContext]:
    """Return what laws judge by, for each operation by its ID.

    Args:
        contract: The contract.
        seed: The run's.
        setup: All that the target's setup has yielded, each value by its name.
        secrets: What the target keeps to itself.
        signing_secrets: What it signs deliveries with.
        places: `host:port` of all services of the world.
        addresses: Where each ingest is.
        more_time: What an answer has beyond its time limit, as times are not known better, seconds.
    """
    finding_context = FindingContext.of(contract)
    named = _named_by_callers(contract, places, addresses)
    return {
        operation.id: LawContext(
            operation=operation,
            seed=seed,
            setup=setup,
            secrets=secrets,
            signing_secrets=signing_secrets,
            places=places,
            named_by_callers=named,
            time_limit=contract.settings.judged_time_limit_ms / 1000 + more_time,
            guarantees=contract.settings.target.guarantees,
            finding_context=finding_context,
            strict_statuses=contract.settings.strict_statuses,
            sessionless=frozenset(u.name for u in contract.settings.world.upstreams.values() if u.session is False),
        )
        for operation in contract.operations
    }


def _named_by_callers(contract: Contract, places: tuple[str, ...], addresses: Mapping[str, Address]) -> frozenset[str]:
    """Return those of the world's places that requests have in them: as the URL of an event, or as a constant."""
    ingests = {one.ingest for operation in contract.operations for one in operation.addresses if one.refused is None}
    fixed = {text for operation in contract.operations for text in operation.fixed}
    constants = (place for place in places if any(place in text for text in fixed))
    return frozenset(constants).union(urlsplit(addresses[name].base_url).netloc for name in ingests & addresses.keys())
