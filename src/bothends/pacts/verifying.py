"""Verifies interactions by Pact's own library against what was really sent.

Theory of operation. The verifier runs in the library's process, one interaction at a time, over a pact that
holds that interaction alone: no filter can miss it, and no other can take its place. It takes the loopback for
the provider; the loopback hands the request on (HTTP), or has the delivery for an answer (messages). What the
verifier says counts only when the loopback was asked and one result came back: a verifier that has looked at
nothing passes.
"""

from __future__ import annotations

import asyncio
import base64
from contextlib import AsyncExitStack
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any, Self

from bothends.errors import ContractError
from bothends.pacts.library import Library
from bothends.pacts.loopback import Loopback, MessagePart, ProviderPart
from bothends.pacts.matching import Mismatch, PactNotProven, expected_request, request_mismatches, translate, wire
from bothends.records import Answer, NoAnswer, count_of

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Mapping
    from types import TracebackType

    from bothends.pacts.loopback import Part
    from bothends.pacts.model import Interaction, Pact
    from bothends.records import Request


class Verifying:
    """What verification needs, kept for all calls: the loopback, and the library once it is needed.

    Use it as an asynchronous context manager. Calls wait for each other.
    """

    def __init__(self) -> None:
        self._stack = AsyncExitStack()
        self._loopback = Loopback()
        self._turn = asyncio.Lock()
        self._library: Library

    async def __aenter__(self) -> Self:
        """Listen on the loopback; the library is not loaded yet.

        Raises:
            HarnessError: No port is free.
        """
        async with AsyncExitStack() as stack:
            folder = stack.enter_context(TemporaryDirectory(prefix="bothends-pact-"))
            stack.push_async_callback(self._loopback.stop)
            self._loopback.start()
            self._library = Library(Path(folder))
            stack.push_async_callback(self._library.close)
            self._stack = stack.pop_all()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """End the library's process, and listen no longer."""
        await self._stack.aclose()

    @property
    def loaded(self) -> bool:
        """Whether the library has been loaded."""
        return self._library.running

    @property
    def port(self) -> int:
        """The loopback's port, where Pact's verifier finds the provider."""
        return self._loopback.port

    async def verify_http(
        self, pact: Pact, interaction: Interaction, ask: Callable[[Request], Awaitable[Answer | NoAnswer]]
    ) -> list[Mismatch]:
        """Return in what a provider's answer differs from what an HTTP interaction, its states set, promises.

        `ask` is called once, and verifies nothing itself: calls wait for each other. It gets the request that Pact's
        verifier makes, with the headers that the pact names. What it raises is raised here.

        Raises:
            ContractError: The library can't read the interaction, or can't make its request.
            PactNotProven: The verifier passed without having asked.
            HarnessError: The library could not be started, or failed.
        """
        part = ProviderPart(ask, [name for name, _ in interaction.request_headers])
        outcome = await self._verify(pact, interaction, part)
        if part.failure is not None:
            raise part.failure
        if isinstance(part.answer, NoAnswer):
            return [_no_answer(interaction, part.answer)]
        mismatches = _judged(outcome, part, pact, interaction)
        if isinstance(part.answer, Answer) and part.answer.size > len(part.answer.body):
            mismatches.insert(0, _cut(part.answer))
        return mismatches

    async def verify_message(
        self,
        pact: Pact,
        interaction: Interaction,
        message: bytes,
        content_type: str = "application/json",
        metadata: Mapping[str, Any] | None = None,
    ) -> list[Mismatch]:
        """Return in what a message, as its consumer receives it, differs from what a message interaction promises.

        Keys that the pact does not name are no difference: so Pact has it for messages. `metadata` is what the consumer
        is told beside it, such as a topic. Raises what `verify_http` raises.
        """
        part = MessagePart(message, content_type, metadata or {})
        return _judged(await self._verify(pact, interaction, part), part, pact, interaction)

    async def match_request(self, pact: Pact, interaction: Interaction, request: Request) -> list[Mismatch]:
        """Return in what a request that a consumer really sent differs from the one that an HTTP interaction promises.

        Keys and query parameters that the pact does not name are differences, headers are none: so Pact has it for
        requests.

        Raises:
            ContractError: The library refuses the interaction.
            HarnessError: The library could not be started, or failed.
        """
        command = {
            "do": "match",
            "expected": expected_request(interaction),
            "wire": base64.b64encode(wire(request)).decode("ascii"),
        }
        async with self._turn:
            outcome = await self._library.ask(command)
        _check_refusal(outcome, pact, interaction)
        return [] if outcome["matched"] else request_mismatches(interaction, request, outcome["found"])

    async def _verify(self, pact: Pact, interaction: Interaction, part: Part) -> dict[str, Any]:
        async with self._turn:
            self._loopback.part = part
            try:
                outcome = await self._library.ask(
                    {
                        "do": "verify",
                        "pact": pact.only(interaction),
                        "provider": pact.provider,
                        "port": self._loopback.port,
                        "states": self._loopback.states,
                    },
                    waits=part.busy,
                )
            finally:
                self._loopback.part = None
                part.stop()
            self._loopback.check()
        _check_refusal(outcome, pact, interaction)
        return outcome


def _judged(outcome: Mapping[str, Any], part: Part, pact: Pact, interaction: Interaction) -> list[Mismatch]:
    """Return what the verifier found, after a check that it sent a request."""
    report = outcome["report"]
    results = report["interactionResults"]
    found = [item["mismatch"] for item in (*results, *report["errors"]) if "mismatch" in item]
    errors = [str(item["message"]) for item in found if item.get("type") == "error"]
    if not part.asked and errors:
        raise ContractError(
            f"Pact's library can't verify {interaction.description!r}: {_reason(errors[0])}",
            where=pact.location(interaction.pointer),
        )
    if not part.asked or len(results) != 1:
        raise PactNotProven(
            f"Pact's verifier asked {count_of(part.asked, 'time')} for {interaction.description!r} and gave "
            f"{count_of(len(results), 'result')}",
            where=pact.location(interaction.pointer),
            expected="at least one request, and one result",
        )
    if outcome["passed"]:
        return []
    if errors:
        return [Mismatch("answer", "answer", "an answer that Pact's library can read", errors[0], errors[0])]
    return translate(results[0]["mismatch"]["mismatches"])


def _reason(message: str) -> str:
    """Return the library's message without the file that was made for it: the pact's own place is reported."""
    return message.partition("/pact.json' - ")[2] or message


def _check_refusal(outcome: Mapping[str, Any], pact: Pact, interaction: Interaction) -> None:
    if "refused" in outcome:
        raise ContractError(
            f"Pact's library refuses {interaction.description!r}: {outcome['refused']}",
            where=pact.location(interaction.pointer),
        )


def _no_answer(interaction: Interaction, none: NoAnswer) -> Mismatch:
    seen = f"{none.kind}: {none.detail}" if none.detail else none.kind
    return Mismatch("no-answer", "answer", f"status {interaction.status}", seen, f"There was no answer ({seen})")


def _cut(answer: Answer) -> Mismatch:
    kept = len(answer.body)
    return Mismatch(
        "body", "$", f"at most {kept} bytes", f"{answer.size} bytes", "The body is longer than bothends reads"
    )
