"""What the caller of a run may choose."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from hashlib import blake2s
from pathlib import Path
from typing import TYPE_CHECKING

from bothends.contract import load
from bothends.contract.openapi import is_url
from bothends.state_folder import SPECS, make_state_folder, state_folder_of

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from bothends.cases import Profile
    from bothends.contract import Contract
    from bothends.laws import LawContext
    from bothends.records import Exchange

PART = "part"
"""What a person calls a part that was asked for."""

LANES = "lanes"
"""Name of the folder that has one of its own for each lane."""


@dataclass(frozen=True, slots=True)
class Shard:
    """One part of a plan.

    Attributes:
        number: Which, from 1.
        count: Of how many.
        called: What a person calls it.
        late: How much later than the first each part begins, about, in seconds; empty: all begin together.
    """

    number: int
    count: int
    called: str = PART
    late: tuple[float, ...] = ()

    @property
    def words(self) -> str:
        """What a person calls it: `part 3 of 8`."""
        return f"{self.called} {self.number} of {self.count}"


@dataclass(frozen=True, slots=True)
class Options:
    """What the caller of a run may choose.

    Attributes:
        config: The settings file.
        url: Base URL of a running target; overrides the file.
        command: Command to launch; overrides the file.
        env: Environment variables of the launched target, over those of the file.
        seed: What the cases are made from; None: a random one, which the run tells.
        max_examples: How many generated cases; None: what the profile has.
        only: `FAMILY` or `FAMILY/CASE`, or several, one on each line; None: all.
        operations: Names and patterns of the operations under test; None: those that the settings choose.
        profile: `quick`, `default` or `deep`.
        spec: A file, or a URL of the target, in place of the spec of the settings; None: theirs.
        allow_writes: Whether anything but GET and HEAD may go to a host that is not loopback.
        fail_fast: Whether to stop at the first finding of severity error.
        concurrency: How many exchanges of a batch are under way at once.
        coverage_threshold: The least part of the contract that must be seen, percent; None: what the settings say,
            which holds for whole runs only.
        live_with_known: Whether known findings break nothing; a replay is asked whether one still shows.
        examine: Whether each finding is reproduced and made smaller when all is played.
        shard: The part of the plan that is played; None: all of it.
        lane: Which of several worlds and targets side by side it is, from 1; None: there is one.
        noted: Is given each exchange that is judged, with what it is judged by; one judged once more comes once more;
            None: nobody is.
    """

    config: Path = Path("bothends.toml")
    url: str | None = None
    command: tuple[str, ...] | None = None
    env: Mapping[str, str] = field(default_factory=dict)
    seed: int | None = None
    max_examples: int | None = None
    only: str | None = None
    operations: tuple[str, ...] | None = None
    spec: str | None = None
    allow_writes: bool = False
    profile: Profile = "default"
    fail_fast: bool = False
    concurrency: int = 16
    examine: bool = True
    coverage_threshold: float | None = None
    live_with_known: bool = True
    shard: Shard | None = None
    lane: int | None = None
    noted: Callable[[Exchange, LawContext], None] | None = None

    @property
    def state_folder(self) -> Path:
        """Where state is kept: `.bothends/` beside the settings file, unless another folder is named."""
        return state_folder_of(self.config)

    @property
    def cases_folder(self) -> Path:
        """Where generated cases are kept for the next run, within the state folder."""
        return self.state_folder / "cases"

    @property
    def run_folder(self) -> Path:
        """Where the findings and the logs of this settings file and this target are kept, within the state folder.

        The name is that of the settings file; where the call names another target than the file does, with a digest
        of what it names. Of several lanes, each has a folder of its own in there.
        """
        name = self.config.name.removesuffix(".toml")
        if self.url is not None or self.command is not None or self.env:
            named = json.dumps([self.url, self.command, sorted(self.env.items())])
            name = f"{name}-{blake2s(named.encode(), digest_size=4).hexdigest()}"
        own = self.state_folder / name
        return own if self.lane is None else own / LANES / str(self.lane)


def contract_of(options: Options) -> Contract:
    """Return the contract of a run; a spec that the call names by a URL is fetched first.

    Of one that the settings name by a URL, the copy is read that the last run has kept.

    Raises:
        ContractError: The contract is wrong, or can't be fetched.
    """
    if options.spec is None:
        return load(options.config, options.operations)
    if not is_url(options.spec):
        return load(options.config, options.operations, Path(options.spec))
    from bothends.contract.fetched import fetched  # noqa: PLC0415 -- keeps start-up short

    make_state_folder(options.state_folder)
    file = fetched(options.spec, options.state_folder / SPECS)
    return load(options.config, options.operations, file, served_at=options.spec)
