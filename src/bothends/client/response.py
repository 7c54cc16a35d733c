"""Bytes become an answer: the reading of one HTTP/1.1 response, without any I/O.

Theory of operation. A `ResponseReader` is fed what comes, in pieces of any size, and settles once:

    fed                                         outcome                     connection
    a whole final response (RFC 9112)           Answer                      may be used again
      with `Connection: close`, or HTTP/1.0     Answer                      done with
      to HEAD: as soon as its head is read      Answer                      may be used again
      followed by bytes nobody asked for        Answer                      done with
    an interim response (1xx but 101)           none yet                    -
    more body than the limit                    Answer, body cut            done with
    what is no HTTP, or a head over the limit   NoAnswer `not-http`         done with
    the end, where only the end ends the body   Answer                      done with
    the end anywhere else                       NoAnswer `closed`           done with

Everything that is kept is bounded, whatever the target sends.
"""

from __future__ import annotations

from http import HTTPStatus
from typing import TYPE_CHECKING

from httptools import HttpParserError, HttpParserUpgrade, HttpResponseParser

from bothends.records import Answer, NoAnswer, count_of

if TYPE_CHECKING:
    from bothends.clock import Clock


BODY_LIMIT = 1 << 20
HEAD_LIMIT = 1 << 16
_SAMPLE = 48
# Chunks of one byte take six on the wire; what is over that is framing without end.
_FRAMING = 8


