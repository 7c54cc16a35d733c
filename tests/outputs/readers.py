"""What a reader of each format sees of an output, without the texts that a target chose."""

from __future__ import annotations

import json
import re
import unicodedata
from collections import Counter
from dataclasses import dataclass, field
from html.parser import HTMLParser
from typing import TYPE_CHECKING, Any

import cmarkgfm
import pyte
from cmarkgfm.cmark import Options

from bothends.reports.json_report import schema
from tests.reports.test_har import read as read_har
from tests.reports.test_junit import outcomes, valid
from tests.reports.test_sarif import read as read_sarif
from tests.reports.test_spans import attributes as read_attributes
from tests.reports.test_spans import in_file as read_spans

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.reports.browser import Page

# All but the line feed: what a terminal, a log or an editor acts on, or shows in another place or not at all.
ACTED_ON = re.compile(r"[\x00-\x09\x0b-\x1f\x7f-\x9f\u061c\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff\ud800-\udfff]")
_CHANGING = (
    (re.compile(r"(/said\d+/).*"), r"\1TEXT"),
    (re.compile(r"127\.0\.0\.1:\d+"), "HOST"),
    (re.compile(r"\b[0-9a-f]{10}\b"), "ID"),
    (re.compile(r"\d+(\.\d+)? m?s\b"), "TIME"),
    (re.compile(r"\b(hostile|harmless)\b"), "TARGET"),
    (re.compile(r"\d\d:\d\d:\d\d"), "CLOCK"),
)


def line_shapes(text: str) -> list[str]:
    """Return each line of a page: one at the margin as it is, of another one its label; the log is left out."""
    shapes: list[str] = []
    in_log = False
    for line in text.split("\n"):
        at_margin = line[:1].strip() != ""
        in_log = line == "the end of the target's log" if at_margin else in_log
        if re.fullmatch(r"[\d,]+ of [\d,]+ exchanges, about .* left.*", line) or (in_log and not at_margin):
            continue
        if re.match(r" +\| ", line):  # a line of the log, in an error
            continue
        for pattern, word in _CHANGING:
            line = pattern.sub(word, line)  # noqa: PLW2901 -- what is left of it
        label = re.match(r" +([a-z]*(?=  )|)", line)
        shapes.append(line if at_margin or label is None else f" {label[1]}")
    return shapes


def on_a_screen(text: str) -> list[str]:
    """Return the lines of a terminal that was given a text, and has room for it: a character may take two columns."""
    columns = max(len(line) * (1 if line.isascii() else 2) for line in text.split("\n"))
    screen = pyte.Screen(columns + 1, text.count("\n") + 2)
    pyte.Stream(screen).feed(text.replace("\r\n", "\n").replace("\n", "\r\n"))
    return [unicodedata.normalize("NFC", line).rstrip() for line in screen.display]


def plain(text: str) -> list[str]:
    """Return the lines of a text, which a terminal shows as they are: nothing in them moves, hides or paints."""
    assert ACTED_ON.findall(text) == []
    written = [unicodedata.normalize("NFC", line).rstrip() for line in text.split("\n")]
    assert written == on_a_screen(text)[: len(written)]
    return line_shapes(text)


class Runner:
    """GitHub's runner: it reads lines, and obeys commands (actions/runner, ActionCommand.cs, …Manager.cs)."""

    known = frozenset(
        (
            *("add-mask", "add-matcher", "add-path", "debug", "echo", "endgroup", "error", "group"),
            *("internal-set-repo-path", "notice", "remove-matcher", "save-state", "set-env", "set-output"),
            *("stop-commands", "warning"),
        )
    )

    def __init__(self) -> None:
        """Obey."""
        self.obeyed: list[tuple[str, dict[str, str]]] = []
        self._token = ""

    def read(self, text: str) -> list[tuple[str, dict[str, str]]]:
        """Return what was obeyed, each command with its properties and its data."""
        for line in re.split(r"\r\n|\r|\n", text):
            found = self._command(line.lstrip(), "::", "::", ",", at=0) or self._command(line, "##[", "]", ";")
            if found is None:
                continue
            name, properties = found
            if self._token:
                self._token = "" if name == self._token else self._token
            elif name == "stop-commands":
                self._token = properties["data"]
            else:
                self.obeyed.append(found)
        assert self._token == "", "the runner was never told to obey again"
        return self.obeyed

    def _command(
        self, line: str, begin: str, end: str, between: str, at: int | None = None
    ) -> tuple[str, dict[str, str]] | None:
        start = line.find(begin)
        stop = line.find(end, start + len(begin))
        if start < 0 or stop < 0 or (at is not None and start != at):
            return None
        name, _, told = line[start + len(begin) : stop].partition(" ")
        if name.lower() not in self.known and name != (self._token or None):
            return None
        properties = dict(each.split("=", 1) for each in told.strip().split(between) if "=" in each)
        return name, {**properties, "data": line[stop + len(end) :]}


def on_github(text: str) -> list[tuple[str, list[str], str, str]]:
    """Return what the runner obeys in an output: kinds, which properties, where, and how many lines each has."""
    return [
        (name, sorted(told), told.get("file", ""), re.sub(r"[\d]+", "N", told["data"].split("%0A")[-1].split(":")[0]))
        for name, told in Runner().read(text)
    ]


_OF_TARGETS = frozenset({"event", "consumed", "headers", "text", "base64", "log", "value"})


