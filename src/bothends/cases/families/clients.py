"""Families of clients that are slow, and of clients that go away."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from bothends.cases.families import expectations, requests
from bothends.cases.families.family import Family, register
from bothends.cases.families.fault_cases import upstreams_of
from bothends.cases.families.raw_text import right_request
from bothends.cases.families.sessions import ONE_USER, can_be_one_user
from bothends.contract.settings import ANSWERS_HALF_CLOSED
from bothends.records import Case, Condition

if TYPE_CHECKING:
    from collections.abc import Iterator

    from bothends.contract import Contract, Operation
    from bothends.records import Request


# `slow-clients`: clients that are slow, stop halfway, or half-close early.
#
# A server may wait or give up. It must not execute an incomplete request, and must not make other clients
# wait.

SLOW_CLIENTS_NAME = "slow-clients"
_SLOW_CLIENTS_QUICK = ("pieces-*",)

_A_FEW = 400
_WHOLE = "a complete request that is slow: the server answers it, or gives up"
_PART = "a request that never arrives in full (RFC 9112 section 8)"


def slow_clients_cases(contract: Contract, operation: Operation) -> Iterator[Case]:
    """Yield one case for each way to be slow."""
    del contract
    right = right_request(operation)
    if right is None:
        return
    in_chunks = replace(right, framing="chunked")
    whole = Case(operation.id, SLOW_CLIENTS_NAME, "", right, expect=expectations.odd(_WHOLE))
    yield replace(whole, name="head-in-drips", behaviour="the head comes in drips")
    yield replace(whole, name="body-in-drips", behaviour="the body comes in drips")
    yield replace(whole, name="chunks-in-drips", request=in_chunks, behaviour="the body comes in drips")
    answered = expectations.served_where_promised(whole.expect, operation, ANSWERS_HALF_CLOSED)
    yield replace(whole, name="half-closed", expect=answered, behaviour="the client half-closes")
    yield replace(whole, name="never-reads", behaviour="the client never reads")
    part = replace(whole, expect=expectations.never(_PART))
    yield replace(part, name="stops-in-head", behaviour="the client stops in the head")
    yield replace(part, name="stops-in-body", behaviour="the client stops in the body")
    yield replace(part, name="stops-in-chunks", request=in_chunks, behaviour="the client stops in the body")
    yield from _in_pieces(operation, right)
    served = replace(whole, expect=expectations.success(operation))
    yield replace(served, name="beside-stalled-clients", behaviour="other clients have stalled")
    yield replace(served, name="beside-idle-clients", behaviour="other clients are idle")


def _in_pieces(operation: Operation, right: Request) -> Iterator[Case]:
    """Yield bodies that the network cuts, at no slower a pace than it does: they are taken."""
    expect = expectations.success(operation)
    plain = Case(operation.id, SLOW_CLIENTS_NAME, "", right, expect=expect, behaviour="the body comes in pieces")
    yield replace(plain, name="pieces-of-a-body")
    wide = requests.filled(operation, _A_FEW, "\u00e9\u20ac\U0001f600")
    if wide is not None:
        # In UTF-8 these take two, three and four bytes: each cut is within one.
        yield replace(plain, name="pieces-of-characters", request=wide)
        yield replace(plain, name="pieces-of-chunked-characters", request=replace(wide, framing="chunked"))


SLOW_CLIENTS_FAMILY = register(
    Family(
        SLOW_CLIENTS_NAME,
        slow_clients_cases,
        "clients that are slow, stop halfway, or half-close early.\n\nA server may wait or give up. It must not "
        "execute an incomplete request, and must not make other clients wait.",
        _SLOW_CLIENTS_QUICK,
        after="framing",
    )
)


# Upstreams that are slow: how slow is slow, and yet in time.

_IN_TIME = 0.25
"""The part of a target's timeout that a slow upstream takes: under half, because machines are busy too."""


def slow(contract: Contract, upstream: str, how: str = "answers-after") -> Condition:
    """Return the state of an upstream that is slow, and in time, by a fault that takes milliseconds."""
    pause = max(1, int(contract.settings.world.upstream_timeout_ms * _IN_TIME))
    return Condition.of(how, upstream, ms=pause)


# `disconnects`: the client disconnects while the target works on its request. The event is sent once, or not at all.
#
# Some clients send the request again: the new request has its own event, whatever happened to the one that
# was given up.

DISCONNECTS_NAME = "disconnects"

_BEHAVIOURS = {"gone": "the client goes away after the request", "reset": "the client resets after the request"}
_WHY = "the client is gone: whether to continue is the target's choice"


def disconnects_cases(contract: Contract, operation: Operation) -> Iterator[Case]:
    """Yield, for each upstream and the ingest, a client that goes while the target waits for it."""
    request = requests.admitted_request(operation)
    if request is None:
        return
    plain = Case(operation.id, DISCONNECTS_NAME, "", request, expect=expectations.odd(_WHY))
    for upstream in upstreams_of(contract, operation):
        given = (slow(contract, upstream),)
        for name, behaviour in _BEHAVIOURS.items():
            yield replace(plain, name=f"{upstream}-waited-for-{name}", given=given, behaviour=behaviour)
        # Beside the clients that disconnect, one that stays: it gets its answer, so the state is always met.
        stays = expectations.success(operation)
        yield replace(plain, name=f"{upstream}-waited-for-patiently", given=given, expect=stays)
    for name, behaviour in _BEHAVIOURS.items():
        yield replace(plain, name=f"at-any-time-{name}", behaviour=behaviour)
    if can_be_one_user(operation.security):
        # What one and the same person asks for has no mark in it, so each of the two has the world to itself; and
        # the client gives up when its event is at the ingest, so that none comes late for the other request.
        again = replace(plain, given=(ONE_USER,), exclusive=True)
        for upstream in upstreams_of(contract, operation)[-1:]:
            given_up = replace(again, name="given-up", given=(slow(contract, upstream), ONE_USER))
            yield replace(given_up, behaviour=_BEHAVIOURS["reset"])
            yield replace(given_up, name="asked-again", expect=expectations.success(operation))


DISCONNECTS_FAMILY = register(
    Family(
        DISCONNECTS_NAME,
        disconnects_cases,
        "the client disconnects while the target works on its request. The event is sent once, or not at all.\n\n"
        "Some clients send the request again: the new request has its own event, whatever happened to the one that "
        "was given up.",
        quick=(),
        after="recovery",
    )
)
