"""What a run is asked to do: the cases, pacts and scenarios that a contract and a call ask for, or one replay."""

from __future__ import annotations

import socket
from dataclasses import dataclass
from ipaddress import ip_address
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from bothends.cases import GENERATED, PACT, START_AND_STOP, Selector, plan
from bothends.engine.testbed import target_settings
from bothends.errors import ContractError, Location

if TYPE_CHECKING:
    from collections.abc import Sequence

    from bothends.cases import Plan
    from bothends.contract import Contract
    from bothends.engine.lifecycle import Scenario
    from bothends.engine.options import Options
    from bothends.engine.pacts import PactSelection
    from bothends.engine.play import Batch


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
        before: Exchanges that came before these in the run that found it.
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
    before: int = 0
    launched: bool = True
    reads_only: bool = False

    @property
    def about_generated(self) -> int:
        """How many generated cases there are, about."""
        return 0 if self.plan is None else self.plan.about_generated()

    @property
    def about_interactions(self) -> int:
        """How many interactions of pacts there are."""
        return 0 if self.pacts is None else sum(len(chosen.interactions) for chosen in self.pacts.pacts)


def asked_for(  # noqa: PLR0913 -- a call has as many parts
    contract: Contract,
    options: Options,
    seed: int,
    *,
    batches: Sequence[Batch] | None,
    replayed: str,
    before: int = 0,
) -> Work:
    """Return what a call asks for.

    Args:
        contract: The contract.
        options: What the caller chose.
        seed: The run's.
        batches: What is played, and nothing else; None: what the contract asks for.
        replayed: ID of the finding that is replayed; empty: none is.
        before: Exchanges that the run which found it had before.

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
        return Work(whole=False, replayed=replayed, batches=tuple(batches), before=before, launched=launched)
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


def _pacts(contract: Contract, only: Selector | None) -> PactSelection | None:
    """Return the pacts that are asked for; None where none can be. Only then what reads them is loaded.

    Raises:
        ContractError: One was asked for that there is not, or a pact can't be used.
    """
    asked = only is not None and bool(only.by_name(PACT))
    if not asked and (contract.settings.pacts is None or (only is not None and not only.takes(PACT))):
        return None
    from bothends.engine.pacts import PactSelection  # noqa: PLC0415 -- see above

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
    asked = only.of(START_AND_STOP)
    for one in asked:
        if not any(one.names(scenario.name) for scenario in SCENARIOS):
            raise one.unmatched([scenario.name for scenario in SCENARIOS])
    return tuple(scenario for scenario in SCENARIOS if any(one.names(scenario.name) for one in asked))
