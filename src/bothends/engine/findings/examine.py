"""Examines a finding: the least that shows it again, and the smallest request that does."""

from __future__ import annotations

import itertools
import json
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from bothends.contract import admission
from bothends.engine.batches import Wave
from bothends.engine.events import Examining, FindingSettled
from bothends.engine.testbed import judge_for
from bothends.laws import Scope, law_of
from bothends.records import Step

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from bothends.clock import Clock
    from bothends.contract import Contract, Operation
    from bothends.engine.attribution.tie import Attributed
    from bothends.engine.control import Interruption
    from bothends.engine.emitter import Emitter
    from bothends.engine.exchanges import Player
    from bothends.engine.findings.findings import Held
    from bothends.engine.findings.judge import Judge
    from bothends.engine.findings.replay_file import Filing
    from bothends.engine.testbed import Stage
    from bothends.records import Breach, Case, Finding, Request


# Smaller requests: what can be left out of one, largest steps first.
#
# Whether a smaller request still shows a finding is for the caller to try. Candidates are plain
# requests; those that the contract would judge otherwise are the caller's to leave out.


def smaller(request: Request) -> Iterator[Request]:
    """Yield requests that are smaller in one respect: no body, fewer headers, a simpler body."""
    if request.body is not None:
        yield replace(
            request,
            body=None,
            framing="length",
            headers=tuple(h for h in request.headers if h[0].lower() != "content-type"),
        )
    if "?" in request.target:
        yield replace(request, target=request.target.partition("?")[0])
    for index in range(len(request.headers)):
        yield replace(request, headers=request.headers[:index] + request.headers[index + 1 :])
    if request.framing == "chunked":
        yield replace(request, framing="length")
    if request.body:
        yield from (replace(request, body=body) for body in _smaller_bodies(request.body))


def _smaller_bodies(body: bytes) -> Iterator[bytes]:
    try:
        value = json.loads(body)
        # The value itself comes first: written without white space, it may be smaller already.
        for candidate in itertools.chain((value,), _smaller_values(value)):
            text = _text(candidate)
            if len(text) < len(body):
                yield text
    except (ValueError, RecursionError):  # no JSON, or too deep to be taken apart as a value
        yield from _smaller_bytes(body)


def _text(value: Any) -> bytes:
    try:
        return json.dumps(value, separators=(",", ":"), ensure_ascii=False).encode()
    except UnicodeEncodeError:  # half of a surrogate pair can only be told by an escape
        return json.dumps(value, separators=(",", ":")).encode()


def _smaller_bytes(body: bytes) -> Iterator[bytes]:
    size = len(body) // 2
    while size:
        for start in range(0, len(body), size):
            yield body[:start] + body[start + size :]
        size //= 2


