"""An exchange as a test looks at it: the response, the events, the upstream calls, and when each of it was."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from bothends.records import Answer

if TYPE_CHECKING:
    from collections.abc import Mapping

    from bothends.failure_text import Timeline
    from bothends.records import Delivery, Exchange, UpstreamCall


class NoResponseError(AssertionError):
    """The target gave no answer."""


@dataclass(frozen=True, slots=True, repr=False)
class Response(Answer):
    """What the target answered; see `Answer` for its attributes."""

    def json(self) -> Any:
        """Return the body as a JSON value.

        Raises:
            ValueError: It is none.
        """
        return json.loads(self.body)

    def __repr__(self) -> str:
        """Return what a failed assert needs of it."""
        return f"<response {self.status} {self.media_type or '(no media type)'}, {self.size} bytes>"


@dataclass(frozen=True, slots=True, repr=False)
class Seen:
    """One request and all that was witnessed of it.

    Attributes:
        record: All of it, as the library has it.
        timeline: What happened when; `print(exchange.timeline)` shows it.
    """

    record: Exchange
    timeline: Timeline

    @property
    def response(self) -> Response:
        """What the target answered.

        Raises:
            NoResponseError: It gave no answer.
        """
        answer = self.record.answer
        if not isinstance(answer, Answer):
            raise NoResponseError(f"The target gave no answer: {answer.kind} {answer.detail}".rstrip())
        return Response(answer.status, answer.headers, answer.body, answer.size, answer.reason)

    @property
    def events(self) -> tuple[Mapping[str, Any], ...]:
        """The events that a consumer receives because of this request, each once, in order of arrival."""
        stored = (d for d in self.deliveries if d.stored and not d.repeated)
        return tuple(d.consumed for d in stored if d.consumed is not None)

    @property
    def deliveries(self) -> tuple[Delivery, ...]:
        """All that arrived at the ingest: refused, repeated, acknowledged or not."""
        return self.record.deliveries

    @property
    def upstream_calls(self) -> tuple[UpstreamCall, ...]:
        """The calls to upstreams other than the ingest."""
        return self.record.calls

    def __repr__(self) -> str:
        """Return what a failed assert needs of it."""
        return f"<exchange {self.record.number}: {', '.join(str(moment) for moment in self.timeline.moments)}>"
