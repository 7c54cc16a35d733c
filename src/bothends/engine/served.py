"""A spec that the target serves: it is asked for before a run, and kept, so that what is said has lines to name."""

from __future__ import annotations

import asyncio
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

from bothends.contract import without_spec
from bothends.contract.settings import load_settings
from bothends.contract.tables import setup_names
from bothends.engine.control import Interruption
from bothends.engine.options import contract_of
from bothends.engine.testbed import open_testbed, target_lock, target_settings
from bothends.launch import REACH_LIMIT, RunningTarget, ask_for_spec
from bothends.state_folder import SPECS, make_state_folder

if TYPE_CHECKING:
    from bothends.contract import Contract
    from bothends.contract.settings import Settings
    from bothends.engine.options import Options

_LOG = "target-asked-for-its-spec.log"


def asked_contract(options: Options, *, group: str = "") -> Contract:
    """Return the contract of a run. A spec that the settings name by a URL is asked for now.

    Those of one group wait for each other's target; empty: who comes second is refused.

    Raises:
        ContractError: The contract is wrong, or can't be fetched.
        HarnessError: The copy of the spec can't be kept, or a port of the world's is in use.
        TargetError: The target can't be started or reached.
    """
    keep_served_spec(options, group=group)
    return contract_of(options)


def keep_served_spec(options: Options, *, group: str = "") -> None:
    """Ask the target for its spec, and keep that; nothing where the settings or the call name a file.

    A target that runs is asked. One that is launched is started, set up, asked and stopped, before the run starts it:
    the world of the run is made from the spec, so there is none yet.

    Raises:
        ContractError: The settings are wrong, or what the target serves is no document.
        HarnessError: The copy can't be kept, or a port of the world's is in use.
        TargetError: The target can't be started or reached.
    """
    if options.spec is not None:
        return
    settings = load_settings(options.config)
    if not settings.spec_url:
        return
    try:
        asyncio.get_running_loop()
    except RuntimeError:
        asyncio.run(_kept(settings, options, group))
        return
    with ThreadPoolExecutor(1) as beside:  # a loop runs in this thread: a notebook's, or that of a watch
        beside.submit(lambda: asyncio.run(_kept(settings, options, group))).result()


async def _kept(settings: Settings, options: Options, group: str) -> None:
    from bothends.contract.fetched import keep  # noqa: PLC0415 -- keeps start-up short

    text = await _asked(settings, options, group)
    make_state_folder(options.state_folder)
    keep(text, settings.spec_url, options.state_folder / SPECS / settings.file.stem)


async def _asked(settings: Settings, options: Options, group: str) -> bytes:
    contract = without_spec(settings)
    target = target_settings(contract, options)
    if target.url is not None and not setup_names(settings.spec_headers):
        limit = target.start_within_s or REACH_LIMIT
        async with RunningTarget(target.url, ready=target.ready, start_limit=limit) as running:
            return await ask_for_spec(settings, running.base_url, {})
    lock = target_lock(contract, options, group=group) if group else None
    if lock is not None:
        await lock.acquire()
    try:
        async with open_testbed(contract, options, 0, Interruption(), log=_LOG, lock=lock) as testbed:
            return await ask_for_spec(settings, testbed.target.base_url, testbed.world.setup.values)
    finally:
        if lock is not None:
            lock.release()