def _smaller_values(value: Any) -> Iterator[Any]:
    match value:
        case dict() if value:
            yield {}
            for key in value:
                yield {k: v for k, v in value.items() if k != key}
            for key, inner in value.items():
                yield from ({**value, key: candidate} for candidate in _smaller_values(inner))
        case list() if value:
            yield []
            for index in range(len(value)):
                yield value[:index] + value[index + 1 :]
            for index, inner in enumerate(value):
                yield from ([*value[:index], candidate, *value[index + 1 :]] for candidate in _smaller_values(inner))
        case str() if value:
            yield ""
            yield value[: len(value) // 2]
            yield value[1:]
        case bool() | None:
            return
        case int() | float() if value != 0:
            yield 0


CROWD = 48
"""Copies of a case in a wave that is to show what only concurrency shows."""

CROWDS = 3
"""Such waves that are tried."""


_SETTLING = 0.5
"""What a wave takes beside its exchanges, seconds."""


@dataclass(frozen=True, slots=True)
class Examined:
    """What examining a finding has come to.

    Attributes:
        finding: With its smallest case, and whether it reproduces; None: there was no time to know.
        waves: What shows it, in order; the last one shows it.
    """

    finding: Finding
    waves: tuple[Wave, ...]


class Examiner:
    """Plays parts of a run again to learn what a finding depends on."""

    def __init__(
        self,
        player: Player,
        judge: Judge,
        clock: Clock,
        controls: Mapping[str, Case],
        *,
        concurrency: int,
    ) -> None:
        """Take what a run has.

        Args:
            player: Makes the exchanges.
            judge: Judges them.
            clock: Bounds the time.
            controls: A good case of each operation, to stand before a bad one.
            concurrency: How many exchanges of a wave are under way at once.
        """
        self._concurrency = concurrency
        self._player = player
        self._judge = judge
        self._clock = clock
        self._controls = controls

    async def examine(self, held: Held, operation: Operation, seconds: float, most: float | None = None) -> Examined:
        """Reproduce a finding by ever larger histories, then make its request smaller.

        Only what was tried with all that had shown it, and did not show again, is said not to reproduce.

        Args:
            held: The finding and the wave that showed it.
            operation: The operation that its case is about.
            seconds: How long this may take; what there is no time for is left out.
            most: How long the request alone may take, which is tried first; None: no longer than all.
        """
        deadline = self._clock.now() + seconds
        until = deadline if most is None else self._clock.now() + max(seconds, most)
        finding, case = held.finding, held.finding.case
        tried = False
        for waves in self._histories(held):
            limit, until = until, deadline
            if self._clock.now() + self._seconds(waves, held) > limit:
                continue  # what comes after a crowd may be quicker than that
            shown = await self._shows(waves, finding)
            if shown is not None:
                finding = replace(finding, reproduced=True)
                # What is told in raw bytes, or in time, is what the finding is about.
                if len(waves) == 1 and len(waves[0].cases) == 1 and not case.manner:
                    # Each try takes as long as the finding itself does, and may be none that shows it.
                    last = deadline - self._seconds(waves, held)
                    return await self._shrink(finding, waves[0], operation, last)
                return Examined(self._with_history(finding, waves), waves)
            tried = tried or waves == held.whole
        finding = replace(finding, reproduced=False if tried else None)
        return Examined(self._with_history(finding, held.whole), held.whole)

    def _with_history(self, finding: Finding, waves: tuple[Wave, ...]) -> Finding:
        """Return the finding with what it depends on: of the request alone, nothing more need be said."""
        if finding.reproduced is not False and sum(len(wave.cases) for wave in waves) == 1:
            return finding
        steps: list[Step] = []
        for wave in waves:
            at_once = min(wave.concurrency or self._concurrency, len(wave.cases))
            if steps and (steps[-1].given, steps[-1].at_once) == (wave.given, at_once):
                last = steps.pop()
                families = tuple(dict.fromkeys((*last.families, *wave.families)))
                steps.append(Step(wave.given, families, last.requests + len(wave.cases), at_once))
            else:
                steps.append(Step(wave.given, wave.families, len(wave.cases), at_once))
        return replace(finding, history=tuple(steps))

    def _histories(self, held: Held) -> Iterator[tuple[Wave, ...]]:
        case, wave = held.finding.case, held.wave
        if wave.prelude:
            yield (*wave.prelude, Wave(wave.given, (case,), 1))
            yield held.whole
            return
        if held.finding.breach.exchange is None:
            yield held.whole
            return
        if law_of(held.finding.breach.law).builds_up:
            # The target that is examined has it in itself by now; one that is started anew for a replay has not.
            many = Wave((), (self._controls.get(case.operation, case),) * CROWD)
            yield (*(many,) * CROWDS, Wave(wave.given, (case,), 1))
            yield held.whole
            return
        yield (Wave(wave.given, (case,), 1),)
        if case.operation in self._controls:
            yield (Wave((), (self._controls[case.operation],), 1), Wave(wave.given, (case,), 1))
        # What depends on who comes first need not show at once. Of one that takes its time, a crowd is no help.
        for _ in range(0 if case.manner else CROWDS):
            yield (Wave(wave.given, (case,) * CROWD),)
        yield (wave,)
        if held.before:
            yield held.whole

    def _seconds(self, waves: tuple[Wave, ...], held: Held) -> float:
        """Return how long waves will take, as far as the exchange that showed the finding tells."""
        exchange = held.finding.breach.exchange
        each = 0.0 if exchange is None else exchange.ended - exchange.began
        rounds = sum(-(-len(wave.cases) // (wave.concurrency or self._concurrency)) for wave in waves)
        waited = _came_late(held.finding.breach) or any(case.manner for wave in waves for case in wave.cases)
        return each * rounds + _SETTLING * waited

    async def _shows(self, waves: tuple[Wave, ...], finding: Finding) -> Breach | None:
        found = None
        for wave in waves:
            found = next((b for b in await self.breaches(wave) if same(b, finding)), None)
        if found is None and _came_late(finding.breach):
            # A replay waits at its end as the run did: what comes late needs no wave after it to be seen.
            found = next((b for b in self._told(await self._player.settle()) if same(b, finding)), None)
        return found

    async def breaches(self, wave: Wave) -> list[Breach]:
        """Play a wave and return all that was broken in it."""
        played = await self._player.play(wave)
        return self._told(played.attributed)

    def _told(self, attributed: Attributed) -> list[Breach]:
        judged = list(self._judge.wave(attributed, self._player.calls))
        return [b for j in judged for b in j.breaches] + self._judge.phantoms(attributed)

    async def _shrink(self, finding: Finding, wave: Wave, operation: Operation, deadline: float) -> Examined:
        case = finding.case
        wanted = admission(operation, case.request)
        # A generator's own checks know the requests that it made, and no others.
        progress = law_of(finding.breach.law).scope is not Scope.CHECK
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


def _came_late(breach: Breach) -> bool:
    """Whether an event of its exchange arrived when the exchange was over."""
    exchange = breach.exchange
    return exchange is not None and any(delivery.received > exchange.ended for delivery in exchange.deliveries)


def same(breach: Breach, finding: Finding) -> bool:
    """Whether a breach is of the finding's law and cause."""
    return (breach.law, breach.cause) == (finding.breach.law, finding.breach.cause)


# Examines the findings of a run when all is played: each is reproduced and made smaller, as far as there is time.

EXAMINED = 10
"""Findings that are reproduced and made smaller; a person reads no more of them in one sitting."""

EACH_SECONDS = 3.0
"""Time for one finding, beyond which what was reached is kept."""

EXAMINING_SECONDS = 15.0
"""Time for all of them."""


class Examination:
    """Examines one finding after the other, within a time."""

    def __init__(  # noqa: PLR0913 -- it brings together what a run has
        self,
        contract: Contract,
        *,
        stage: Stage,
        player: Player,
        filing: Filing,
        emitter: Emitter,
        interruption: Interruption,
        concurrency: int,
    ) -> None:
        """Take all that it works with.

        Args:
            contract: What is verified.
            stage: The world and the target.
            player: Makes the exchanges.
            filing: Has the findings.
            emitter: Takes the events.
            interruption: Ends the run at a person's wish.
            concurrency: How many exchanges of a batch are under way at once.
        """
        self._contract = contract
        self._stage = stage
        self._player = player
        self._filing = filing
        self._emitter = emitter
        self._interruption = interruption
        self._concurrency = concurrency

    async def run(self, controls: Mapping[str, Case]) -> None:
        """Examine what was found.

        Args:
            controls: A good case of each operation, to stand before a bad one.

        Raises:
            HarnessError: A law crashed, or a replay file can't be written.
            Interrupted: A person asked for the end.
        """
        clock = self._stage.clock
        findings = self._filing.findings
        # A judge of its own: what is tried here is no part of the run, and not counted in it.
        judge = judge_for(self._contract, self._stage)
        examiner = Examiner(self._player, judge, clock, controls, concurrency=self._concurrency)
        until = clock.now() + EXAMINING_SECONDS
        for place, held in enumerate(findings.held()):
            if not held.finding.replayable:
                continue
            # The case that stands for all may not be the one that was seen first.
            self._filing.keep(held.finding.id, held.finding.breach, (*held.wave.prelude, *held.wave.steps), held.only)
            left = until - clock.now()
            if place < EXAMINED and left > 0:
                await self._examine(examiner, held, left)

    async def _examine(self, examiner: Examiner, held: Held, left: float) -> None:
        exchange = held.finding.breach.exchange
        if exchange is None or held.only or self._player.patience.spent:
            return  # nothing to make smaller: the request is another's, or there is none; or it would not be answered
        self._emitter.emit(Examining(held.finding))
        operation = self._contract.operation(exchange.case.operation)
        examining = examiner.examine(held, operation, min(EACH_SECONDS, left), left)
        examined = await self._interruption.guard(examining)
        finding = self._filing.findings.settle(examined.finding)
        self._filing.keep(finding.id, finding.breach, examined.waves)
        self._emitter.emit(FindingSettled(finding))
        await self._emitter.taken()
