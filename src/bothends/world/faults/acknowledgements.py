"""Faults of an acknowledgement: an odd one, one that tells of an error, or none although the event is stored."""

from __future__ import annotations

import json
from dataclasses import replace
from functools import partial
from http import HTTPStatus
from typing import TYPE_CHECKING, Any

from bothends.world.faults.base import a_status, an_error_status, fault_of, json_text, object_of
from bothends.world.faults.statuses import error_reply
from bothends.world.faults.transient import FailsTimes
from bothends.world.http import Reply

if TYPE_CHECKING:
    from bothends.world.faults.base import FaultContext


def _acknowledge_with(context: FaultContext, status: int, json: bytes) -> None:
    context.odd = True
    context.respond(replace(context.reply(), status=status, body=json))


def _acknowledge_as_declared(context: FaultContext, status: int) -> None:
    """Answer so; what is refused anyhow is refused."""
    if context.reply().status >= HTTPStatus.MULTIPLE_CHOICES:
        context.let_pass()
    else:
        context.repeat(Reply(status))


def _succeed_beside(context: FaultContext, **members: Any) -> None:
    """Answer with the words of a success that has not taken place, and others beside them."""
    reply = context.fake_success()
    context.respond(replace(reply, body=json.dumps({**object_of(reply.body), **members}).encode()))


def _answer_error_as_success(context: FaultContext) -> None:
    context.respond(replace(error_reply(HTTPStatus.INTERNAL_SERVER_ERROR, context.here), status=200))


fault_of(
    "acknowledges-with",
    "the {ingest} acknowledges with {status} and the JSON {json}",
    "the event is stored, and the answer is this JSON text",
    "The real ingest never gives this answer: whether a target takes it for an acknowledgement is its choice.",
    family="upstream-*",
    recovers=True,
    may_store=True,
    reads={"status": a_status, "json": json_text},
    plays=_acknowledge_with,
)
fault_of(
    "acknowledges-as-declared",
    "the {ingest} acknowledges with {status} and no body, as declared",
    "the event is stored, and another acknowledgement that the callback declares, with no body; not a fault",
    "What the callback declares is as right.",
    family="",
    reads={"status": a_status},
    plays=_acknowledge_as_declared,
)
fault_of(
    "answers-error-beside",
    "the {ingest} acknowledges with an error beside it",
    "200 and the body of a success with an `error` member",
    "The words of an acknowledgement, and `error` beside them. The event is not stored.",
    family="upstream-wrong",
    in_words=True,
    plays=partial(_succeed_beside, error="Internal Server Error"),
)
fault_of(
    "answers-status-beside",
    "the {ingest} acknowledges with status {status} in the body",
    "200 and the body of a success with an error `status`, 400 to 599",
    "HTTP says 200, the body's `status` says that it failed: the ingest's own client library believes the body "
    "(inngest-js, `send`). The event is not stored.",
    family="upstream-wrong",
    in_words=True,
    reads={"status": an_error_status},
    plays=_succeed_beside,
)
fault_of(
    "answers-error-as-success",
    "the {upstream} answers 200 with an error in it",
    "200 with the JSON body of a 500 error",
    "200, and a body that tells of an error. The event is not stored.",
    family="upstream-wrong",
    in_words=True,
    plays=_answer_error_as_success,
)


# The event is stored, whatever the target is told of it.

_stored = partial(fault_of, family="upstream-*", may_store=True)


def _store(context: FaultContext) -> None:
    """Leave it at that: an unanswered request hangs."""
    context.reply()


def _store_and_answer(context: FaultContext, status: int) -> None:
    context.reply()
    context.respond(error_reply(status, context.here))


def _store_and_close(context: FaultContext) -> None:
    context.reply()
    context.connection.close()


def _store_and_reset(context: FaultContext) -> None:
    context.reply()
    context.connection.reset()


def _acknowledge_and_reset(context: FaultContext) -> None:
    reply = context.reply()
    context.begin(reply.head(close=not context.connection.keep_alive) + reply.body, reply.status)
    context.connection.reset()


_stored(
    "stores-and-answers",
    "the {ingest} stores the event and answers {status}",
    "the event is stored, and the answer is an error, 400 to 599",
    "An error answer at each attempt, though the event is stored: a partial batch, a failure after the write.",
    reads={"status": an_error_status},
    plays=_store_and_answer,
)
_stored(
    "stores-and-closes",
    "the {ingest} stores the event and closes the connection",
    "the event is stored, then the connection ends without a byte",
    "FIN in the place of the acknowledgement, at each attempt.",
    tried="lost-acknowledgement/closes",
    plays=_store_and_close,
)
fault_of(
    "stores-and-fails-once",
    "the {ingest} stores the event and fails once",
    "the event is stored, and the answer is 500; the next attempt works",
    "500 at the first attempt of each event, which is stored all the same; then it is itself.",
    base=FailsTimes,
    tried="lost-acknowledgement/fails-once",
    may_store=True,
    fail=partial(_store_and_answer, status=500),
)
_stored(
    "stores-and-hangs",
    "the {ingest} stores the event and hangs",
    "the event is stored, and no answer is sent",
    "Not a byte, and the connection stays open until the target gives up.",
    tried="upstream-timeout/stores-and-hangs",
    family="upstream-timeout",
    plays=_store,
)
_stored(
    "stores-and-resets",
    "the {ingest} stores the event and resets the connection",
    "the event is stored, then the connection ends with RST",
    "RST in the place of the acknowledgement, at each attempt.",
    tried="lost-acknowledgement/resets",
    plays=_store_and_reset,
)
fault_of(
    "stores-and-resets-once",
    "the {ingest} stores the event and resets the connection once",
    "the event is stored, and the connection ends with RST; the next attempt works",
    "RST at the first attempt of each event, which is stored all the same; then it is itself.",
    base=FailsTimes,
    tried="lost-acknowledgement/resets-once",
    may_store=True,
    fail=_store_and_reset,
)
_stored(
    "acknowledges-and-resets",
    "the {ingest} acknowledges the event and resets the connection",
    "the event is stored and acknowledged, then the connection ends with RST",
    "Which of the two the target sees is a matter of chance: a reset may take what has arrived and was not read yet "
    "(RFC 9293, section 3.5.3).",
    plays=_acknowledge_and_reset,
)
