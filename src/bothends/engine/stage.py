"""The stage of a run: the world listens, the target is ready, and the client is connected."""

from __future__ import annotations

import contextlib
from dataclasses import replace
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from bothends.clock import Clock
from bothends.errors import ContractError
from bothends.target import Client, LaunchedTarget, RunningTarget
from bothends.world import World

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from bothends.contract import Contract
    from bothends.contract.settings import TargetSettings
    from bothends.engine.options import Options
    from bothends.target import Target


class Stage:
    """All that stands while a run goes on."""

    def __init__(self, world: World, target: Target, client: Client, clock: Clock) -> None:
        """Hold what `staged` has set up."""
        self.world = world
        self.target = target
        self.client = client
        self.clock = clock

    @property
    def places(self) -> tuple[str, ...]:
        """`host:port` of all that the world plays."""
        addresses = (v for k, v in self.world.variables().items() if "://" in v and k.startswith("world."))
        return tuple(dict.fromkeys(urlsplit(address).netloc for address in addresses))


def target_settings(contract: Contract, options: Options) -> TargetSettings:
    """Return the `[target]` table with what the caller chose over it.

    Raises:
        ContractError: There is neither a command nor a URL.
    """
    chosen = contract.settings.target
    if options.url is not None:
        chosen = replace(chosen, url=options.url)
    if options.command is not None:
        chosen = replace(chosen, command=options.command, url=options.url)
    if options.env:
        chosen = replace(chosen, env={**chosen.env, **options.env})
    if not chosen.command and chosen.url is None:
        raise ContractError(
            "There is no target: neither a command nor a URL.",
            expected="`command` or `url` under [target] in the settings file, or --command or --url",
            advice="bothends verify --url http://127.0.0.1:3000",
        )
    return chosen


@contextlib.asynccontextmanager
async def staged(contract: Contract, options: Options, seed: int) -> AsyncIterator[Stage]:
    """Set the stage, and clear it in the end whatever happened.

    Raises:
        ContractError: There is no target, or its environment names what there is not.
        HarnessError: A port of the world's is in use.
        TargetError: The target could not be started or reached.
    """
    clock = Clock()
    settings = target_settings(contract, options)
    schemas = {name: contract.answer_schema(name) for name in contract.settings.world.upstreams}
    limit = contract.settings.time_limit_ms / 1000
    async with contextlib.AsyncExitStack() as stack:
        world = World(contract.settings.world, answer_schemas=schemas, seed=seed, clock=clock)
        await world.start()
        stack.push_async_callback(world.stop)
        target: Target
        if settings.url is not None:
            target = RunningTarget(settings.url)
        else:
            target = LaunchedTarget(
                settings,
                variables=world.variables(),
                host=contract.settings.world.host,
                log_file=options.state_folder / "target.log",
                hide=world.secrets(),
            )
        await target.start()
        stack.push_async_callback(target.stop)
        client = Client(target.base_url, clock=clock, time_limit=limit)
        stack.push_async_callback(client.close)
        yield Stage(world, target, client, clock)
