"""The cause of a breach, as data: what findings of one law are told apart by, and what their IDs are made of."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, order=True)
class Cause:
    """What is wrong, whichever exchange shows it. It is put into words only where it is shown.

    Attributes:
        kind: What is wrong, as the law names it: `not-json`. Never a sentence.
        location: Where: a place in a schema or in a message, a header, or what the request was about.
        source: Where the value should come from, as the `x-from` is written; or the file that promises it.
        upstream: The parts of the world that it is about, with commas between them: `settings,ingest`.
        status: The statuses, or the outcome, that it is about, with commas between them: `400,422`.
        callback: The callback that it is about, where its operation has several; else empty.
    """

    kind: str
    location: str = ""
    source: str = ""
    upstream: str = ""
    status: str = ""
    callback: str = ""

    @property
    def fields(self) -> tuple[str, ...]:
        """All of it, as texts: what an ID is made of."""
        always = (self.kind, self.location, self.source, self.upstream, self.status)
        return (*always, self.callback) if self.callback else always
