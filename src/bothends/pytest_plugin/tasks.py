"""What there is to prove, each piece with a name: the cases of families, the interactions of pacts, the scenarios."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol, cast

from bothends.cases import plan
from bothends.engine.lifecycle import QUICK, SCENARIOS, LifecyclePhase
from bothends.engine.pact_selection import Chosen, PactSelection
from bothends.engine.waves import gather

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from bothends.cases import Profile
    from bothends.engine.events import InteractionVerified, ScenarioPlayed
    from bothends.engine.interruption import Interruption
    from bothends.engine.lifecycle import Scenario
    from bothends.engine.waves import Wave
    from bothends.pacts import Interaction, Pact
    from bothends.records import Case, NotProven
    from bothends.workbench import Workbench

    Parts = Sequence[InteractionVerified | ScenarioPlayed]


class Task(Protocol):
    """One piece of a run, that can be proven alone."""

    @property
    def label(self) -> str:
        """What a person calls it: `family/case`, as for `--only`."""
        ...

    def waves(self, bench: Workbench) -> list[Wave]:
        """Return what is played."""
        ...

    async def parts(self, bench: Workbench, interruption: Interruption, missing: list[NotProven]) -> Parts:
        """Return what was verified otherwise; what could not be is added to `missing`."""
        ...


@dataclass(frozen=True, slots=True)
class CaseTask:
    """A case of a family."""

    case: Case

    @property
    def label(self) -> str:
        """`family/case`."""
        return self.case.label

    def waves(self, _bench: Workbench) -> list[Wave]:
        """Return the case's wave."""
        return list(gather([self.case]))

    async def parts(self, _bench: Workbench, _interruption: Interruption, _missing: list[NotProven]) -> Parts:
        """Return nothing."""
        return ()


@dataclass(frozen=True, slots=True)
class InteractionTask:
    """An interaction of a pact."""

    pact: Pact
    interaction: Interaction
    case: Case

    @property
    def label(self) -> str:
        """`pact/FILE/DESCRIPTION`."""
        return self.case.label

    def waves(self, _bench: Workbench) -> list[Wave]:
        """Return nothing."""
        return []

    async def parts(self, bench: Workbench, interruption: Interruption, missing: list[NotProven]) -> Parts:
        """Verify it."""
        from bothends.engine.pact_phase import PactPhase  # noqa: PLC0415 -- Pact's library is loaded for pacts only

        phase = PactPhase(bench.contract, bench.stage, bench.player, interruption)
        async with phase.begun([Chosen(self.pact, ((self.interaction, self.case),))]) as trials:
            verified = [await phase.verify(trial) for trial in trials]
        missing.extend(phase.not_proven)
        return verified


@dataclass(frozen=True, slots=True)
class ScenarioTask:
    """A way in which a launched target starts and ends; it has a world and a target of its own."""

    scenario: Scenario

    @property
    def label(self) -> str:
        """`start-and-stop/NAME`."""
        return f"start-and-stop/{self.scenario.name}"

    def waves(self, _bench: Workbench) -> list[Wave]:
        """Return nothing."""
        return []

    async def parts(self, bench: Workbench, interruption: Interruption, missing: list[NotProven]) -> Parts:
        """Play it."""
        phase = LifecyclePhase(bench.contract, bench.options, bench.seed, interruption, bench.judge)
        async with phase.begun([self.scenario]):
            played = [await phase.outcome(scenario) for scenario in phase.scenarios]
        missing.extend(phase.not_proven)
        return played


@dataclass(frozen=True, slots=True)
class MissingTask:
    """What can't even be tried: a pact without interactions."""

    missing: NotProven

    @property
    def label(self) -> str:
        """`pact/FILE`, or what else it is."""
        return self.missing.what.replace(" ", "/", 1)

    def waves(self, _bench: Workbench) -> list[Wave]:
        """Return nothing."""
        return []

    async def parts(self, _bench: Workbench, _interruption: Interruption, missing: list[NotProven]) -> Parts:
        """Return nothing, and say what is missing."""
        missing.append(self.missing)
        return ()


def tasks(bench: Workbench, *, max_examples: int | None, profile: str, launched: bool) -> Iterator[Task]:
    """Yield all that a run proves, in the order in which it would.

    Args:
        bench: Has the contract and the seed; need not be open.
        max_examples: How many fuzzed cases; None: the profile's number.
        profile: `quick` or `default`.
        launched: Whether the target is launched: only then it can be started and ended.

    Raises:
        ContractError: The contract is wrong.
        HarnessError: The cases can't be kept.
    """
    contract, options = bench.contract, bench.options
    cases = plan(
        contract,
        seed=bench.seed,
        max_examples=max_examples,
        profile=cast("Profile", profile),
        cache_folder=options.state_folder / "cases",
    )
    yield from map(CaseTask, cases)
    pacts = PactSelection(contract, None)
    for chosen in pacts.pacts:
        yield from (InteractionTask(chosen.pact, interaction, case) for interaction, case in chosen.interactions)
    yield from map(MissingTask, pacts.not_proven)
    if launched:
        yield from map(ScenarioTask, scenarios(profile))


def scenarios(profile: str) -> Sequence[Scenario]:
    """Return the scenarios of a profile."""
    return QUICK if profile == "quick" else SCENARIOS
