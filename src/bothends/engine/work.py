"""What a run is asked to do: the cases, pacts and scenarios that a contract and a call ask for, or one replay."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from bothends.cases import GENERATED, START_AND_STOP, Selector, plan
from bothends.engine.lifecycle import QUICK, SCENARIOS
from bothends.engine.pact_selection import PactSelection
from bothends.engine.stage import target_settings

if TYPE_CHECKING:
    from collections.abc import Sequence

    from bothends.cases import Plan
    from bothends.contract import Contract
    from bothends.engine.lifecycle import Scenario
    from bothends.engine.options import Options
    from bothends.engine.waves import Wave


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
    """

    whole: bool
    plan: Plan | None = None
    pacts: PactSelection | None = None
    scenarios: tuple[Scenario, ...] = ()
    generated: bool = False
    replayed: str = ""
    batches: tuple[Wave, ...] = ()
    launched: bool = True


def asked_for(
    contract: Contract, options: Options, seed: int, *, batches: Sequence[Wave] | None, replayed: str
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
    launched = target_settings(contract, options).url is None
    if batches is not None:
        return Work(whole=False, replayed=replayed, batches=tuple(batches), launched=launched)
    only = None if options.only is None else Selector.parse(options.only)
    pacts = PactSelection(contract, only)
    scenarios = _scenarios(options, only) if launched else ()
    chosen: Plan | None = None
    if only is None or only.takes_cases:
        chosen = plan(
            contract,
            seed=seed,
            max_examples=options.max_examples,
            only=only,
            profile=options.profile,
            cache_folder=options.state_folder / "cases",
        )
    return Work(
        whole=only is None,
        plan=chosen,
        pacts=pacts,
        scenarios=scenarios,
        generated=only is None or any(map(only.takes, GENERATED)),
        replayed=replayed,
        launched=launched,
    )


def _scenarios(options: Options, only: Selector | None) -> tuple[Scenario, ...]:
    """Return the scenarios that are asked for; in a quick run, few.

    Raises:
        ContractError: One was asked for that there is not.
    """
    if only is None and options.profile == "quick":
        return QUICK
    if only is None or not only.takes(START_AND_STOP):
        return SCENARIOS if only is None else ()
    chosen = tuple(s for s in SCENARIOS if only.case in (None, s.name))
    if not chosen:
        raise only.unmatched([s.name for s in SCENARIOS])
    return chosen
