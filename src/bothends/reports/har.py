"""All exchanges of a run as HTTP Archive 1.2, in both directions, for tools that show, filter and replay such files.

Source: J. Odvarka and others, "HAR 1.2 Spec"; members whose name begins with `_` are ours, as it allows. What is not
known of a message is -1, empty or left out, and its `comment` says so. Entries are written as the run goes on.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from bothends.conditions import sentences
from bothends.engine import RunFinished, RunStarted
from bothends.records import count_of
from bothends.reports.har_entry import FROM_TARGET, LONGEST_BODY, TO_TARGET, entry_of, time_of
from bothends.reports.json_report import origin_value
from bothends.reports.sanitize import Redactor, cookies_of
from bothends.reports.traffic import Asked, Traffic
from bothends.reports.writers import GrowingFile, report, version

if TYPE_CHECKING:
    from pathlib import Path

    from bothends.engine import Event
    from bothends.records import Exchange, Summary
    from bothends.reports.traffic import Message
    from bothends.reports.writers import Stream, Surroundings


@report("har", "write all exchanges as HTTP Archive (HAR 1.2), in both directions")
class HarReport:
    """Writes an entry for each message as it is told, and the pages, which are cases, at the end."""

    def __init__(self, place: Path | Stream, surroundings: Surroundings) -> None:
        """Begin the file, or the stream.

        Raises:
            HarnessError: The file can't be written.
        """
        self._surroundings = surroundings
        self._traffic = Traffic()
        self._base_url = ""
        self._pages: dict[tuple[str, str], dict[str, Any]] = {}
        self._asked = self._entries = 0
        self._file = GrowingFile(place, "--har")
        creator = {"name": "bothends", "version": version()}
        self._file.write(f'{{"log":{{"version":"1.2","creator":{_text(creator)},"entries":[')

    def handle(self, event: Event) -> None:
        """Take one event.

        Raises:
            HarnessError: An entry can't be written.
        """
        if isinstance(event, RunStarted):
            self._base_url = event.target
        redactor = Redactor(self._surroundings.secrets())
        for message in self._traffic.of(event):
            self._add(message, redactor.also(cookies_of(message.exchange)))
        if isinstance(event, RunFinished):
            pages = ",\n".join(map(_text, self._pages.values()))
            comment = _text(_comment(event.summary, self._asked, redactor))
            run = _text({"version": version(), **origin_value(self._surroundings), "seed": event.summary.seed})
            self._file.write(f'\n],"pages":[\n{pages}\n],"comment":{comment},"_run":{run}}}}}\n')
            self._file.keep()

    def close(self) -> None:
        """Leave no file behind where the run broke off without an end."""
        self._file.drop()

    def _add(self, message: Message, redactor: Redactor) -> None:
        self._asked += isinstance(message, Asked)
        page = self._page(message.exchange, redactor)
        entry = {"pageref": page, **entry_of(message, self._base_url, redactor)}
        self._file.write(f"{',' if self._entries else ''}\n{_text(entry)}")
        self._entries += 1

    def _page(self, exchange: Exchange | None, redactor: Redactor) -> str:
        """Return the ID of the page of an exchange's case; there is one of each case, not of each exchange."""
        if exchange is None:
            return self._page_of_nobodys()
        case = exchange.planned
        page = self._pages.get((case.operation, case.label))
        if page is None:
            given = " and ".join(sentences(case.given))
            title = f"{case.label} of {case.operation}" if case.operation else case.label
            page = {
                "id": f"page_{len(self._pages) + 1}",
                "title": redactor.value(f"{title}, while {given}" if given else title),
                "startedDateTime": time_of(exchange.began),
                "pageTimings": {},
            }
            self._pages[case.operation, case.label] = page
        return str(page["id"])

    def _page_of_nobodys(self) -> str:
        """Return the ID of the page of what belongs to no request."""
        page = {"id": "page_0", "title": "belongs to no request", "startedDateTime": time_of(0), "pageTimings": {}}
        return str(self._pages.setdefault(("", ""), page)["id"])


def _comment(summary: Summary, asked: int, redactor: Redactor) -> str:
    """Return what a reader has to know of the whole, and what is not in it."""
    interrupted = " The run was interrupted." if summary.interrupted else ""
    failure = summary.target_failure or summary.harness_failure
    failed = f" It failed: {redactor.value(failure)}" if failure else ""
    return (
        f"{count_of(asked, 'request')} to the target ({TO_TARGET} in _direction), and what it sent to the world "
        f"({FROM_TARGET}): events to ingests and calls to upstreams. A page is a case. "
        f"Verdict: {summary.verdict.value}, seed {summary.seed}.{interrupted}{failed} Not in it: requests of setup, "
        f"and calls that belong to no request. Credentials are hidden, and bodies are cut at {LONGEST_BODY:,} bytes."
    )


def _text(value: Any) -> str:
    """Return JSON in ASCII, so that a terminal obeys nothing in it."""
    return json.dumps(value, allow_nan=False, separators=(",", ":"))
