"""Faults of an acknowledgement: an odd one, one that tells of an error, or none although the event is stored."""

from __future__ import annotations

import json
from dataclasses import replace
from http import HTTPStatus
from typing import TYPE_CHECKING

from bothends.world.faults.base import Fault, fault, json_text, object_of, status_of
from bothends.world.faults.statuses import error_reply
from bothends.world.faults.transient import FailsTimes
from bothends.world.http import Reply

if TYPE_CHECKING:
    from collections.abc import Mapping

    from bothends.world.faults.base import FaultContext


_FIRST = 200
_LAST = 599


@fault("acknowledges-with")
class AcknowledgesWith(Fault):
    """The event is stored, and the answer is one that the real ingest never gives to it.

    Whether a target takes it for an acknowledgement is its choice.
    """

    pattern = "the {ingest} acknowledges with {status} and the JSON {json}"
    about = "the event is stored, and the answer is this JSON text"
    family = "upstream-*"
    recovers = True
    may_store = True

    def __init__(self, upstream: str, parameters: Mapping[str, str]) -> None:
        """Read the status and the text.

        Raises:
            ContractError: The status is none that ends an exchange, or the text is no JSON.
        """
        super().__init__(upstream, parameters)
        self._status = status_of(parameters["status"], _FIRST, _LAST)
        self._body = json_text(parameters["json"])

    async def play(self, context: FaultContext) -> None:
        """Store, and answer so."""
        context.odd = True
        context.respond(replace(context.reply(), status=self._status, body=self._body))


@fault("acknowledges-as-declared")
class AcknowledgesAsDeclared(Fault):
    """The event is stored, and acknowledged with another status that the callback declares, which is as right."""

    pattern = "the {ingest} acknowledges with {status} and no body, as declared"
    about = "the event is stored, and another acknowledgement that the callback declares, with no body; not a fault"
    family = ""

    def __init__(self, upstream: str, parameters: Mapping[str, str]) -> None:
        """Read the status.

        Raises:
            ContractError: It is none that ends an exchange.
        """
        super().__init__(upstream, parameters)
        self._status = status_of(parameters["status"], _FIRST, _LAST)

    async def play(self, context: FaultContext) -> None:
        """Store, and answer so; what is refused anyhow is refused."""
        if context.reply().status >= HTTPStatus.MULTIPLE_CHOICES:
            context.let_pass()
        else:
            context.repeat(Reply(self._status))


@fault("answers-error-beside")
class AnswersErrorBeside(Fault):
    """The words of an acknowledgement, and `error` beside them. The event is not stored."""

    pattern = "the {ingest} acknowledges with an error beside it"
    about = "200 and the body of a success with an `error` member"
    family = "upstream-wrong"
    in_words = True

    async def play(self, context: FaultContext) -> None:
        """Answer so."""
        reply = context.fake_success()
        value = {**object_of(reply.body), "error": "Internal Server Error"}
        context.respond(replace(reply, body=json.dumps(value).encode()))


_FIRST_ERROR = 400
_LAST_ERROR = 599


@fault("answers-status-beside")
class AnswersStatusBeside(Fault):
    """HTTP says 200, the body's `status` says that it failed. The event is not stored.

    The ingest's own client library believes the body (inngest-js, `send`).
    """

    pattern = "the {ingest} acknowledges with status {status} in the body"
    about = "200 and the body of a success with an error `status`, 400 to 599"
    family = "upstream-wrong"
    in_words = True

    def __init__(self, upstream: str, parameters: Mapping[str, str]) -> None:
        """Read the status.

        Raises:
            ContractError: The status is no error status.
        """
        super().__init__(upstream, parameters)
        self._status = status_of(parameters["status"], _FIRST_ERROR, _LAST_ERROR)

    async def play(self, context: FaultContext) -> None:
        """Answer so."""
        reply = context.fake_success()
        value = {**object_of(reply.body), "status": self._status}
        context.respond(replace(reply, body=json.dumps(value).encode()))


