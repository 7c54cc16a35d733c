"""Writes proposals as an overlay, or into the document itself."""

from __future__ import annotations

import copy
import json
import re
from typing import TYPE_CHECKING, Any

from bothends.contract.openapi import json_path, overlaid, way_of
from bothends.documents import TextError, parse_yaml
from bothends.records import join, resolve
from bothends.scaffold.rewriting import not_so, rewritten
from bothends.scaffold.yaml_lines import STEP, block, comment, flow, scalar

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from bothends.documents import Document, Place
    from bothends.scaffold.proposal import Proposal

_HEAD = """\
# Written by `bothends init`. Check each action. What stands behind `unsure` has no effect: check it, and remove the
# `#` or the lines.
overlay: 1.0.0
"""


def overlay_text(title: str, proposals: Sequence[Proposal], root: Place, notes: Sequence[str] = ()) -> str:
    """Return an overlay that makes what is proposed; what is not sure stands in comments.

    Args:
        title: The title of the document.
        proposals: What is proposed.
        root: The document; what is to stand in another file is only told.
        notes: What was seen and no action says, a line each.
    """
    told = [
        "# Who calls whom, as far as it was seen:",
        *(line for note in notes for line in comment(note, "")),
    ]
    lines = told if notes else []
    lines += [f"info: {flow({'title': f'What bothends saw of {title}', 'version': '1'})}", "actions:"]
    sure = False
    for each in proposals:
        here = each.place.document is root.document
        lines += comment(each.why if each.is_sure else f"unsure: {each.why}", STEP)
        target = json_path(way_of(each.place))
        action = [
            *_removal(each),
            f"- target: {scalar(target)}",
            "  update:",
            *block(each.update, 2 * STEP, each.notes),
        ]
        if here and each.is_sure:
            sure = True
            lines += [STEP + line for line in action]
        else:
            where = [] if here else comment(f"An overlay can't change {each.place.document.file}.", STEP)
            lines += [*where, *(f"{STEP}# {line}" for line in action)]
    if not sure:
        nothing = ["# An overlay has an action. This one changes nothing.", "- target: $", "  update: {}"]
        lines += [STEP + line for line in nothing]
    return _HEAD + "\n".join(lines) + "\n"


def _removal(proposal: Proposal) -> list[str]:
    """Return the action that removes what a proposal takes the place of: beside a reference, nothing can be said."""
    if not proposal.instead:
        return []
    return [f"- target: {scalar(json_path(way_of(proposal.place.child(proposal.instead))))}", "  remove: true"]


# In place: the lines that are new stand in the user's file, and no other line changes.

_KEY_ALONE = re.compile(r"(?P<indent>\s*)(?:\"[^\"]*\"|'[^']*'|[^\s#{}\[\]&*!|>'\"][^#{}\[\]&*!|>]*?):\s*(#.*)?")
_KEY_WITH_FLOW = re.compile(r"\s*(?:\"[^\"]*\"|'[^']*'|[^\s#{}\[\]&*!|>'\"][^#{}\[\]&*!|>]*?):\s*\{")


def edited(document: Document, proposals: Sequence[Proposal]) -> str:
    """Return the text of a document with proposals made in it, and all else as it was.

    Args:
        document: The document, without overlays.
        proposals: What is sure, and stands in it.

    Raises:
        ContractError: It is written in a form that can't be changed so.
    """
    wanted = copy.deepcopy(document.value)
    for each in proposals:
        _merge(resolve(wanted, each.place.pointer), each.update)
    if document.file.suffix.lower() == ".json":
        return json.dumps(wanted, indent=indent_of(document.text), ensure_ascii=False) + "\n"
    lines = document.text.splitlines()
    made = [_insertion(document, lines, each) for each in proposals]
    for at, new in sorted(made, key=lambda one: one[0], reverse=True):
        lines[at - 1 : at] = new
    text = "\n".join(lines) + "\n"
    try:
        value, _ = parse_yaml(text)
    except TextError as error:
        raise not_so(document) from error
    if value != wanted:
        raise not_so(document)
    return text


def put_right(root: Place, overlay: Path) -> str:
    """Return the text of a document with an overlay written into it, all else as it was, or raise a `ContractError`."""
    document = root.document
    return rewritten(document, overlaid(root, [overlay])[0].value, indent_of(document.text))


def _merge(target: Any, update: Mapping[str, Any]) -> None:
    for key, value in update.items():
        if isinstance(target.get(key), dict) and isinstance(value, dict):
            _merge(target[key], value)
        elif isinstance(target.get(key), list) and isinstance(value, list):
            target[key] = [*target[key], *value]
        else:
            target[key] = value


def _insertion(document: Document, lines: Sequence[str], proposal: Proposal) -> tuple[int, list[str]]:
    """Return which line is replaced, from 1, and by what."""
    pointer, update, notes = proposal.place.pointer, proposal.update, dict(proposal.notes)
    way = ""
    while len(update) == 1:
        key, value = next(iter(update.items()))
        there = resolve(document.value, pointer + join(key))
        if not isinstance(there, dict) or not isinstance(value, dict):
            break
        pointer, update, way = pointer + join(key), value, way + join(key)
    at = document.lines.at(pointer)
    line = lines[at - 1]
    alone = _KEY_ALONE.fullmatch(line)
    if alone is not None:
        indent = _indent_below(lines, at, alone["indent"])
        return at, [line, *comment(proposal.why, indent), *block(update, indent, notes, way)]
    opened = _KEY_WITH_FLOW.match(line)
    if opened is None:
        raise not_so(document)
    inner = flow(update)[1:-1]
    empty = line[opened.end() :].lstrip().startswith("}")
    return at, [line[: opened.end()] + inner + ("" if empty else ", ") + line[opened.end() :]]


def _indent_below(lines: Sequence[str], at: int, indent: str) -> str:
    for line in lines[at:]:
        if line.strip() and not line.lstrip().startswith("#"):
            found = line[: len(line) - len(line.lstrip())]
            return found if len(found) > len(indent) else indent + STEP
    return indent + STEP


def indent_of(text: str) -> int | str:
    """Return what a level of a JSON text is indented by."""
    found = re.search(r"\n([ \t]+)\S", text)
    return len(STEP) if found is None else found[1]
