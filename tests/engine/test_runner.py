"""The runner reads from top to bottom, and one queue takes its events to the reader."""

from __future__ import annotations

import ast
import asyncio
import inspect
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from bothends.engine.emitter import EventQueue
from bothends.engine.events import BatchFinished, LeftOut
from bothends.engine.run import runner

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from bothends.engine.events import Event

STEPS = [
    "conclusion.begin",
    "_outcome.caught",
    "_start_world_and_target",
    "_announce",
    "_meet_other_lanes",
    "_scenarios.begin",
    "_planned.begin",
    "_preliminaries.learn_keys",
    "_replaying.play",
    "_preliminaries.control",
    "_planned.play_plain",
    "_planned.play_generated",
    "_interactions.verify",
    "_scenarios.take",
    "_guesses",
    "_planned.try_other_values",
    "_settle",
    "_examine",
    "_play_last",
    "_start_and_stop_alone",
    "conclusion.tell_all",
    "conclusion.tell_what_failed",
]


def called(function: ast.AsyncFunctionDef) -> list[str]:
    """Return the methods of its own, and of its parts, that a function calls, from top to bottom."""
    calls = [node.func for node in ast.walk(function) if isinstance(node, ast.Call)]
    names = [ast.unparse(f) for f in sorted(calls, key=lambda f: f.lineno)]
    return [name.removeprefix("self.") for name in names if name.startswith("self.")]


def test_a_run_names_each_of_its_steps_in_order() -> None:
    """`run` calls one step after the other, and does nothing else; no generator is in the module."""
    tree = ast.parse(inspect.getsource(runner))
    [run] = [node for node in ast.walk(tree) if isinstance(node, ast.AsyncFunctionDef) and node.name == "run"]
    assert STEPS == called(run)
    assert not [node for node in ast.walk(tree) if isinstance(node, ast.Yield | ast.YieldFrom)]
    assert not [node for node in ast.walk(run) if isinstance(node, ast.If | ast.For | ast.While | ast.AsyncFor)]


def test_no_module_of_the_engine_hands_on_the_events_of_another() -> None:
    """The reader of the queue is the only one that yields events, and nobody in the engine iterates over them."""
    folder = Path(inspect.getfile(runner)).parent
    for file in folder.rglob("*.py"):
        tree = ast.parse(file.read_text("utf-8"))
        loops = [node for node in ast.walk(tree) if isinstance(node, ast.AsyncFor)]
        assert [] == loops, file.name
        functions = [node for node in ast.walk(tree) if isinstance(node, ast.AsyncFunctionDef)]
        plain = [f for f in functions if not f.decorator_list]
        yielding = {f.name for f in plain if any(isinstance(node, ast.Yield) for node in ast.walk(f))}
        assert ({"read"} if file.name == "emitter.py" else set()) == yielding, file.name


def run_of(queue: EventQueue, *batches: tuple[Event, ...]) -> Callable[[], Awaitable[None]]:
    """Return a run that emits batches of events."""

    async def run() -> None:
        for batch in batches:
            for event in batch:
                queue.emit(event)
            await queue.taken()

    return run


ONE, OTHER, LAST = LeftOut(1, ()), BatchFinished(1, 2), BatchFinished(2, 4)


def test_who_listens_has_an_event_before_the_reader() -> None:
    """A run goes on only when all events of a batch have been taken, so none pile up behind a slow reader."""

    async def main() -> None:
        heard: list[Event] = []
        queue = EventQueue(heard.append)
        seen = []
        async for event in queue.read(run_of(queue, (ONE, OTHER), (LAST,))):
            seen.append((event, len(heard)))
            await asyncio.sleep(0.01)
        assert [(ONE, 2), (OTHER, 2), (LAST, 3)] == seen

    asyncio.run(main())


def test_what_a_run_raises_comes_after_its_events() -> None:
    """The reader has all that there was, and then the error."""

    async def main() -> None:
        queue = EventQueue()

        async def run() -> None:
            queue.emit(ONE)
            raise ValueError("mine")

        events = queue.read(run)
        assert ONE == await anext(events)
        with pytest.raises(ValueError, match="mine"):
            await anext(events)

    asyncio.run(main())


def test_a_reader_that_goes_lets_go_of_the_run() -> None:
    """The run is cancelled, and has cleaned up by the time the reader is closed."""

    async def main() -> None:
        queue = EventQueue()
        cleaned = []

        async def run() -> None:
            queue.emit(ONE)
            try:
                await asyncio.sleep(60)
            finally:
                await asyncio.sleep(0)
                cleaned.append("up")

        events = queue.read(run)
        assert ONE == await anext(events)
        await asyncio.sleep(0)
        await events.aclose()
        assert ["up"] == cleaned
        assert {asyncio.current_task()} == asyncio.all_tasks()

    asyncio.run(main())
