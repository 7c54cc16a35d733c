"""Lies about an answer as a whole: its status, its media type, its headers, what it tells, when it comes."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import TYPE_CHECKING

from bothends.contract.terms import FAMILIES
from bothends.records import MISSING, with_value
from bothends.score.lie import Gap, Lie, Side
from bothends.score.members import type_of
from bothends.score.operators import lie_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from bothends.records import Answer
    from bothends.score.ground import Ground

_NOT_OF_THE_CONTRACT = frozenset(
    {"connection", "content-length", "date", "keep-alive", "server", "transfer-encoding", "alt-svc", "via", "vary"}
)
"""Headers that a server or a proxy sets, whatever the target does (RFC 9110 section 6.6.1; RFC 9112)."""
_NO_CACHE = "RFC 9110 section 9.3: no cache keeps the answer without it either"
_KEEPS = re.compile(r"max-age|s-maxage|public", re.IGNORECASE)
"""Words of Cache-Control by which an answer may be kept."""
_LATER = 1.0
"""Seconds after the last moment."""


@lie_of("answer-status", "The answer has a status beside the right one.", Side.ANSWER)
def status(ground: Ground) -> Iterator[Lie]:
    """Answer as another exchange was answered that failed otherwise, or with a status that nobody has declared."""
    right = ground.answer.status
    found = {one.answer.status: one.answer for one in ground.others(alike=False)}
    declared = sorted(_declared(ground) - {right})
    below, above = [one for one in declared if one < right], [one for one in declared if one > right]
    near = {*below[-1:], *above[:1], right + 1} - {right}
    for other in sorted(near):
        yield from _as(ground, found.get(other), other)


@lie_of("answer-success", "What is no success is answered as one.", Side.ANSWER)
def success(ground: Ground) -> Iterator[Lie]:
    """Answer a refusal or a failure as a success was answered."""
    if ground.answer.success:
        return
    found = (one.answer for one in ground.others(alike=False) if one.answer.success)
    answer = next(found, None)
    yield from _as(ground, answer, 200 if answer is None else answer.status)


def _declared(ground: Ground) -> set[int]:
    """Return the statuses that the operation declares by name."""
    return {int(one.status) for one in ground.operation.answers if one.status.isdecimal()}


def _as(ground: Ground, answer: Answer | None, other: int) -> Iterator[Lie]:
    told = replace(ground.answer, status=other, reason="") if answer is None else answer
    case, declared = ground.exchange.case, ground.declared
    said = f"{other} is right as well" if case.expect.statuses and case.expect.allows(other) else ""
    gap = None
    if case.family in FAMILIES and declared is not None and not declared.families:
        gap = Gap(declared.pointer, {"x-given": case.family})
    words = f"{ground.answer.status} becomes {other}"
    yield from ground.lie(ground.at_answer, replace(ground.exchange, answer=told), words, gap=gap, said=said)


@lie_of("answer-media-type", "The answer is of a media type that it should not have.", Side.ANSWER)
def media_type(ground: Ground) -> Iterator[Lie]:
    """Call the body plain text."""
    declared = ground.declared
    if declared is None or not ground.answer.body:
        return
    gap = None
    if not declared.content:
        body = ground.recorded.body
        described = {} if body is MISSING else {"schema": {"type": type_of(body)}}  # what is no JSON has no type of it
        gap = Gap(declared.pointer, {"content": {ground.answer.media_type or "application/json": described}})
    headers = (("content-type", "text/plain"), *ground.headers_without("content-type"))
    words = f"{ground.answer.media_type} becomes text/plain"
    yield from ground.lie(ground.at_answer, ground.answered(headers=headers), words, gap=gap)


@lie_of("answer-header-dropped", "The answer lacks a header that it had.", Side.ANSWER)
def header_dropped(ground: Ground) -> Iterator[Lie]:
    """Leave each header out."""
    declared = ground.declared
    for name in dict.fromkeys(name for name, _ in ground.answer.headers):
        if name in _NOT_OF_THE_CONTRACT:
            continue
        place = replace(ground.at_answer, member=name)
        gap = None
        if declared is not None and name != "content-type":  # OpenAPI 3.1, section 4.8.17: it is no header there
            said = {"required": True, "schema": {"type": "string"}}
            gap = Gap(declared.pointer, {"headers": {name.title(): said}})
        elif declared is not None and not declared.content:
            gap = Gap(declared.pointer, {"content": {ground.answer.media_type or "application/json": {}}})
        without = ground.answered(headers=ground.headers_without(name))
        kept = _NO_CACHE if name == "cache-control" and _means_nothing(ground) else ""
        yield from ground.lie(place, without, f"{name} is left out", gap=gap, said=kept)


def _means_nothing(ground: Ground) -> bool:
    """Whether no cache may keep an answer, whether Cache-Control forbids it or is not there."""
    of_a_write = ground.operation.method.upper() not in {"GET", "HEAD"}
    names = dict(ground.answer.headers)
    return of_a_write and "expires" not in names and not _KEEPS.search(names.get("cache-control", ""))


@lie_of("answer-secret", "The answer tells a secret of the target.", Side.ANSWER)
def secret(ground: Ground) -> Iterator[Lie]:
    """Tell a secret in a header, and in the first text of the body."""
    for told in ground.context.secrets[:1]:
        headers = (*ground.answer.headers, ("x-debug", f"key={told}"))
        yield from ground.lie(ground.at_answer, ground.answered(headers=headers), "a header has a secret")
        texts = (one for one in ground.answer_members if isinstance(one.described.value, str))
        for member in list(texts)[:1]:
            exchange = ground.with_body(with_value(member.body, member.described.keys, f"for {told}"))
            yield from ground.lie(member.place, exchange, "a text has a secret")


@lie_of("answer-late", "The answer comes after its time.", Side.ANSWER)
def late(ground: Ground) -> Iterator[Lie]:
    """Answer after the time limit."""
    ended = ground.exchange.began + ground.context.time_limit + _LATER
    yield from ground.lie(ground.at_answer, replace(ground.exchange, ended=ended), "it comes too late")


@lie_of("answer-broken", "The body of the answer is cut.", Side.ANSWER)
def broken(ground: Ground) -> Iterator[Lie]:
    """Cut the body in the middle."""
    body = ground.answer.body
    if len(body) > 1:
        cut = body[: len(body) // 2]
        gap = _described(ground)
        yield from ground.lie(ground.at_answer, ground.answered(body=cut, size=len(cut)), "its end is missing", gap=gap)


def _described(ground: Ground) -> Gap | None:
    declared, media_type = ground.declared, ground.answer.media_type
    if declared is None or media_type is None or ground.schema is not None or ground.recorded.body is MISSING:
        return None
    words = {"content": {media_type: {"schema": {"type": type_of(ground.recorded.body)}}}}
    return Gap(declared.pointer, words)