class ResponseReader:
    """Reads the response to one request; see the table above.

    Attributes:
        outcome: What the response came to; None while it is not known.
        received: Bytes that were fed.
        reusable: Whether the connection may carry another request, as far as the response tells.
    """

    __slots__ = (
        "_body",
        "_body_limit",
        "_expected",
        "_first",
        "_head_limit",
        "_head_size",
        "_headers",
        "_in_head",
        "_method",
        "_parser",
        "_reason",
        "_size",
        "_status",
        "_until_end",
        "outcome",
        "received",
        "reusable",
    )

    def __init__(self, method: str, *, body_limit: int = BODY_LIMIT, head_limit: int = HEAD_LIMIT) -> None:
        """Expect the response to a request.

        Args:
            method: The request's method: an answer to HEAD has no body (RFC 9112, section 6.3).
            body_limit: Most bytes of body that are kept.
            head_limit: Most bytes of head, interim responses and trailers that are read.
        """
        self.outcome: Answer | NoAnswer | None = None
        self.received = 0
        self.reusable = False
        self._method = method
        self._body_limit = body_limit
        self._head_limit = head_limit
        self._head_size = 0
        self._first = b""
        self._parser: HttpResponseParser | None = HttpResponseParser(self)
        self._reset()

    def _reset(self) -> None:
        self._status = 0
        self._reason = b""
        self._headers: list[tuple[str, str]] = []
        self._body: list[bytes] = []
        self._size = 0
        self._in_head = True
        self._until_end = False
        self._expected: str | None = None

    def feed(self, data: bytes) -> Answer | NoAnswer | None:
        """Take the next bytes; return the outcome once it is known."""
        if self._parser is None:
            self.reusable = False
            return self.outcome
        if not self.received:
            self._first = data[:_SAMPLE]
        self.received += len(data)
        try:
            self._parser.feed_data(data)
        except HttpParserUpgrade:
            # 101: what follows is another protocol. The answer is taken, the connection is not.
            self.reusable = False
        except HttpParserError as error:
            self._settle(NoAnswer("not-http", f"{error}; {self.progress()}"))
            self.reusable = False
        if self.outcome is None:
            self._check_bounds(len(data))
        if self.outcome is not None:
            self._parser = None  # the parser holds this object's methods: don't leave the cycle to the collector
        return self.outcome

    def end(self) -> Answer | NoAnswer:
        """Take the end of the stream; return the outcome."""
        if self.outcome is None and self._until_end:
            self._take(self._answer())
        outcome = self.outcome or NoAnswer("closed", self.progress())
        self._settle(outcome)
        self.reusable = False
        self._parser = None
        return outcome

    def progress(self) -> str:
        """Return how far the response has come, for a person to read."""
        if not self.received:
            return "no byte of an answer had come"
        if self._in_head:
            return f"{count_of(self.received, 'byte')} of the head had come, beginning with {self._first!r}"
        whole = "" if self._expected is None else f" of {self._expected}"
        noun = "byte" if (self._expected or str(self._size)) == "1" else "bytes"
        return f"status {self._status} and {self._size}{whole} {noun} of the body had come"

    # What follows is called by the parser.

    def on_message_begin(self) -> None:
        """Start a response: the first, one after an interim one, or one that nobody asked for."""
        if self.outcome is not None:
            self.reusable = False

    def on_status(self, reason: bytes) -> None:
        """Take the reason phrase, which may come in pieces."""
        if self.outcome is None:
            self._reason += reason
            self._count(len(reason))

    def on_header(self, name: bytes, value: bytes) -> None:
        """Take a header, or a trailer, which is no header (RFC 9110, section 6.5.1)."""
        if self.outcome is None:
            self._count(len(name) + len(value))
            if self._in_head:
                self._headers.append((name.decode("latin-1").lower(), value.rstrip(b" \t").decode("latin-1")))

    def on_headers_complete(self) -> None:
        """Find out how the body's length is told (RFC 9112, section 6.3)."""
        if self.outcome is not None or self._parser is None:
            return
        self._status = self._parser.get_status_code()
        if self._interim:
            return
        self._in_head = False
        self.reusable = self._parser.should_keep_alive()
        fields = dict(self._headers)
        self._expected = fields.get("content-length")
        coding = fields.get("transfer-encoding")
        self._until_end = self._expected is None if coding is None else not coding.lower().endswith("chunked")
        tunnel = self._method == "CONNECT" and Answer(self._status, (), b"", 0).success
        if tunnel:
            self.reusable = False
        if self._method == "HEAD" or tunnel:
            self._take(self._answer())

    def on_body(self, data: bytes) -> None:
        """Take a piece of the body, up to the limit."""
        if self.outcome is not None:
            self.reusable = False
            return
        self._size += len(data)
        self._body.append(data)
        if self._size > self._body_limit:
            self._settle(self._answer())
            self.reusable = False

    def on_message_complete(self) -> None:
        """Settle, or make ready for the response that follows an interim one."""
        if self.outcome is not None:
            return
        if self._interim:
            self._reset()
        else:
            self._take(self._answer())

    @property
    def begun(self) -> bool:
        """Whether the head of a final response has come."""
        return not self._in_head

    @property
    def _interim(self) -> bool:
        return HTTPStatus.CONTINUE <= self._status < HTTPStatus.OK and self._status != HTTPStatus.SWITCHING_PROTOCOLS

    def _count(self, size: int) -> None:
        self._head_size += size
        if self._head_size > self._head_limit:
            self._refuse_head()

    def _check_bounds(self, fresh: int) -> None:
        """Stop at a line or at framing without end, which the parser keeps or skips without a callback."""
        pending = self.received if self._in_head else 0
        most = self._head_limit + _FRAMING * self._body_limit
        if pending - fresh > self._head_limit or self.received - self._size > most:
            self._refuse_head()

    def _refuse_head(self) -> None:
        self._settle(NoAnswer("not-http", f"headers and framing over {self._head_limit} bytes; {self.progress()}"))
        self.reusable = False

    def _take(self, answer: Answer) -> None:
        """Take a response that is whole."""
        self._settle(answer)

    def _answer(self) -> Answer:
        body = self._body[0] if len(self._body) == 1 else b"".join(self._body)
        return Answer(
            status=self._status,
            headers=tuple(self._headers),
            body=body[: self._body_limit],
            size=self._size,
            reason=self._reason.decode("latin-1"),
        )

    def _settle(self, outcome: Answer | NoAnswer) -> None:
        if self.outcome is None:
            self.outcome = outcome


# The reading of several responses on one connection: for clients that send what no well-behaved one does.


class ResponsesReader(ResponseReader):
    """Reads responses until the connection ends; its outcome says how that was.

    Attributes:
        answers: The final answers that have come, in order, each with the time when it was whole.
    """

    __slots__ = ("_clock", "answers")

    def __init__(
        self, method: str, clock: Clock, *, body_limit: int = BODY_LIMIT, head_limit: int = HEAD_LIMIT
    ) -> None:
        """Expect responses, the first to `method`: after HEAD, whose answer has no body, only the first is sure."""
        super().__init__(method, body_limit=body_limit, head_limit=head_limit)
        self._clock = clock
        self.answers: list[tuple[Answer, float]] = []

    def _take(self, answer: Answer) -> None:
        self.answers.append((answer, self._clock.now()))
        self._reset()

    def _settle(self, outcome: Answer | NoAnswer) -> None:
        if isinstance(outcome, Answer):  # cut at the limit: the last one
            self.answers.append((outcome, self._clock.now()))
        super()._settle(outcome)
