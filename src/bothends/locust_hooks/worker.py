"""What a worker of Locust's has beside its users: the companion, and the requests that it hands out."""

from __future__ import annotations

import json
import time
from collections import deque
from typing import TYPE_CHECKING, Any
from weakref import WeakKeyDictionary

import gevent
from gevent.event import Event
from gevent.queue import Empty, Queue

from bothends.locust_hooks.process import Process
from bothends.soak import HERE, HUB, is_a

if TYPE_CHECKING:
    from pathlib import Path

    from locust.env import Environment

TO_HUB = "bothends-to-hub"
TO_WORKER = "bothends-to-worker"
"""The names of Locust's messages that lines travel in."""
_LEAST_AHEAD = 8
_LOOK_SECONDS = 0.05
_HELLO_SECONDS = 0.5
_REMEMBERED_LAGS = 1024

_WORKERS: WeakKeyDictionary[Environment, Worker] = WeakKeyDictionary()


def worker_of(environment: Environment) -> Worker:
    """Return the worker of an environment of Locust's."""
    return _WORKERS[environment]


class Worker:
    """One worker.

    Attributes:
        target: The target's base URL.
        time_limit: Seconds until an answer must be whole.
        answer_limit: Most bytes of an answer's body that are judged.
    """

    def __init__(self, environment: Environment, config: Path, url: str | None) -> None:
        """Ask the hub for what there is to know.

        Args:
            environment: Locust's.
            config: The settings file, on this machine.
            url: Where the target of this worker is; None: as the settings say.
        """
        self._environment = environment
        self._config = config
        self._url = url
        self._requests: Queue[dict[str, Any]] = Queue()
        self._wanted = 0
        self._over = False
        self._ready = Event()
        self._companion: Process | None = None
        self._ended = False
        self._lags: deque[tuple[float, float]] = deque(maxlen=_REMEMBERED_LAGS)
        self.target = ""
        self.time_limit = 10.0
        self.answer_limit = 0
        _WORKERS[environment] = self
        environment.runner.register_message(TO_WORKER, self._from_hub)
        gevent.spawn(self._watch_the_clock)
        gevent.spawn(self._join)

    def _join(self) -> None:
        """Say that this worker is there, until the hub has heard of it: the master may not listen yet."""
        while self._companion is None and not self._ended:
            gevent.sleep(_HELLO_SECONDS)
            self._to_hub('{"is":"hello"}')

    def next(self) -> dict[str, Any] | None:
        """Return the next request, when there is one; None: the soak is over."""
        self._ready.wait()
        while not self._over:
            self._ask_ahead()
            try:
                request: dict[str, Any] = self._requests.get(timeout=_LOOK_SECONDS)
            except Empty:
                continue
            self._wanted -= 1
            return request
        return None

    def answer(self, message: dict[str, Any]) -> None:
        """Hand an answer back."""
        self._to_companion(message)

    def abandon(self, number: int) -> None:
        """Say that nobody knows what came of a request."""
        self._to_companion({"is": "abandoned", "number": number})

    def lag(self, since: float) -> float:
        """Return by how much this process ran late at most since a time of the monotonic clock, both in seconds."""
        return max((late for at, late in self._lags if at >= since), default=0.0)

    def end(self) -> None:
        """Let the companion go."""
        self._ended = True
        if self._companion is not None:
            self._companion.end()

    def _ask_ahead(self) -> None:
        """Have as many requests ready as users may take while others are on their way."""
        count = max(_LEAST_AHEAD, 2 * self._environment.runner.user_count) - self._wanted
        if count > 0:
            self._wanted += count
            self._to_companion({"is": "want", "count": count})

    def _to_companion(self, message: dict[str, Any]) -> None:
        if self._companion is not None:
            self._companion.put(HERE, json.dumps(message, separators=(",", ":")))

    def _to_hub(self, message: str) -> None:
        self._environment.runner.send_message(TO_HUB, {"line": message})

    def _from_hub(self, msg: Any, **_: Any) -> None:
        """Take a line of the hub's: it is the companion's to read."""
        message: str = msg.data["line"]
        if is_a("briefing", message):
            if self._companion is None:  # it is told as often as it was asked for
                self._start(json.loads(message))
        elif self._companion is not None:
            self._companion.put(HUB, message)

    def _start(self, briefing: dict[str, Any]) -> None:
        self.time_limit, self.answer_limit = briefing["time_limit"], briefing["answer_limit"]
        self._companion = Process("companion", self._take, self._gone)
        self._to_companion({**briefing, "config": str(self._config), "url": self._url, "env": {}})

    def _take(self, address: str, message: str) -> None:
        """Take a line of the companion's."""
        if address == HUB:
            self._to_hub(message)
            return
        said = json.loads(message)
        match said["is"]:
            case "request":
                self._requests.put(said)
            case "ready":
                self.target = said["target"]
                self._ready.set()
            case "stop":
                self._stop()
            case _:  # `no-more`: the users wait for what other workers still do
                return

    def _stop(self) -> None:
        """Hand out no more, and say what was not sent."""
        self._over = True
        numbers = []
        while not self._requests.empty():
            numbers.append(self._requests.get()["number"])
        self._to_companion({"is": "unsent", "numbers": numbers})

    def _gone(self, code: int) -> None:
        self._over = True
        self._ready.set()
        if not self._ended and code:
            why = f"its companion ended with {code}"
            self._to_hub(json.dumps({"is": "failed", "why": why, "code": 5}, separators=(",", ":")))

    def _watch_the_clock(self) -> None:
        """Note by how much this process runs late: then its times say nothing of the target."""
        while not self._ended:
            before = time.monotonic()
            gevent.sleep(_LOOK_SECONDS)
            late = time.monotonic() - before - _LOOK_SECONDS
            if late > _LOOK_SECONDS:
                self._lags.append((time.monotonic(), late))