def skeleton(value: Any, key: str = "") -> Any:
    """Return a JSON value with the kind of each part in its place; of what a target has made, its kind alone."""
    if key in _OF_TARGETS or not isinstance(value, dict | list):
        return type(value).__name__ if not isinstance(value, int | float) else "number"
    if isinstance(value, list):
        return [skeleton(each) for each in value]
    return {name: skeleton(each, name) for name, each in value.items()}


def json_report(text: str) -> Any:
    """Return what a program reads of a JSON report, which is valid by its schema."""
    import jsonschema  # noqa: PLC0415 -- takes a while to load

    assert ACTED_ON.findall(text) == []
    report = json.loads(text)
    jsonschema.validate(report, schema())
    firm = {key: report[key] for key in ("verdict", "exit_code", "exchanges", "answers", "laws", "operations")}
    return firm, [(one["law"], one["case"], one["severity"]) for one in report["findings"]], skeleton(report)


def sarif(text: str) -> Any:
    """Return what code scanning reads of a log, which is valid by its schema: no message has a link in it."""
    assert ACTED_ON.findall(text) == []
    run = read_sarif(text)
    messages = [one["message"]["text"] for one in run["results"]]
    assert not any(re.search(r"(?<!\\)\[[^\[\]]*\]\(|(?<!\{)\{\d+\}", message) for message in messages)
    return [
        (one["ruleId"], one["kind"], one["level"], skeleton(one), one["message"]["text"].count("\n"))
        for one in run["results"]
    ]


def har(text: str) -> Any:
    """Return the messages of an archive, which is valid by its schema: whose they are, and how each was answered."""
    assert text.isascii()
    log = read_har(text)
    entries = [
        (one["_direction"], one.get("_service"), one.get("_case", ""), one["response"]["status"])
        for one in log["entries"]
    ]
    kept = [len(one["queryString"]) for one in (entry["request"] for entry in log["entries"]) if "?" not in one["url"]]
    return sorted(entries, key=str), len(log["pages"]), sorted(log), sum(kept)


def spans(text: str) -> Any:
    """Return the spans of a file of OTLP, each a line of JSON: which there are, what is said of them, how they went."""
    assert text.isascii()
    return Counter(
        (one.kind, one.status.code, bool(one.parent_span_id), str(sorted(read_attributes(one))))
        for one in read_spans(text)
    )


def ndjson(text: str) -> Any:
    """Return the events of a stream, of which each is one line, whatever a reader takes for the end of one."""
    assert text.isascii()
    lines = text.removesuffix("\n").split("\n")
    assert lines == text.splitlines()
    told = [json.loads(line) for line in lines]
    return Counter(one["event"] for one in told if one["event"] != "progress"), [
        (one["case"], [breach["law"] for breach in one["breaches"]], len(one["deliveries"]), len(one["calls"]))
        for one in sorted(told, key=lambda one: str(one.get("case")))
        if one["event"] == "exchange-judged"
    ]


def junit(text: str) -> Any:
    """Return the tests of a JUnit document and their outcomes; it is valid by the schema."""
    root = valid(text)
    return outcomes(root), Counter(element.tag for element in root.iter())


@dataclass
class _Elements(HTMLParser):
    """Counts elements, and keeps what leads elsewhere, and the text outside of code."""

    seen: Counter[str] = field(default_factory=Counter)
    leads: list[str] = field(default_factory=list)
    text: str = ""

    def __post_init__(self) -> None:
        super().__init__()
        self._code = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.seen[f"{tag} {' '.join(sorted(name for name, _ in attrs))}"] += 1
        self.leads += [str(value) for name, value in attrs if name in {"href", "src", "action", "srcdoc"}]
        self._code += tag in {"pre", "code"}

    def handle_endtag(self, tag: str) -> None:
        self._code -= tag in {"pre", "code"}

    def handle_data(self, data: str) -> None:
        self.text += "" if self._code else data


# What GitHub makes of the text of a page behind Markdown: people, issues, emoji.
_LINKED = re.compile(r"(?<!\w)@\w|(?<!\w)#\d|\bGH-\d|:[a-z+_-]+:|\bwww\.|://", re.IGNORECASE)


def markdown(text: str) -> Any:
    """Return the elements of a summary, as GitHub's own parser reads it."""
    assert ACTED_ON.findall(text) == []
    found = _Elements()
    found.feed(cmarkgfm.github_flavored_markdown_to_html(text, options=Options.CMARK_OPT_UNSAFE))
    found.close()
    assert (found.leads, _LINKED.findall(found.text.replace("http://127.0.0.1", ""))) == ([], [])
    return found.seen


_COUNTED = """
(() => { const seen = {};
  for (const each of document.querySelectorAll('*')) {
    const key = `${each.tagName} ${each.getAttributeNames().sort().join()}`;
    seen[key] = (seen[key] ?? 0) + 1; }
  return seen; })()
"""


def html(page: Page, file: Path) -> dict[str, int]:
    """Return the elements of a page with their attributes, as Chromium has them; nothing in it runs, asks or moves."""
    page.open(file)
    seen: dict[str, int] = page.value(_COUNTED)
    page.value("document.querySelector('#rows button')?.click()")
    assert page.value("window.pwned === undefined")
    assert not ACTED_ON.search(page.value("document.documentElement.textContent"))
    assert ([], [], []) == (page.errors, page.asked, page.dialogs)
    return seen


def parts(text: str) -> Iterator[str]:
    """Yield the sequences of a terminal in a text: of each its last character, of a string its first."""
    for found in re.finditer(
        r"\x1b(?:\[[0-?]*[ -/]*([@-~])|([^\[]))|([\x00-\x09\x0b\x0c\x0e-\x1a\x1c-\x1f\x7f-\x9f])", text
    ):
        yield next(filter(None, found.groups()))
