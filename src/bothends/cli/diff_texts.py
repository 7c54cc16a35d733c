"""What `bothends diff` writes: for a person, as Markdown, as JSON, and as annotations of a change on GitHub."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, Protocol

from bothends.diff import Audience, Verdict
from bothends.records import count_of
from bothends.reports import escape, escaped_markdown, github_command, version

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from bothends.diff import Change, Difference, Spot

_LONGEST = 400
_MOST_ALSO = 4
_MOST_RELIED = 5
_GITHUB = {Verdict.BREAK: "error", Verdict.UNDECIDED: "warning", Verdict.COMPATIBLE: "notice"}


class Writer(Protocol):
    """Writes what has changed."""

    def __call__(self, found: Difference, *, all_changes: bool) -> str:
        """Return the text, with or without the changes that break nobody."""
        ...


def _shown(found: Difference, *, all_changes: bool) -> list[Change]:
    return [each for each in found.changes if all_changes or each.verdict is not Verdict.COMPATIBLE]


def _heading(change: Change) -> str:
    """Return whom a change breaks, and of what."""
    if change.accepted:
        return f"ACCEPTED for {change.audience} of {_subject(change)}"
    if change.verdict is Verdict.BREAK:
        return f"BREAKS {change.audience} of {_subject(change)}"
    if change.verdict is Verdict.UNDECIDED:
        return f"UNDECIDED for {change.audience} of {_subject(change)}"
    return f"compatible for {change.audience} of {_subject(change)}"


def _subject(change: Change) -> str:
    return escape(change.subject)


def counterexample_text(change: Change) -> str:
    """Return what a value shows, in one line; empty: there is none."""
    if not change.witness:
        return ""
    text = json.dumps(change.witness[0], ensure_ascii=False)
    return escape(text if len(text) <= _LONGEST else f"{text[:_LONGEST]}…")


def _is_sent(change: Change) -> bool:
    return change.reach.part in ("request", "acknowledgement")


def _fields(change: Change) -> Iterator[tuple[str, str]]:
    """Yield what is said below the sentence: a label, and a text of one line."""
    if change.part:
        yield "in", escape(change.part)
    if change.also:
        left = len(change.also) - _MOST_ALSO
        more = f"; and {left:,} more" if left > 0 else ""
        yield "also in", "; ".join(escape(each) for each in change.also[:_MOST_ALSO]) + more
    yield "was", _line(change.old)
    yield "is", _line(change.new)
    witness = counterexample_text(change)
    if witness:
        yield ("refused now" if _is_sent(change) else "allowed now"), witness
    if change.note:
        yield "note", escape(change.note)
    yield from _reliance(change)
    if change.accepted:
        yield "accepted", escape(change.accepted)
    yield "rule", f"{change.rule}, {change.id}"


def _reliance(change: Change) -> Iterator[tuple[str, str]]:
    if change.relied is None:
        return
    if not change.relied:
        yield "relied on", "no consumer relies on it"
    for each in change.relied[:_MOST_RELIED]:
        yield "relied on", f"by {escape(each.consumer)}: {escape(str(each.where))} ({escape(each.description)})"
    if len(change.relied) > _MOST_RELIED:
        yield "relied on", f"and by {count_of(len(change.relied) - _MOST_RELIED, 'more interaction')}"


def _line(spot: Spot) -> str:
    return escape(str(spot)) + (f"  {escape(spot.text)}" if spot.text else "")


def _summary(found: Difference) -> str:
    """Return the last line: who is broken, and what is not known."""
    breaks = found.breaks
    if breaks:
        parts = []
        for audience in Audience:
            count = sum(each.audience is audience for each in breaks)
            if count:
                parts.append(f"{count:,} for {audience}")
        noun = "break" if len(breaks) == 1 else "breaks"
        words = [f"{len(breaks):,} {noun}: {', '.join(parts)}"]
        if found.pacts:
            relied = sum(bool(each.relied) for each in breaks)
            words.append(f"{relied:,} relied on by a pact")
    else:
        undecided = any(each.verdict is Verdict.UNDECIDED and not each.accepted for each in found.changes)
        words = [] if undecided else ["no break"]
    undecided_count = sum(each.verdict is Verdict.UNDECIDED and not each.accepted for each in found.changes)
    if undecided_count:
        words.append(f"{undecided_count:,} undecided")
    accepted = sum(bool(each.accepted) for each in found.changes)
    if accepted:
        words.append(f"{accepted:,} accepted")
    compatible = sum(each.verdict is Verdict.COMPATIBLE for each in found.changes)
    if compatible:
        words.append(f"{compatible:,} compatible {'change' if compatible == 1 else 'changes'}")
    return "; ".join(words)


def _text(found: Difference, *, all_changes: bool) -> str:
    lines: list[str] = []
    for change in _shown(found, all_changes=all_changes):
        lines.append(_heading(change))
        lines.append(f"  {escape(change.problem)}")
        lines.extend(f"  {label:<12} {text}" for label, text in _fields(change))
        lines.append("")
    lines.extend(f"accepted, and no break any more: line {entry.line} ({escape(entry.reason)})" for entry in found.idle)
    compatible = any(each.verdict is Verdict.COMPATIBLE for each in found.changes)
    more = " (shown with --all)" if compatible and not all_changes else ""
    lines.append(_summary(found) + more)
    return "\n".join(lines) + "\n"


def _markdown(found: Difference, *, all_changes: bool) -> str:
    lines = ["# What the change breaks", "", f"{_summary(found)}.", ""]
    for change in _shown(found, all_changes=all_changes):
        lines += [f"## {escaped_markdown(_heading(change))}", "", escaped_markdown(escape(change.problem)), ""]
        lines += [
            f"- {label}: {_code(text) if label in _CODE else escaped_markdown(text)}" for label, text in _fields(change)
        ]
        lines.append("")
    return "\n".join(lines)


_CODE = frozenset({"was", "is", "refused now", "allowed now"})


def _code(text: str) -> str:
    """Return text as inline code, whatever backticks are in it."""
    fence = "`"
    while fence in text:
        fence += "`"
    return f"{fence} {text} {fence}" if len(fence) > 1 else f"`{text}`"


def _json(found: Difference, *, all_changes: bool) -> str:
    changes = [_as_json(each) for each in _shown(found, all_changes=all_changes)]
    counts = {str(v): sum(e.verdict is v and not e.accepted for e in found.changes) for v in Verdict}
    counts["accepted"] = sum(bool(each.accepted) for each in found.changes)
    return json.dumps({"version": version(), "counts": counts, "changes": changes}, indent=2) + "\n"


def _as_json(change: Change) -> dict[str, Any]:
    made: dict[str, Any] = {
        "id": change.id,
        "rule": change.rule,
        "verdict": str(change.verdict),
        "audience": str(change.audience),
        "subject": change.subject,
        "also": list(change.also),
        "part": change.part,
        "pointer": change.pointer,
        "problem": change.problem,
        "old": _spot_json(change.old),
        "new": _spot_json(change.new),
    }
    if change.witness:
        made["counterexample"] = change.witness[0]
    if change.note:
        made["note"] = change.note
    if change.relied is not None:
        made["reliedOnBy"] = [
            {"consumer": each.consumer, "interaction": each.description, **_place(each.where)} for each in change.relied
        ]
    if change.accepted:
        made["accepted"] = change.accepted
    return made


def _spot_json(spot: Spot) -> dict[str, Any]:
    return {"revision": spot.revision or None, **_place(spot.where), "text": spot.text}


def _place(where: Any) -> dict[str, Any]:
    return {"file": str(where.file), "line": where.line, "pointer": where.pointer}


def _github(found: Difference, *, all_changes: bool) -> str:
    lines = []
    for change in _shown(found, all_changes=all_changes):
        kind = "notice" if change.accepted else _GITHUB[change.verdict]
        said = [escape(change.problem), *(f"{label}: {text}" for label, text in _fields(change))]
        lines.append(github_command(kind, f"{_heading(change)}", said, change.new.where))
    return "".join(f"{line}\n" for line in lines)


WRITERS: Mapping[str, Writer] = {"text": _text, "markdown": _markdown, "json": _json, "github": _github}
"""Each format, and what writes it."""
