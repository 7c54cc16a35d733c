"""What is done with a target that has just become ready: setup, its values, and the rest of its events.

A target may send an event when a webhook is registered, before or after its answer, to the address of declared events.
Such events belong to no case. So what arrives until none has come for a while is dropped before the first case; after a
restart, only if it has nothing of the run, as late events of earlier requests may still come then.
"""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from bothends.contract.tables import SETUP, env_values, fill_text, setup_names
from bothends.errors import ContractError, Location, TargetError
from bothends.launch import Program, SetupRunner, check_names

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence

    from bothends.clock import Clock
    from bothends.contract.settings import TargetSettings
    from bothends.contract.tables import Renewal
    from bothends.launch import Target
    from bothends.records import Request
    from bothends.world import World

_LOOK = 0.02
_LONGEST_REST = 30.0
"""How long events of setup are waited for, seconds: a target may send without end."""
_TWICE = (
    " It runs once for each scenario of `start-and-stop`, too, whose world has other addresses: let it take what the "
    "target has kept, as by signing in where an account is there; or let the command of the target begin with an empty "
    "store, without `setup_once`."
)
LEAST_SECRET = 8
"""What is shorter stands in a text by chance, and no law looks for it."""


class Preparation:
    """Prepares the target of a test bed, after each start or after the first one.

    Attributes:
        windows: When setup ran, and its events came to rest; by the clock, seconds.
    """

    def __init__(
        self, settings: TargetSettings, world: World, clock: Clock, *, needed: Collection[str] = (), again: bool = False
    ) -> None:
        """Take what is to be done.

        Args:
            settings: The `[target]` table.
            world: It listens.
            clock: The run's.
            needed: Names of the values that the spec needs.
            again: Whether the run has prepared the target in another world before, with other addresses.

        Raises:
            ContractError: A text uses a name that the world does not have.
        """
        self._settings = settings
        self._advice = _TWICE if again and settings.setup_once else ""
        private = {*setup_names(settings.secrets), *world.setup.names}
        self._needed = sorted(private.union(needed))
        self._world = world
        self._clock = clock
        self._runner = SetupRunner(
            settings,
            variables=world.variables(),
            host=world.settings.host,
            hide=world.secrets.hidden(),
            private=private,
        )
        sessions = {id(each.table): each for each in world.settings.sessions.values()}
        self._renewals = [
            (each.renewal, self._program(each.renewal, each.location))
            for each in sessions.values()
            if each.renewal is not None
        ]
        self._renewed = [clock.system()] * len(self._renewals)
        self.windows: list[tuple[float, float]] = []

    def _program(self, renewal: Renewal, where: Location | None) -> Program:
        check_names(renewal.command, self._world.variables(), where)
        hide = self._world.secrets.hidden()
        return Program(renewal.command, what="command `renew`", cwd=self._settings.cwd, where=where, hide=hide)

    @property
    def requests(self) -> Sequence[Request]:
        """The requests of setup that the target has taken, so far."""
        return self._runner.accepted

    @property
    def is_some(self) -> bool:
        """Whether there is anything to do."""
        return bool(self._settings.setup)

    async def renew(self, target: Target) -> None:
        """Renew the credentials that are too old.

        Time decides, and no refusal: that may be the bug that the run looks for.

        Raises:
            ContractError: A value is wrong where the settings use it.
            TargetError: The command fails, or yields too little.
        """
        for place, (renewal, program) in enumerate(self._renewals):
            # By the system's clock, as who issued them goes by it: where that was set, they may be too old at once.
            if 0 <= self._clock.system() - self._renewed[place] < renewal.after_s:
                continue
            known = self._world.setup.values
            texts = {**self._world.variables(), **_named(known), **_of_target(target)}
            self._take(target, {**known, **await program.run(texts, self._settings.setup_within_s)})
            self._renewed[place] = self._clock.system()

    async def run(self, target: Target) -> None:
        """Prepare a target that is ready.

        Raises:
            ContractError: A value is wrong where the settings use it.
            TargetError: A step fails, or yields too little.
        """
        if not self._settings.setup or (self._settings.setup_once and self.windows):
            if not self.windows:
                self._world.setup.take({}, self._secrets({}))
            return
        began = self._clock.now()
        try:
            values = await self._runner.run(target.base_url)
        except TargetError as error:
            raise _with_log(error, target, self._advice) from error
        self._take(target, values)
        self._renewed = [self._clock.system()] * len(self._renewals)
        await self._rest()
        if not self.windows:
            self._world.take()  # no case has begun: whatever came is setup's
        self.windows.append((began, self._clock.now()))

    def _take(self, target: Target, values: dict[str, Any]) -> None:
        self._check_yielded(values)
        self._world.setup.take(values, self._secrets(values))
        target.hide(self._world.secrets.hidden())

    def _check_yielded(self, values: dict[str, object]) -> None:
        settings = self._settings
        for name in self._needed:
            if name not in values:
                raise TargetError(
                    f"The setup command printed no '{name}', which the contract uses.",
                    where=settings.setup.location,
                    expected=f'a JSON object with the member "{name}"',
                )

    def _secrets(self, values: dict[str, object]) -> tuple[str, ...]:
        settings = self._settings
        found = []
        for text in settings.secrets:
            secret = fill_text(text, {**self._world.variables(), **_named(values), **env_values(text)})
            if len(secret) < LEAST_SECRET:
                raise ContractError(
                    f"The secret {text} has {len(secret)} characters.",
                    where=None if settings.file is None else Location(settings.file, "target.secrets"),
                    expected=f"{LEAST_SECRET} characters or more: a shorter one stands in other texts by chance",
                )
            found.append(secret)
        return tuple(found)

    async def _rest(self) -> None:
        """Wait until no event has come for a while, and none is under way."""
        quiet = self._settings.setup_quiet_ms / 1000
        if not self._world.services.ingests:
            return
        deadline = self._clock.now() + _LONGEST_REST
        last, since = self._world.services.arrived, self._clock.now()
        while self._clock.now() - since < quiet and self._clock.now() < deadline:
            await asyncio.sleep(_LOOK)
            if self._world.services.arrived != last:
                last, since = self._world.services.arrived, self._clock.now()
        await self._world.services.quiet(max(0.0, deadline - self._clock.now()))


def _named(values: Mapping[str, Any]) -> dict[str, Any]:
    return {f"{SETUP}{name}": value for name, value in values.items()}


def _of_target(target: Target) -> dict[str, str]:
    return {"target": target.base_url, "port": str(urlsplit(target.base_url).port or "")}


def _with_log(error: TargetError, target: Target, advice: str) -> TargetError:
    """Return an error with what the target wrote last, and with more advice."""
    lines = target.log_tail(10)
    log = "".join(f"\n  | {line}" for line in lines)
    problem = f"{error.problem}\nThe end of the target's log:{log}" if lines else error.problem
    return TargetError(problem, where=error.where, expected=error.expected, advice=f"{error.advice}{advice}".strip())
