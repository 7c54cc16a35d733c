"""The HTML file, put together: markup, style, script, and the exchanges as data that no browser runs.

The policy in its head forbids all that is not named by its hash: no network, no other script, no style. The data
is base64, so that nothing in it can end its element; and all that a script shows of it is set as text.
"""

from __future__ import annotations

import base64
import hashlib
from html import escape
from importlib import resources
from typing import TYPE_CHECKING

from bothends.reports.html import markup
from bothends.reports.redact import Redactor
from bothends.reports.reporter import version

if TYPE_CHECKING:
    from collections.abc import Iterator

    from bothends.engine.events import RunStarted
    from bothends.records import Summary
    from bothends.reports.html.spool import Spool
    from bothends.reports.reporter import Surroundings

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
        f'<link rel="icon" href="data:,"><title>bothends: {escape(summary.verdict.value)}</title>'
        f"<style>{style}</style></head><body>"
        '<a class="skip" href="#exchanges">Skip to the exchanges</a><main>'
    ).encode()
    parts = (
        markup.head(summary, started, redactor),
        markup.findings(summary, started, surroundings, redactor),
        markup.coverage(summary),
        _exchanges(spool),
        markup.log(summary, redactor),
    )
    for part in parts:
        for text in part:
            yield text.encode(errors="backslashreplace")
    yield f"</main><footer>bothends {escape(version())}</footer>".encode()
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
            f"<p>Of {spool.left_out:,} of them only the row is kept, so that this file stays small:"
            " there are others of their family.</p>"
        )
    yield (
        '<noscript><p>The list needs JavaScript, which is in this file.</p></noscript><form role="search" id="search">'
        '<label>Search <input type="search" id="text" autocomplete="off" spellcheck="false"'
        ' placeholder="case, state, status, law"></label>'
        '<label>Show <select id="which"><option value="all">all</option><option value="broken">those that break a law'
        '</option><option value="unanswered">those without an answer</option></select></label>'
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
