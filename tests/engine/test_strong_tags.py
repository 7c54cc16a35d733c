"""A strong tag that stays while a reading shows what was written: what is certain of it, and what is not."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest

from bothends.contract import load
from bothends.engine.judge.strong_tags import StrongTags
from bothends.records import Answer, Credential, Exchange, SameTag
from tests.laws import kept

if TYPE_CHECKING:
    from bothends.contract import Operation

TAGGED = {"description": "It.", "headers": {"ETag": {"schema": {"type": "string"}}}}
PLAIN = {"description": "It."}
TAG = '"1"'


def spec(answer: dict[str, Any]) -> dict[str, Any]:
    """Return the document of a note, whose readings have an answer."""
    get = {"operationId": "read", "responses": {"200": answer}}
    put = {"operationId": "write", "responses": {"200": PLAIN}}
    paths = {"/notes/1": {"get": get}, "/notes/1/text": {"put": put}}
    return {"openapi": "3.1.0", "info": {"title": "Notes", "version": "1"}, "paths": paths}


@pytest.fixture(params=["tagged"])
def reads(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Operation:
    """Return the operation that reads."""
    folder = tmp_path_factory.mktemp("tags")
    (folder / "spec.json").write_text(json.dumps(spec(TAGGED if request.param == "tagged" else PLAIN)), "utf-8")
    (folder / "bothends.toml").write_text('spec = "spec.json"\n', "utf-8")
    return load(folder / "bothends.toml").operations[0]


def reading(number: int, content: Any, tag: str = TAG, **changes: Any) -> Exchange:
    """Return a reading of the note."""
    body = json.dumps(content).encode()
    headers = (("content-type", "application/json"), ("etag", tag), *changes.pop("more", ()))
    answer = Answer(200, headers, body, len(body))
    return replace(kept.exchange(number, method="GET", target="/notes/1", body=None, answer=answer), **changes)


def writing(number: int, value: Any, target: str = "/notes/1/text") -> Exchange:
    """Return a success of what writes to the note."""
    answer = Answer(200, (), b"", 0)
    return kept.exchange(number, method="PUT", target=target, body=json.dumps(value).encode(), answer=answer)


def seen(reads: Operation, *exchanges: Exchange, starts: tuple[float, ...] = ()) -> list[SameTag | None]:
    """Return what is seen of exchanges, each judged by itself."""
    tags = StrongTags(starts)
    found = []
    for one in exchanges:
        tags.note(one)
        found.append(tags.kept(one, reads))
    return [one for one in found if one is not None]


WRITTEN = {"text": "b"}
BEFORE, AFTER = {"note": {"text": "a"}, "views": 1}, {"note": {"text": "b"}, "views": 2}
CALLER = Credential(headers=(("X-Key", "another"),))


def test_what_was_written_and_is_shown_has_another_tag(reads: Operation) -> None:
    """The member is named as it was written, wherever the answer has it; which of both came first is no matter."""
    assert [SameTag(1, TAG, "text", shown=True)] == seen(
        reads, reading(1, BEFORE), writing(2, WRITTEN), reading(3, AFTER)
    )
    assert [SameTag(1, TAG, "text", shown=False)] == seen(
        reads, reading(1, AFTER), writing(2, WRITTEN), reading(3, BEFORE)
    )


@pytest.mark.parametrize(
    "exchanges",
    [
        (reading(1, BEFORE), writing(2, WRITTEN), reading(3, AFTER, '"2"')),
        (reading(1, BEFORE, 'W/"1"'), writing(2, WRITTEN), reading(3, AFTER, 'W/"1"')),
        (reading(1, BEFORE, "1"), writing(2, WRITTEN), reading(3, AFTER, "1")),
        (reading(1, BEFORE), reading(3, AFTER)),
        (reading(1, BEFORE), writing(2, WRITTEN), reading(3, {**BEFORE, "views": 2})),
        (reading(1, BEFORE), writing(2, WRITTEN, "/notes"), reading(3, AFTER)),
        (reading(1, BEFORE), writing(2, {"other": "b"}), reading(3, AFTER)),
        (reading(1, BEFORE), writing(2, WRITTEN), reading(3, AFTER, credential=CALLER)),
        (reading(1, BEFORE), writing(2, WRITTEN), reading(3, AFTER, more=(("vary", "*"),))),
        (reading(1, BEFORE), writing(2, WRITTEN), reading(3, AFTER, more=(("content-encoding", "gzip"),))),
        (reading(1, BEFORE), writing(2, WRITTEN), reading(3, AFTER, began=kept.began(2), ended=kept.began(4))),
    ],
)
def test_what_is_not_certain_is_not_told(reads: Operation, exchanges: tuple[Exchange, ...]) -> None:
    """Another tag, a weak one, none; nothing written, or not that, or elsewhere, or at that time; another caller."""
    assert [] == seen(reads, *exchanges)


def test_a_target_that_was_started_anew_may_give_a_tag_again(reads: Operation) -> None:
    """What it has shown before is not compared with what it shows now."""
    every = (reading(1, BEFORE), writing(2, WRITTEN), reading(3, AFTER))
    assert [] == seen(reads, *every, starts=(kept.began(1), kept.began(3) - 0.01))


@pytest.mark.parametrize("reads", ["plain"], indirect=True)
def test_a_tag_that_is_not_declared_promises_nothing(reads: Operation) -> None:
    """The server may have added it."""
    assert [] == seen(reads, reading(1, BEFORE), writing(2, WRITTEN), reading(3, AFTER))
