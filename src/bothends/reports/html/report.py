"""The HTML report: spools the exchanges while the run goes on, and writes the file when it is over."""

from __future__ import annotations

import base64
import hashlib
from html import escape as html_escape
from importlib import resources
from typing import TYPE_CHECKING, Any

from bothends.conditions import sentences
from bothends.engine import ExchangeJudged, RunFinished, RunStarted
from bothends.records import NoAnswer
from bothends.reports.exchange import steps, trace
from bothends.reports.html import markup
from bothends.reports.html.spool import Spool
from bothends.reports.sanitize import Redactor, cookies_of, escape
from bothends.reports.writers import report, version, whole_file

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from bothends.engine import Event
    from bothends.records import Summary
    from bothends.reports.writers import Surroundings


# An exchange as the HTML report lists it, and as it shows it when it is opened.


def row(event: ExchangeJudged, redactor: Redactor) -> list[Any]:
    """Return what the list shows: number, case, state of the world, answer, events, milliseconds, broken laws.

    Args:
        event: The exchange.
        redactor: Knows the run's secrets and the exchange's cookies.
    """
    exchange = event.exchange
    answer = exchange.answer
    return [
        exchange.number,
        escape(redactor.text(exchange.case.label)),
        escape(redactor.text(" and ".join(sentences(exchange.case.given)))),
        answer.kind if isinstance(answer, NoAnswer) else answer.status,
        len(exchange.deliveries),
        round((exchange.ended - exchange.began) * 1000),
        ", ".join(dict.fromkeys(breach.law for breach in event.breaches)),
    ]


def details(event: ExchangeJudged, base_url: str, redactor: Redactor) -> list[Any]:
    """Return what is shown of an opened exchange: its steps, and what was sent and received."""
    told = steps(event.exchange, redactor)
    entry = trace(event.exchange, base_url, redactor, event.breaches)
    return [
        [[step.at, step.sender, step.receiver, step.text, step.mood.value] for step in told],
        [[field.label, list(field.lines), int(field.command)] for field in entry.fields],
    ]


# The HTML file, put together: markup, style, script, and the exchanges as data that no browser runs.
#
# The policy in its head forbids all that is not named by its hash: no network, no other script, no style. The data
# is base64, so that nothing in it can end its element; and all that a script shows of it is set as text.

_FOLDER = resources.files("bothends.reports.html")


def pieces(summary: Summary, started: RunStarted | None, surroundings: Surroundings, spool: Spool) -> Iterator[bytes]:
    """Yield the file, piece by piece: it is never whole in memory.

    Args:
        summary: The end of the run.
        started: How it began; None when the target never got ready.
        surroundings: What no event says.
        spool: The exchanges.
    """
    redactor = Redactor(surroundings.secrets())
    style, script = _asset("page.css"), _asset("page.js")
    policy = (
        "default-src 'none'; img-src data:; base-uri 'none'; form-action 'none';"
        f" style-src '{_hash(style)}'; script-src '{_hash(script)}'"
    )
    yield (
        '<!doctype html>\n<html lang="en"><head><meta charset="utf-8">'
        f'<meta http-equiv="Content-Security-Policy" content="{policy}">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        '<meta name="color-scheme" content="light dark"><meta name="referrer" content="no-referrer">'
        f'<link rel="icon" href="data:,"><title>bothends: {html_escape(summary.verdict.value)}</title>'
        f"<style>{style}</style></head><body>"
        '<a class="skip" href="#exchanges">Skip to the exchanges</a><main>'
    ).encode()
    parts = (
        markup.head(summary, started, redactor),
        markup.findings(summary, started, surroundings, redactor),
        markup.coverage(summary),
        markup.appended(surroundings.appendix(summary)),
        _exchanges(spool),
        markup.log(summary, redactor),
        markup.laws(summary),
        markup.words(),
    )
    for part in parts:
        for text in part:
            yield text.encode(errors="backslashreplace")
    origin = surroundings.origin
    words = f"bothends {version()}, seed {summary.seed}" if origin is None else origin.words(summary.seed)
    yield f"</main><footer>{html_escape(words)}</footer>".encode()
    yield b'<script type="application/octet-stream" id="index">'
    yield from spool.index()
    yield b"</script>"
    for number, block in enumerate(spool.blocks()):
        yield f'<script type="application/octet-stream" id="block-{number}">'.encode()
        yield block
        yield b"</script>"
    yield f"<script>{script}</script></body></html>\n".encode()


def _exchanges(spool: Spool) -> Iterator[str]:
    """Yield the frame of the list, which the script fills."""
    yield '<section aria-labelledby="exchanges"><h2 id="exchanges" tabindex="-1">Exchanges</h2>'
    if spool.left_out:
        yield (
            f"<p>For {spool.left_out:,} of them this file has only the row, so that it stays small."
            " Other exchanges of the same families have details.</p>"
        )
    yield (
        '<noscript><p>The list needs JavaScript, which is in this file.</p></noscript><form role="search" id="search">'
        '<label>Search <input type="search" id="text" autocomplete="off" spellcheck="false"'
        ' placeholder="case, state, status, law"></label>'
        '<label>Show <select id="which"><option value="all">all</option><option value="broken">broken'
        '</option><option value="unanswered">without an answer</option></select></label>'
        '<label class="check"><input type="checkbox" id="deep"> in what was sent and received, too</label></form>'
        '<p id="count" role="status"></p><div class="scroll"><table id="list"><caption>Exchanges</caption><thead><tr>'
        '<th scope="col">No.</th><th scope="col">Case</th><th scope="col">While</th><th scope="col">Answer</th>'
        '<th scope="col" class="number">Events</th><th scope="col" class="number">ms</th><th scope="col">Breaks</th>'
        '</tr></thead><tbody id="rows"></tbody></table></div><nav aria-label="pages of the list" id="pages">'
        '<button type="button" id="back">Back</button><span id="page"></span>'
        '<button type="button" id="next">Next</button></nav></section>'
    )


def _asset(name: str) -> str:
    return _FOLDER.joinpath(name).read_text(encoding="utf-8")


def _hash(text: str) -> str:
    """Return the source expression that allows an inline element (CSP 3, section 2.3.1)."""
    return f"sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}"


@report("html", "write an HTML report, in one file", to_output=False)
class HtmlReport:
    """Writes one self-contained file: interrupted, failed or whole."""

    def __init__(self, path: Path, surroundings: Surroundings) -> None:
        """Take the file to write, and what no event says."""
        self._path = path
        self._surroundings = surroundings
        self._started: RunStarted | None = None
        self._redactor: Redactor | None = None
        self._known: tuple[str, ...] = ()
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
        secrets = tuple(self._surroundings.secrets())
        if self._redactor is None or secrets != self._known:
            self._redactor, self._known = Redactor(secrets), secrets
        redactor = self._redactor.also(cookies_of(event.exchange))
        base_url = self._started.target if self._started else "$TARGET"
        family = event.exchange.case.family
        wanted = self._spool.wants_details(family, broken=bool(event.breaches))
        self._spool.add(family, row(event, redactor), details(event, base_url, redactor) if wanted else None)