@fault("answers-error-as-success")
class AnswersErrorAsSuccess(Fault):
    """200, and a body that tells of an error. The event is not stored."""

    pattern = "the {upstream} answers 200 with an error in it"
    about = "200 with the JSON body of a 500 error"
    family = "upstream-wrong"
    in_words = True

    async def play(self, context: FaultContext) -> None:
        """Fail."""
        context.respond(replace(error_reply(HTTPStatus.INTERNAL_SERVER_ERROR, context.here), status=200))


@fault("stores-and-answers")
class StoresAndAnswers(Fault):
    """An error answer at each attempt, though the event is stored: a partial batch, a failure after the write."""

    pattern = "the {ingest} stores the event and answers {status}"
    about = "the event is stored, and the answer is an error, 400 to 599"
    family = "upstream-*"
    may_store = True

    def __init__(self, upstream: str, parameters: Mapping[str, str]) -> None:
        """Read the status.

        Raises:
            ContractError: It is no error status.
        """
        super().__init__(upstream, parameters)
        self._status = status_of(parameters["status"], _FIRST_ERROR, _LAST)

    async def play(self, context: FaultContext) -> None:
        """Store, and say that it failed."""
        context.reply()
        context.respond(error_reply(self._status, context.here))


@fault("stores-and-closes", tried="lost-acknowledgement/closes")
class StoresAndCloses(Fault):
    """FIN in the place of the acknowledgement, at each attempt."""

    pattern = "the {ingest} stores the event and closes the connection"
    about = "the event is stored, then the connection ends without a byte"
    family = "upstream-*"
    may_store = True

    async def play(self, context: FaultContext) -> None:
        """Store, and close."""
        context.reply()
        context.connection.close()


@fault("stores-and-fails-once", tried="lost-acknowledgement/fails-once")
class StoresAndFailsOnce(FailsTimes):
    """500 at the first attempt of each event, which is stored all the same; then it is itself."""

    pattern = "the {ingest} stores the event and fails once"
    about = "the event is stored, and the answer is 500; the next attempt works"
    may_store = True

    def fail(self, context: FaultContext) -> None:
        """Store, and say that it failed."""
        context.reply()
        super().fail(context)


@fault("stores-and-hangs", tried="upstream-timeout/stores-and-hangs")
class StoresAndHangs(Fault):
    """Not a byte, and the connection stays open until the target gives up."""

    pattern = "the {ingest} stores the event and hangs"
    about = "the event is stored, and no answer is sent"
    family = "upstream-timeout"
    may_store = True

    async def play(self, context: FaultContext) -> None:
        """Store: an unanswered request hangs."""
        context.reply()


@fault("stores-and-resets", tried="lost-acknowledgement/resets")
class StoresAndResets(Fault):
    """RST in the place of the acknowledgement, at each attempt."""

    pattern = "the {ingest} stores the event and resets the connection"
    about = "the event is stored, then the connection ends with RST"
    family = "upstream-*"
    may_store = True

    async def play(self, context: FaultContext) -> None:
        """Store, and reset."""
        context.reply()
        context.connection.reset()


@fault("stores-and-resets-once", tried="lost-acknowledgement/resets-once")
class StoresAndResetsOnce(FailsTimes):
    """RST at the first attempt of each event, which is stored all the same; then it is itself."""

    pattern = "the {ingest} stores the event and resets the connection once"
    about = "the event is stored, and the connection ends with RST; the next attempt works"
    may_store = True

    def fail(self, context: FaultContext) -> None:
        """Store, and reset."""
        context.reply()
        context.connection.reset()


@fault("acknowledges-and-resets")
class AcknowledgesAndResets(Fault):
    """The acknowledgement, and RST right after it: which of the two the target sees is a matter of chance.

    A reset may take what has arrived and was not read yet (RFC 9293, section 3.5.3).
    """

    pattern = "the {ingest} acknowledges the event and resets the connection"
    about = "the event is stored and acknowledged, then the connection ends with RST"
    family = "upstream-*"
    may_store = True

    async def play(self, context: FaultContext) -> None:
        """Store, acknowledge, and reset; whether the target has read it is unknown."""
        reply = context.reply()
        context.begin(reply.head(close=not context.connection.keep_alive) + reply.body, reply.status)
        context.connection.reset()
