"""What the master of Locust's has beside its own: the hub, whose lines it passes on, and the verdict at the end."""

from __future__ import annotations

import json
import logging
import sys
from typing import TYPE_CHECKING, Any

import gevent
from gevent.event import Event
from locust.runners import STATE_MISSING, MasterRunner

from bothends.locust_hooks.process import Process
from bothends.locust_hooks.worker import TO_HUB, TO_WORKER
from bothends.soak import HERE

if TYPE_CHECKING:
    from locust.env import Environment

_LOG = logging.getLogger("bothends")
_LOOK_SECONDS = 0.5
_LONGEST_END = 150.0
"""Seconds that the verdict is waited for at most."""
_FAILED = 5


class Master:
    """The master of a soak: with workers, or without any but itself.

    Attributes:
        rows: How each law has fared so far.
        said: The verdict as far as it is known, in one line.
    """

    def __init__(self, environment: Environment, start: dict[str, Any]) -> None:
        """Start the hub, and wait until the target is ready.

        Args:
            environment: Locust's.
            start: What the hub is told.

        Raises:
            SystemExit: The contract is wrong, or the target could not be started.
        """
        self._environment = environment
        self._ready = Event()
        self._verdict = Event()
        self._ending = False
        self._code: int | None = None
        self._text = ""
        self._addresses: dict[str, bool] = {}
        self.rows: list[dict[str, Any]] = []
        self.said = ""
        self._hub = Process("hub", self._take, self._gone)
        self._say(start)
        environment.runner.register_message(TO_HUB, self._from_worker)
        self._ready.wait()
        if self._code is not None:
            sys.stderr.write(self._text)
            raise SystemExit(self._code)
        environment.events.test_stopping.add_listener(lambda **_: self.end())
        environment.events.quitting.add_listener(self._quit)
        environment.events.quit.add_listener(self._tell)
        gevent.spawn(self._watch_workers)

    def end(self) -> None:
        """End the soak: let companions finish what is under way, and wait for the verdict."""
        if not self._ending:
            self._ending = True
            self._say({"is": "end"})
        if not self._verdict.wait(_LONGEST_END):
            self._fail("the hub did not tell the verdict in time")

    def _say(self, message: dict[str, Any]) -> None:
        self._hub.put(HERE, json.dumps(message, separators=(",", ":")))

    def _from_worker(self, msg: Any, **_: Any) -> None:
        self._addresses.setdefault(msg.node_id, False)
        self._hub.put(msg.node_id, msg.data["line"])

    def _take(self, address: str, message: str) -> None:
        """Take a line of the hub's."""
        if address != HERE:
            self._environment.runner.send_message(TO_WORKER, {"line": message}, client_id=address)
            return
        said = json.loads(message)
        match said["is"]:
            case "ready":
                if said["target"]:
                    self._environment.host = said["target"]
                self._ready.set()
            case "laws":
                self.rows, self.said = said["rows"], said["said"]
            case "over":
                gevent.spawn(self._stop)
            case "verdict":
                self._code, self._text, self.rows = said["code"], said["text"], said["rows"]
                self.said = self._text.splitlines()[-1]
                self._verdict.set()
                gevent.spawn(self._stop)  # Locust may have stopped by itself, with nobody there to end it
            case "failed":
                self._fail(said["why"], said["code"])
            case other:
                self._fail(f"the master does not know the message `{other}`")

    def _fail(self, why: str, code: int = _FAILED) -> None:
        if self._code is None:
            self._code, self._text = code, f"{why}\n"
            self.said = why.splitlines()[0]
        self._ready.set()
        self._verdict.set()

    def _gone(self, code: int) -> None:
        running = not self._verdict.is_set()
        self._fail(f"the hub ended with {code} before it told the verdict")
        if running:
            gevent.spawn(self._stop)

    def _stop(self) -> None:
        """Stop the test: all is sent, or nothing can be sent any more."""
        options, runner = self._environment.parsed_options, self._environment.runner
        if options is None or options.headless:
            runner.quit()
            return
        runner.stop()
        # As Locust does at the end of `--run-time`.
        if options.autostart and options.autoquit != -1:
            gevent.sleep(options.autoquit)
            runner.quit()
            self._environment.web_ui.stop()

    def _quit(self, **_: Any) -> None:
        self.end()
        self._environment.process_exit_code = self._code
        self._hub.end()

    def _tell(self, **_: Any) -> None:
        sys.stdout.write(f"\n{self._text}")
        sys.stdout.flush()

    def _watch_workers(self) -> None:
        """Tell the hub of workers that are gone."""
        runner = self._environment.runner
        while isinstance(runner, MasterRunner) and not self._verdict.is_set():
            for address, gone in self._addresses.items():
                client = runner.clients.get(address)
                if not gone and (client is None or client.state == STATE_MISSING):
                    self._addresses[address] = True
                    _LOG.warning("a worker is gone: its exchanges are not proven (%s)", address)
                    self._say({"is": "gone", "worker": address})
            gevent.sleep(_LOOK_SECONDS)
