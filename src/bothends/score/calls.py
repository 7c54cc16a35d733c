"""Lies about what is called upstream: one call more, one less, with the credential of another caller."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from bothends.score.lie import Gap, Lie, Side
from bothends.score.operators import lie_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from bothends.records import UpstreamCall
    from bothends.score.ground import Ground

_CREDENTIALS = ("authorization", "cookie", "x-api-key")
_FIRST = "refuses_first"
"""What a target promises that calls nobody for a request that it refuses."""
_MADE_UP = 1_000_000
"""The number of a call that was never made is one that no call has."""


def _own(ground: Ground) -> Iterator[UpstreamCall]:
    """Yield the first call to each upstream that is certainly one of the exchange."""
    met: set[str] = set()
    if not ground.answer.success:
        return  # what was called for nothing shows nowhere
    for call in ground.exchange.calls:
        alone = call.exchange == ground.exchange.number or not ground.exchange.batch
        certain = alone or sum(one.upstream == call.upstream for one in ground.exchange.calls) == 1
        if certain and call.upstream not in met and call.fault is None:
            met.add(call.upstream)
            yield call


@lie_of("calls-one-more", "An upstream is called once more.", Side.CALLS)
def one_more(ground: Ground) -> Iterator[Lie]:
    """Call each upstream once more; where none was called, one that another exchange has called."""
    calls = ground.exchange.calls
    found = {call.upstream: call for each in ground.others(alike=False) for call in each.exchange.calls}
    found |= {call.upstream: call for call in calls}
    for name, call in found.items():
        more = replace(call, number=call.number + _MADE_UP, began=ground.exchange.began, ended=ground.exchange.ended)
        exchange = replace(ground.exchange, calls=(*calls, more))
        context = replace(ground.context, calls={**ground.context.calls, more.number: more})
        times = sum(one.upstream == name for one in calls)
        change = f"it is called {times + 1} times" if times else "it is called"
        refused = ground.exchange.case.expect.refused and _FIRST not in ground.context.guarantees
        gap = Gap(setting=f"target.{_FIRST}", words={_FIRST: True}) if refused else None
        wordless = "" if refused else "how often an upstream is called"
        place = ground.place(Side.CALLS, name)
        yield from ground.lie(place, exchange, change, gap=gap, context=context, wordless=wordless)


@lie_of("calls-one-less", "An upstream is not called.", Side.CALLS)
def one_less(ground: Ground) -> Iterator[Lie]:
    """Leave each call out; what it was for stays as it is."""
    for call in _own(ground):
        rest = tuple(one for one in ground.exchange.calls if one.number != call.number)
        known = {number: one for number, one in ground.context.calls.items() if number != call.number}
        exchange, context = replace(ground.exchange, calls=rest), replace(ground.context, calls=known)
        yield from ground.lie(ground.place(Side.CALLS, call.upstream), exchange, "it is not called", context=context)


@lie_of("calls-for-another-caller", "An upstream is called with the credential of another caller.", Side.CALLS)
def for_another_caller(ground: Ground) -> Iterator[Lie]:
    """Show the credential of another exchange."""
    for call in _own(ground):
        others = (one for each in ground.others() for one in each.exchange.calls if one.upstream == call.upstream)
        own = {name: value for name, value in call.headers if name in _CREDENTIALS}
        for other in others:
            shown = {name: value for name, value in other.headers if name in own and value != own[name]}
            if shown:
                headers = tuple((name, shown.get(name, value)) for name, value in call.headers)
                made = replace(call, headers=headers, about=other.about)
                calls = tuple(made if one.number == call.number else one for one in ground.exchange.calls)
                context = replace(ground.context, calls={**ground.context.calls, made.number: made})
                change = f"{', '.join(shown)} is that of another caller"
                place = ground.place(Side.CALLS, call.upstream)
                yield from ground.lie(place, replace(ground.exchange, calls=calls), change, context=context)
                break
