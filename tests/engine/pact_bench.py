"""A test bed with a real target on it, where pacts are verified one at a time."""

from __future__ import annotations

import asyncio
from contextlib import AsyncExitStack
from pathlib import Path
from typing import TYPE_CHECKING, Self

from bothends.contract import load
from bothends.engine import Options
from bothends.engine.control import Interruption
from bothends.engine.pacts.cases import Chosen, PactCases
from bothends.engine.pacts.phase import PactPhase
from bothends.engine.play.exchange_runner import ExchangeRunner
from bothends.engine.testbed.testbed import TestBed, open_testbed

if TYPE_CHECKING:
    from bothends.contract import Contract
    from bothends.engine.events import InteractionVerified
    from bothends.pacts import Pact

ROOT = Path(__file__).resolve().parents[2]


def project(folder: Path, *changes: tuple[str, str], spec: tuple[tuple[str, str], ...] = ()) -> Path:
    """Put this repository's contract into a folder, changed; return its settings file.

    Args:
        folder: The folder.
        changes: What is replaced in the settings, each `(old, new)`.
        spec: What is replaced in the spec.
    """
    settings = (ROOT / "bothends.toml").read_text("utf-8").replace("[target]\n", f'[target]\ncwd = "{ROOT}"\n')
    (folder / "bothends.toml").write_text(_changed(settings, changes), "utf-8")
    (folder / "openapi.yaml").write_text(_changed((ROOT / "openapi.yaml").read_text("utf-8"), spec), "utf-8")
    (folder / "contracts" / "pacts").mkdir(parents=True, exist_ok=True)
    return folder / "bothends.toml"


def _changed(text: str, changes: tuple[tuple[str, str], ...]) -> str:
    for old, new in changes:
        assert old in text
        text = text.replace(old, new)
    return text


class Bench:
    """The reference, or one with a fault planted in it, and the world around it.

    Attributes:
        contract: The contract.
        testbed: Where it all stands.
        runner: The loop that it lives in.
    """

    contract: Contract
    testbed: TestBed

    def __init__(self, config: Path, fault: str = "") -> None:
        """Take the settings file, and the name of a planted fault."""
        command = ("python", f"tests/planted/{fault}.py") if fault else None
        self._options = Options(config=config, command=command, env={"PYTHONPATH": str(ROOT)} if fault else {})
        self.contract = load(config)
        self.runner = asyncio.Runner()
        self._stack = AsyncExitStack()

    def __enter__(self) -> Self:
        """Start all."""
        on = open_testbed(self.contract, self._options, 7, Interruption())
        self.testbed = self.runner.run(self._stack.enter_async_context(on))
        return self

    def __exit__(self, *_: object) -> None:
        """Stop all."""
        self.runner.run(self._stack.aclose())
        self.runner.close()

    def verify(self, *pacts: Pact) -> tuple[list[InteractionVerified], PactPhase]:
        """Verify all interactions of some pacts; return what was told, and the phase."""
        cases = PactCases(self.contract)
        chosen = [Chosen(pact, tuple((i, cases.case(pact, i)) for i in pact.interactions)) for pact in pacts]
        phase = PactPhase(
            self.contract, self.testbed, ExchangeRunner(self.testbed, 1, self.contract.operations), Interruption()
        )

        async def told() -> list[InteractionVerified]:
            async with phase.begun(chosen) as trials:
                return [await phase.verify(trial) for trial in trials]

        return self.runner.run(told()), phase
