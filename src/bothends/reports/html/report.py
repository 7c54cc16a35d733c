"""The HTML report: spools the exchanges while the run goes on, and writes the file when it is over."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bothends.engine.events import ExchangeJudged, RunFinished, RunStarted
from bothends.reports.files import whole_file
from bothends.reports.html.document import pieces
from bothends.reports.html.rows import details, row
from bothends.reports.html.spool import Spool
from bothends.reports.redact import Redactor, cookies_of

if TYPE_CHECKING:
    from pathlib import Path

    from bothends.engine.events import Event
    from bothends.reports.reporter import Surroundings


class HtmlReport:
    """Writes one self-contained file: interrupted, failed or whole."""

    def __init__(self, path: Path, surroundings: Surroundings) -> None:
        """Take the file to write, and what no event says."""
        self._path = path
        self._surroundings = surroundings
        self._started: RunStarted | None = None
        self._redactor: Redactor | None = None
        self._spool = Spool()

    def handle(self, event: Event) -> None:
        """Take one event.

        Raises:
            HarnessError: The file can't be written.
        """
        match event:
            case RunStarted():
                self._started = event
            case ExchangeJudged():
                self._add(event)
            case RunFinished():
                with whole_file(self._path, "--html") as file:
                    for piece in pieces(event.summary, self._started, self._surroundings, self._spool):
                        file.write(piece)
            case _:
                pass

    def close(self) -> None:
        """Let the temporary files go."""
        self._spool.close()

    def _add(self, event: ExchangeJudged) -> None:
        # The secrets are those of a world that stands, and stay the same from the first exchange on.
        if self._redactor is None:
            self._redactor = Redactor(self._surroundings.secrets())
        redactor = self._redactor.also(cookies_of(event.exchange))
        base_url = self._started.target if self._started else "$TARGET"
        family = event.exchange.case.family
        wanted = self._spool.wants_details(family, broken=bool(event.breaches))
        self._spool.add(family, row(event, redactor), details(event, base_url, redactor) if wanted else None)
