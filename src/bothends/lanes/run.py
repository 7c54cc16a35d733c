"""A run in lanes: they meet, they play, what they have seen is merged, and findings are shown again with one lane."""

from __future__ import annotations

import asyncio
import contextlib
import os
import shutil
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from bothends.engine import EventQueue, Progress, RunFinished, RunStarted, Shard
from bothends.engine.parts import Merging
from bothends.engine.testbed import target_settings
from bothends.errors import HarnessError, MachineError
from bothends.lanes.confirmation import Confirmation
from bothends.lanes.handover import Handover
from bothends.lanes.meeting import LOOKS_FOR
from bothends.lanes.process import Lane
from bothends.state_folder import make_state_folder

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from bothends.contract import Contract
    from bothends.engine import Event, Options, Verification
    from bothends.lanes.link import Link
    from bothends.records import Summary

STARTS_FOR = 0.4
"""Seconds that a target takes to start, about."""

_NOT_READY = "the target of a lane did not become ready beside the others"
_BROKEN = "a good request shows an error already"
_NOT_ALONE = "findings of several lanes did not show again with one"


class LaneRun:
    """One run of one contract, in several lanes."""

    def __init__(self, options: Options, count: int, first: Verification) -> None:
        """Fork the lanes. There must be no thread and no event loop yet.

        Args:
            options: What the caller chose.
            count: How many lanes.
            first: The run as it is with one lane: it has the contract and the seed, and is made if lanes are no use.

        Raises:
            HarnessError: The state folder can't be written.
        """
        self._options = replace(options, seed=first.seed)
        self._alone = first
        self._contract = first.contract
        self._queue = EventQueue()
        self._asked = False
        self._links: list[Link] = []
        self._confirmation: Confirmation | None = None
        self._lone = False
        make_state_folder(options.state_folder)
        self._folder = options.run_folder / "lanes"
        shutil.rmtree(self._folder, ignore_errors=True)
        try:
            self._folder.mkdir(parents=True)
        except OSError as error:
            raise MachineError(
                f"The folder of the lanes can't be made: {error}.", advice="Make it writable."
            ) from error
        self._lanes: list[Lane] = []
        # As many targets start at once as there are cores: with more, the first would be ready later.
        self._at_once = max(2, os.cpu_count() or 1)
        late = tuple((number > 0) * LOOKS_FOR + (number >= self._at_once) * STARTS_FOR for number in range(count))
        for number in range(1, count + 1):
            shard = Shard(number, count, late=late)
            self._lanes.append(Lane(shard, self._contract, self._options, Handover(self._folder)))
        self._under_way = list(self._lanes)

    @property
    def contract(self) -> Contract:
        """What is verified."""
        return self._contract

    def replay_name(self, finding_id: str) -> str:
        """Return what `bothends replay` takes for a finding of this run."""
        return self._alone.replay_name(finding_id)

    def secrets(self) -> tuple[str, ...]:
        """Return what no report may show; of the lanes, there when what they have handed over is read."""
        of_lanes = (word for lane in self._lanes for word in lane.handover.secrets)
        confirmed = () if self._confirmation is None else self._confirmation.secrets()
        return (*of_lanes, *confirmed, *(self._alone.secrets() if self._lone else ()))

    def interrupt(self) -> None:
        """Ask for an orderly end: `RunFinished` follows soon, with what was found so far."""
        self._asked = True
        for link in self._links:
            link.say("stop")
        if self._confirmation is not None:
            self._confirmation.interrupt()
        if self._lone:
            self._alone.interrupt()

    def close(self) -> None:
        """Let go of lanes that were never asked to begin, and of what they have handed over."""
        for lane in self._lanes:
            lane.close()

    def events(self) -> AsyncIterator[Event]:
        """Run, and yield what happens; the last event is always `RunFinished`.

        Raises as `Verification.events` and `Merging.events`, and a `HarnessError` where no lane has left anything.
        """
        return self._queue.read(self._run)

    async def _run(self) -> None:
        try:
            await self._made()
        finally:
            await self._ended()
            for lane in self._lanes:
                lane.handover.close()

    async def _made(self) -> None:
        began = asyncio.get_running_loop().time()
        why = await self._play()
        if why or self._asked:
            await self._ended()
        if why and not self._asked:
            await self._alone_instead(why)
            return
        merging = self._merged()
        self._confirmation = Confirmation(self._contract, self._options, merging.findings)
        if not self._asked:
            if merging.findings.ranked():
                await self._ended()  # they are shown with nothing beside
            async for event in self._confirmation.events():
                self._queue.emit(event)
                await self._queue.taken()
            if not self._confirmation.confirmed and not self._asked:
                await self._alone_instead(_NOT_ALONE)
                return
            merging.confirmed(self._confirmation.kept)
        async for event in merging.events():
            if isinstance(event, RunStarted):
                continue
            if isinstance(event, RunFinished):
                event = RunFinished(self._summed_up(event.summary, asyncio.get_running_loop().time() - began))  # noqa: PLW2901
            self._queue.emit(event)
            await self._queue.taken()

    def _summed_up(self, summary: Summary, seconds: float) -> Summary:
        return replace(summary, seconds=seconds, interrupted=summary.interrupted or self._asked)

    async def _play(self) -> str:
        """Let the lanes meet and play; return why one lane has to do instead, or nothing.

        What they have seen is handed over then. They may still wait for their targets to end: see `_ended`.
        """
        self._links = [await lane.connect() for lane in self._lanes]
        for link in self._links[: self._at_once]:
            link.say("begin")
        why = await self._meet()
        if not why:
            await self._until_over()
        return why

    async def _ended(self) -> None:
        """Wait until the lanes have ended, and their targets with them."""
        links, self._links = self._links, []
        for link in links:
            await link.close()
        lanes, self._under_way = self._under_way, []
        loop = asyncio.get_running_loop()
        ending = [loop.run_in_executor(None, lane.wait) for lane in lanes]
        try:
            await asyncio.gather(*ending)
        except asyncio.CancelledError:  # the second Ctrl-C
            for lane in lanes:
                with contextlib.suppress(ProcessLookupError):
                    lane.kill()
            raise

    async def _meet(self) -> str:
        """Try whether the targets of the lanes share something; let them play, or return what it is.

        The first has nothing to wait for, and each other plays as soon as it has seen nothing: what is played
        meanwhile is seen as well where it should not be.
        """
        first, *others = self._links
        what, base_url = await first.heard()
        if what != "ready":
            return _NOT_READY
        for link in self._links[self._at_once :]:
            link.say("begin")
        self._announce(str(base_url))
        first.say("send")
        what, made = await first.heard()
        if what != "made":
            return _NOT_READY
        if not made["broken"]:
            first.say("play")
        seen = await asyncio.gather(*(self._look(link, made) for link in others))
        return next(filter(None, seen), _BROKEN if made["broken"] else "")

    @staticmethod
    async def _look(link: Link, made: dict[str, Any]) -> str:
        """Let a lane look for what the first one has made; let it play, or return what it has seen."""
        what, _ = await link.heard()
        if what != "ready":
            return _NOT_READY
        link.say("look", made)
        what, seen = await link.heard()
        if what != "seen":
            return _NOT_READY
        if seen:
            return f"the copies of the target share something: {seen}"
        if not made["broken"]:
            link.say("play")
        return ""

    def _announce(self, base_url: str) -> None:
        settings = target_settings(self._contract, self._options)
        self._queue.emit(
            RunStarted(
                seed=self._alone.seed,
                spec=self._contract.settings.spec_named,
                operations=tuple(f"{o.method} {o.path}" for o in self._contract.operations),
                target=base_url,
                launched=settings.command,
            )
        )

    async def _until_over(self) -> None:
        """Wait until each lane has played its part, or has died; tell how far they are together."""
        come: list[Any] = [[0, 0, 0.0, ""] for _ in self._links]

        async def follow(place: int, link: Link) -> None:
            while (heard := await link.heard())[0] == "progress":
                come[place] = heard[1]
                done, total, left, doing = zip(*come, strict=True)
                self._queue.emit(Progress(sum(done), sum(total), max(left), doing[place]))
            self._lanes[place].handover.read_ahead()

        await asyncio.gather(*(follow(place, link) for place, link in enumerate(self._links)))

    def _merged(self) -> Merging:
        """Merge what the lanes have left."""
        left = [lane.handover for lane in self._lanes if lane.handover.has_begun]
        if not left:
            raise HarnessError("No lane has left anything.", advice="Run it with --lanes 1.")
        return Merging(self._options, self._contract, left, called="lane")

    async def _alone_instead(self, why: str) -> None:
        """Make the run with one lane, and say why."""
        self._lone = True
        note = f"lanes: {why}, so the run was made with one lane."
        async for event in self._alone.events():
            if isinstance(event, RunFinished):
                event = RunFinished(replace(event.summary, notes=(*event.summary.notes, note)))  # noqa: PLW2901
            self._queue.emit(event)
            await self._queue.taken()
