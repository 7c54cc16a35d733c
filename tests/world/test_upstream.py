"""An upstream's answers over HTTP."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable

    Play = Callable[..., Any]
    Scene = Any


@pytest.mark.parametrize(
    ("request_line", "status"),
    [
        (b"GET /settings", 200),
        (b"GET /settings?fresh=1", 200),
        (b"GET /other", 404),
        (b"POST /settings", 405),
    ],
)
def test_one_method_and_path_are_served(play: Play, request_line: bytes, status: int) -> None:
    """Anything else is refused, and on record without a value."""

    async def scenario(scene: Scene) -> None:
        answer = await scene.ask("settings", request_line + b" HTTP/1.1\r\nHost: x\r\nX-Y: z\r\n\r\n")
        assert answer.startswith(b"HTTP/1.1 %d " % status)
        assert b"content-type: application/json" in answer
        _, (call,) = scene.world.take()
        assert (status, request_line.decode(), None, True) == (
            call.status, call.request_line, call.fault, call.answered,
        )  # fmt: skip
        assert (status == 200) == (call.value is not None)
        assert ("x-y", "z") in call.headers
        assert "settings" == call.upstream

    play(scenario)
