"""A verification: the contract is loaded, what is asked for is planned, and a runner does it."""

from __future__ import annotations

import secrets
from typing import TYPE_CHECKING

from bothends.contract import load
from bothends.contract.known_file import read_known
from bothends.engine import replay_file
from bothends.engine.emitter import EventQueue
from bothends.engine.findings import Findings
from bothends.engine.interruption import Interruption
from bothends.engine.known import Known
from bothends.engine.runner import Runner
from bothends.engine.work import asked_for
from bothends.laws import all_laws
from bothends.laws.law import Terrain

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Sequence

    from bothends.contract import Contract
    from bothends.engine.events import Event
    from bothends.engine.options import Options
    from bothends.engine.waves import Wave

SEED_BITS = 32


class Verification:
    """One run of one contract against one target."""

    def __init__(self, options: Options, waves: Sequence[Wave] | None = None, *, replayed: str = "") -> None:
        """Load the contract and plan the cases.

        Args:
            options: What the caller chose.
            waves: What is played, and nothing else, pacts neither; None: all that the contract asks for.
            replayed: ID of the finding that is replayed; empty: none is.

        Raises:
            ContractError: The contract or the call is wrong.
        """
        self.seed = options.seed if options.seed is not None else secrets.randbits(SEED_BITS)
        self._options = options
        self._contract = load(options.config)
        work = asked_for(self._contract, options, self.seed, batches=waves, replayed=replayed)
        laws = [law.name for law in all_laws()]
        known = Known(read_known(self._contract.settings, laws) if options.live_with_known else ())
        findings = Findings(
            self._contract.digest, known.lived_with, terrain=Terrain.of(self._contract), replayed=replayed
        )
        self._interruption = Interruption()
        self._queue = EventQueue()
        self._runner = Runner(
            self._contract,
            options,
            work,
            seed=self.seed,
            findings=findings,
            known=known,
            emitter=self._queue,
            interruption=self._interruption,
        )

    @property
    def contract(self) -> Contract:
        """What is verified."""
        return self._contract

    def replay_name(self, finding_id: str) -> str:
        """Return what `bothends replay` takes for a finding of this run: its ID.

        Where a run on another target has the same finding, the name of this one's folder stands before the ID.
        """
        run = self._options.run_folder
        others = replay_file.runs_with(self._options.state_folder, finding_id) - {run.name}
        return f"{run.name}/{finding_id}" if others else finding_id

    def secrets(self) -> tuple[str, ...]:
        """Return what no report may show: the world's session secret and event key; empty before it stands."""
        return self._runner.secrets

    def interrupt(self) -> None:
        """Ask for an orderly end: `RunFinished` follows soon, with what was found so far."""
        self._interruption.ask()

    def events(self) -> AsyncIterator[Event]:
        """Run, and yield what happens; the last event is always `RunFinished`.

        Raises:
            ContractError: A name or a case that the call asks for is not there.
        """
        return self._queue.read(self._runner.run)
