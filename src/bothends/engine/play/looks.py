"""Reads an object before and after a request about it: in which state it is, and what of it has changed.

These requests are no exchanges: nothing is judged of them. What differs between two readings with nothing in between is
left aside, as it goes by the time; so is what differs again a second later.
"""

from __future__ import annotations

import asyncio
import json
from dataclasses import replace
from http import HTTPStatus
from typing import TYPE_CHECKING, Any

from bothends.contract.messages import json_value
from bothends.engine.play.listening import read_until
from bothends.records import MISSING, Answer, Expectation, Looked, join, resolve

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Iterator

    from bothends.engine.play.sender import Sender
    from bothends.records import Case, Credential, Exchange, Look

_TICK = 1.1
"""Seconds after which what goes by the time in seconds is another one."""
_GONE = frozenset({404, 410})
_MOST = 16
"""Differences that are told."""


async def looked_at(
    sender: Sender, number: int, case: Case, credential: Credential, send: Callable[[], Awaitable[Exchange]]
) -> Exchange:
    """Make an exchange, with what was seen of its object before and after it.

    Args:
        sender: Sends the requests that read.
        number: The exchange's.
        case: Its case, which says how to look.
        credential: Who asks: the same who reads.
        send: Makes the exchange.
    """
    look = case.look
    if look is None:
        return await send()

    async def read() -> Any:
        return await _read(sender, number, look, credential)

    first, second = await read(), await read()
    exchange = await send()
    if look.any_state:
        return await _in_any_state(exchange, first, second, read)
    before = state_in(second, look)
    if before != look.state or exchange.case.expect.any_answer:
        why = f"the object was not in the state {look.state} by then"
        unjudged = replace(exchange.case, expect=Expectation(any_answer=True, why=why))
        return replace(exchange, case=unjudged, looked=Looked(before))
    if not isinstance(exchange.answer, Answer) or exchange.answer.success:
        done = isinstance(exchange.answer, Answer) and bool(look.leads) and not look.removes
        return replace(exchange, looked=Looked(before, await _state_after(look, read) if done else ""))
    third = await read()
    if exchange.answer.status in _GONE and third is MISSING:
        gone = replace(exchange.case, expect=Expectation(any_answer=True, why="the object was gone by then"))
        return replace(exchange, case=gone, looked=Looked(before))
    changes = await _changes((first, second, third), read)
    return replace(exchange, looked=Looked(before, state_in(third, look), changes))


async def _in_any_state(exchange: Exchange, first: Any, second: Any, read: Callable[[], Awaitable[Any]]) -> Exchange:
    """Return an exchange with what it has changed of its object though it did not succeed."""
    failed = isinstance(exchange.answer, Answer) and exchange.answer.status >= HTTPStatus.BAD_REQUEST
    third = await read() if failed and second is not MISSING else MISSING
    if third is MISSING:
        return exchange  # it can't be read, or is gone: what has changed is not known
    return replace(exchange, looked=Looked("", changes=await _changes((first, second, third), read)))


async def _changes(seen: tuple[Any, Any, Any], read: Callable[[], Awaitable[Any]]) -> tuple[tuple[str, str, str], ...]:
    """Return what differs between the second and the third reading, and neither before nor a second later.

    Args:
        seen: What was read twice before, and once after.
        read: Reads once more.
    """
    first, second, third = seen
    moving = dict(_differences(first, second, ""))
    changes = {at: texts for at, texts in _differences(second, third, "") if at not in moving}
    if changes:
        await asyncio.sleep(_TICK)
        again = dict(_differences(third, await read(), ""))
        changes = {at: texts for at, texts in changes.items() if at not in again}
    return tuple((at, *texts) for at, texts in list(changes.items())[:_MOST])


async def is_in_state(sender: Sender, number: int, look: Look, credential: Credential) -> bool:
    """Return whether the object of an exchange, if it is there already, is in the state that it is to be in."""
    return not look.state or state_in(await _read(sender, number, look, credential), look) == look.state


async def stays(sender: Sender, number: int, look: Look, credential: Credential) -> bool:
    """Return whether the object of an exchange stays in a state that a success leads to.

    An object that goes on by itself may have been in another one meanwhile.
    """
    for pause in (0.0, _TICK):
        await asyncio.sleep(pause)
        if state_in(await _read(sender, number, look, credential), look) not in look.leads:
            return False
    return True


async def _read(sender: Sender, number: int, look: Look, credential: Credential) -> Any:
    answer = (await sender.send(sender.request(number, look.case), credential, look.case)).answer
    return json_value(answer.body) if isinstance(answer, Answer) and answer.success else MISSING


def state_in(body: Any, look: Look) -> str:
    """Return the state that an answer's JSON value shows (MISSING: it has none), as JSON; empty: it shows none."""
    found = MISSING if body is MISSING else resolve(body, look.at)
    return "" if found is MISSING else json.dumps(found, sort_keys=True)


async def _state_after(look: Look, read: Callable[[], Awaitable[Any]]) -> str:
    """Return the state after a success, as soon as it is a right one."""
    return state_in(await read_until(read, lambda body: state_in(body, look) in look.leads), look)


def _differences(one: Any, other: Any, at: str) -> Iterator[tuple[str, tuple[str, str]]]:
    """Yield the JSON pointers at which two values differ, each with both as JSON."""
    if isinstance(one, dict) and isinstance(other, dict):
        for name in dict.fromkeys((*one, *other)):
            yield from _differences(one.get(name, MISSING), other.get(name, MISSING), at + join(name))
    elif type(one) is not type(other) or one != other:
        yield at, (_text(one), _text(other))


def _text(value: Any) -> str:
    return "nothing" if value is MISSING else json.dumps(value, sort_keys=True)
