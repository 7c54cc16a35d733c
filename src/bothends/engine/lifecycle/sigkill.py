"""SIGKILL: nothing can be finished, yet what was answered stays true, and nothing is done twice."""

from __future__ import annotations

import signal

from bothends.engine.lifecycle.act import AROUND_STOP, CROWD, Act, Scenario
from bothends.laws.promises import IN_FLIGHT


async def _stored(act: Act) -> None:
    work = act.begin(AROUND_STOP, [act.slow(act.part)])
    if await act.in_flight(act.part):
        act.send_signal(signal.SIGKILL)
    await work
    await act.start()
    await act.exchanges(IN_FLIGHT, count=1)
    await act.settle()


async def _answered(act: Act) -> None:
    work = act.begin(AROUND_STOP)
    await act.until(lambda: act.over >= CROWD, "all requests were answered")
    act.send_signal(signal.SIGKILL)
    await work
    await act.settle()


STORED = Scenario(
    "sigkill-after-storing",
    "SIGKILL while the ingest has stored and not answered; then a new start.",
    _stored,
    part="ingest",
)
ANSWERED = Scenario("sigkill-after-answers", "SIGKILL as soon as requests are answered: no event is lost.", _answered)
