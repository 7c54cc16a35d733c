"""Examines a finding: the least that shows it again, and the smallest request that does."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from bothends.contract import admission
from bothends.engine.judge import CHECKS
from bothends.engine.shrink import smaller
from bothends.engine.waves import Wave

if TYPE_CHECKING:
    from collections.abc import Iterator

    from bothends.clock import Clock
    from bothends.contract import Operation
    from bothends.engine.findings import Held
    from bothends.engine.judge import Judge
    from bothends.engine.player import Player
    from bothends.records import Breach, Case, Finding

CROWD = 48
"""Copies of a case in a wave that is to show what only concurrency shows."""

CROWDS = 3
"""Such waves that are tried."""


@dataclass(frozen=True, slots=True)
class Examined:
    """What examining a finding has come to.

    Attributes:
        finding: With its smallest case, and whether it reproduces.
        waves: What shows it, in order; the last one shows it.
    """

    finding: Finding
    waves: tuple[Wave, ...]


class Examiner:
    """Plays parts of a run again to learn what a finding depends on."""

    def __init__(self, player: Player, judge: Judge, clock: Clock, control: Case | None) -> None:
        """Take what a run has.

        Args:
            player: Makes the exchanges.
            judge: Judges them.
            clock: Bounds the time.
            control: A good case, to stand before or beside a bad one.
        """
        self._player = player
        self._judge = judge
        self._clock = clock
        self._control = control

    async def examine(self, held: Held, operation: Operation, seconds: float) -> Examined:
        """Reproduce a finding by ever larger histories, then make its request smaller.

        Args:
            held: The finding and the wave that showed it.
            operation: The operation that its case is about.
            seconds: How long this may take; what was reached by then is kept.
        """
        deadline = self._clock.now() + seconds
        finding, case = held.finding, held.finding.case
        for waves in self._histories(held):
            shown = await self._shows(waves, finding)
            if shown is not None:
                finding = replace(finding, reproduced=True)
                # What is told in raw bytes, or in time, is what the finding is about.
                if len(waves) == 1 and len(waves[0].cases) == 1 and not case.manner:
                    return await self._shrink(finding, waves[0], operation, deadline)
                return Examined(finding, waves)
            if self._clock.now() > deadline:
                break
        return Examined(replace(finding, reproduced=False), (*held.wave.prelude, held.wave))

    def _histories(self, held: Held) -> Iterator[tuple[Wave, ...]]:
        case, wave = held.finding.case, held.wave
        if wave.prelude:
            yield (*wave.prelude, Wave(wave.given, (case,), 1))
            return
        if held.finding.breach.exchange is None:
            yield (wave,)
            return
        yield (Wave(wave.given, (case,), 1),)
        if self._control is not None:
            yield (Wave((), (self._control,), 1), Wave(wave.given, (case,), 1))
        # What depends on who comes first need not show at once. Of one that takes its time, a crowd is no help.
        for _ in range(0 if case.manner else CROWDS):
            yield (Wave(wave.given, (case,) * CROWD),)
        yield (wave,)

    async def _shows(self, waves: tuple[Wave, ...], finding: Finding) -> Breach | None:
        found = None
        for wave in waves:
            found = next((b for b in await self.breaches(wave) if same(b, finding)), None)
        return found

    async def breaches(self, wave: Wave) -> list[Breach]:
        """Play a wave and return all that was broken in it."""
        played = await self._player.play(wave)
        judged = list(self._judge.wave(played.attributed, self._player.calls))
        return [b for j in judged for b in j.breaches] + self._judge.phantoms(played.attributed)

    async def _shrink(self, finding: Finding, wave: Wave, operation: Operation, deadline: float) -> Examined:
        case = finding.case
        wanted = admission(operation, case.request)
        # A generator's own checks know the requests that it made, and no others.
        progress = not finding.breach.law.startswith(CHECKS)
        while progress and self._clock.now() < deadline:
            progress = False
            for request in smaller(case.request):
                if self._clock.now() > deadline:
                    break
                # The contract must say the same of the smaller request, for the same law to be broken by it.
                if admission(operation, request) != wanted:
                    continue
                candidate = replace(case, request=request, origin=None)
                breach = await self._shows((replace(wave, cases=(candidate,)),), finding)
                if breach is not None:
                    case, progress = candidate, True
                    finding = replace(finding, case=case, breach=breach, smaller=True)
                    break
        return Examined(finding, (replace(wave, cases=(case,)),))


def same(breach: Breach, finding: Finding) -> bool:
    """Whether a breach is of the finding's law and cause."""
    return (breach.law, breach.cause) == (finding.breach.law, finding.breach.cause)
