"""What the items and the fixtures of one process share: one world, one target."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from bothends.errors import BothendsError, ContractError
from bothends.failure_text import Failures
from bothends.pytest_plugin.prover import Prover
from bothends.pytest_plugin.turns import Turns
from bothends.workbench import Workbench

if TYPE_CHECKING:
    from pathlib import Path

    import pytest


# What tells failures of what was played on a workbench.


def failures(bench: Workbench) -> Failures:
    """Return what tells failures, without the secrets of the world of an open workbench."""
    return Failures(
        bench.options.config, bench.opened.testbed.world.secrets.hidden(), bench.opened.testbed.target.base_url
    )


class LateError(AssertionError):
    """Something came late, when the test that caused it was over."""


class Shared:
    """The workbench of this process, opened when it is first needed."""

    def __init__(self, config: pytest.Config, file: Path) -> None:
        """Take what was chosen.

        Args:
            config: Of this run of pytest.
            file: The settings file.
        """
        self.seed: int = config.getoption("bothends_seed")
        self.profile: str = config.getoption("bothends_profile")
        self.max_examples: int | None = config.getoption("bothends_max_examples")
        self._url: str | None = config.getoption("bothends_url")
        self.file = file
        self._bench: Workbench | None = None
        self._open = False
        self._failure: BothendsError | None = None
        self._prover: Prover | None = None
        self._turns: Turns | None = None

    def closed_bench(self) -> Workbench:
        """Return the workbench, open or not: the contract is loaded.

        Raises:
            ContractError: The contract is wrong.
        """
        if self._bench is None:
            worker = os.environ.get("PYTEST_XDIST_WORKER")
            log = f"target-{worker}.log" if worker else "target.log"
            turns = os.environ.get("PYTEST_XDIST_TESTRUNUID", "")
            self._bench = Workbench(self.file, url=self._url, seed=self.seed, log=log, turns=turns)
        return self._bench

    def bench(self) -> Workbench:
        """Return the workbench, open.

        Raises:
            ContractError: The contract is wrong.
            HarnessError: A port of the world's is in use.
            ContractError: Somebody else has a process of the target, and there is one at a time.
            TargetError: The target could not be started or reached; it is not tried again.
        """
        if self._failure is not None:
            raise self._failure
        bench = self.closed_bench()
        if not self._open:
            try:
                self._alone(bench)
                bench.open()
            except BothendsError as failure:
                self._failure = failure
                raise
            self._open = True
            if bench.opened.testbed.lock is not None and self._several:
                self._turns = Turns(bench, self._started_anew)
        return bench

    def begin_item(self) -> None:
        """Have the target for one item: it may be another worker's turn. Raises as `Turns.begin`."""
        if self._turns is not None:
            self._turns.begin()

    def end_item(self) -> None:
        """Be done with an item."""
        if self._turns is not None:
            self._turns.end()

    def _started_anew(self) -> None:
        if self._prover is not None:
            self._prover.started_anew()

    @property
    def _several(self) -> bool:
        return int(os.environ.get("PYTEST_XDIST_WORKER_COUNT", "1")) > 1

    def prover(self) -> Prover:
        """Return what proves items on the workbench; raises as `bench`."""
        if self._prover is None:
            self._prover = Prover(self.bench())
        return self._prover

    def settle(self) -> None:
        """Wait for what may still come.

        Raises:
            LateError: What came has broken a law.
        """
        if self._bench is None or not self._open:
            return
        breaches = self._bench.settle()
        if breaches:
            text = failures(self._bench).breaches(breaches)
            raise LateError(f"After the last test, bothends found this about an earlier one.\n\n{text}")

    def close(self) -> None:
        """Stop the target and the world."""
        if self._turns is not None:
            self._turns.close()
        if self._bench is not None and self._open:
            self._open = False
            self._bench.close()

    @property
    def launched(self) -> bool:
        """Whether the target is launched, and does not run already; a wrong contract is a `ContractError`."""
        return not self._running(self.closed_bench())

    def _running(self, bench: Workbench) -> str | None:
        return self._url or bench.contract.settings.target.url

    def _alone(self, bench: Workbench) -> None:
        """Make sure that no other worker plays the world around the same target.

        Raises:
            ContractError: One may.
        """
        running = self._running(bench)
        if running and self._several:
            raise ContractError(
                f"{running} has one world around it, and several workers can't share it",
                expected="one worker, or a command that bothends launches for each worker",
                advice="Run pytest without -n.",
            )
