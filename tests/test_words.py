"""Texts and names are in plain words: what a user reads is short and literal, and names are the terms of the field."""

from __future__ import annotations

import json
import re
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.test_no_sentences import texts_of

if TYPE_CHECKING:
    from collections.abc import Iterator

pytestmark = pytest.mark.unmeasured  # sources are read here, not run

ROOT = Path(__file__).parent.parent
SOURCE = ROOT / "src" / "bothends"

FORBIDDEN = re.compile(
    r"""\b(?:
    stage[sd]? | players? | act(?:s|ed|ing)? | stations? | strand(?:s|ed)? | patience | likeness(?:es)? | nameless
    | mend(?:s|ed|ing)? | bear(?:s|ing)? | bore | borne | bring(?:s|ing)? | brought | last[ ]day | whoever
    | li(?:ve|ves|ved|ving)[ ]with
    )\b""",
    re.IGNORECASE | re.VERBOSE,
)
"""Words that cost a reader time, in all their forms."""

EXCEPTIONS = {
    # The sentence of a state is its name: users write it in settings and in pacts.
    "the session brings its own key",
}

SENTENCES = (
    "again when run once more",
    "the request is made smaller",
    "runs it again, state of the world included, for as long as it takes you to mend the route",
    "that a team lives with for a while stands in",
    "The least part of the contract that must be seen, else it is not proven",
    "One that nothing brings about is reported",
    "What was late is waited for when a finding is tried again",
    "interrupted; ending (once more ends at once)",
    "Promises to serve what is in flight at SIGTERM as if it had not come, those requests too whose client has gone",
    "holds the real service that the target calls to them",
)
"""Sentences that have a plain form, or the part of them that no other sentence has."""

NAMES = (
    *("stage", "staged", "player", "wave", "ledger", "chances", "second_chance", "last_moment", "patience", "station"),
    *("witness", "strand", "terrain", "likeness", "nameless", "manner", "manners", "bystander", "misplaced_answers"),
)
"""Words that no name has, in the spelling of a function."""
CLASSES = ("stand_in", "visit", "turn", "grounds", "held", "act")
"""Words that no class has; as words of functions they are ordinary, such as `ast.NodeVisitor.visit`."""


def outputs_of(path: Path) -> str:
    """Return the texts of a notebook's Markdown cells."""
    cells = json.loads(path.read_text("utf-8"))["cells"]
    return "\n".join("".join(cell["source"]) for cell in cells if cell["cell_type"] == "markdown")


@cache
def read_by_users() -> tuple[tuple[str, str], ...]:
    """Return each place with a text of it that a user reads, on one line, without what is excepted."""
    return tuple((place, plain(text)) for place, text in _read_by_users())


def _read_by_users() -> Iterator[tuple[str, str]]:
    for path in sorted(SOURCE.rglob("*.py")):
        yield from ((str(path.relative_to(ROOT)), text) for text in texts_of(path))
    for path in (*sorted(SOURCE.rglob("*.schema.json")), SOURCE / "reports" / "html" / "page.js"):
        yield str(path.relative_to(ROOT)), path.read_text("utf-8")
    for path in (ROOT / "README.md", *sorted((ROOT / "docs").rglob("*.md"))):
        # Names in the style of code are no words: a mutant has its name for as long as its outcomes are stored.
        yield str(path.relative_to(ROOT)), re.sub(r"(?<!`)`[^`\n]+`(?!`)", "`-`", path.read_text("utf-8"))
    for path in sorted((ROOT / "notebooks").glob("*.ipynb")):
        yield str(path.relative_to(ROOT)), outputs_of(path)
    for path in sorted((ROOT / "tests" / "cli" / "snapshots").glob("*.txt")):
        yield str(path.relative_to(ROOT)), path.read_text("utf-8")


def plain(text: str) -> str:
    """Return a text on one line, without what is excepted."""
    text = " ".join(text.split())
    for exception in EXCEPTIONS:
        text = text.replace(exception, "")
    return text


def snake(name: str) -> str:
    """Return a name as a function would have it, between underscores: `_stand_in_` of `StandIn`."""
    return f"_{re.sub(r'(?<=[a-z0-9])(?=[A-Z])', '_', name).lower().strip('_')}_"


_NAMED = re.compile(r"^ *(?:async )?(def|class) (\w+)", re.MULTILINE)


def names_of(path: Path) -> Iterator[tuple[str, bool]]:
    """Yield the names of a module, its classes and its functions, and whether each is a class."""
    yield path.stem, False
    for word, name in _NAMED.findall(path.read_text("utf-8")):
        yield name, word == "class"


def is_poetic(name: str, *, of_class: bool) -> bool:
    """Whether a name has a word that a term of the field has replaced."""
    spelt = snake(name)
    return any(f"_{word}_" in spelt for word in ((*NAMES, *CLASSES) if of_class else NAMES))


def test_no_text_for_users_has_a_forbidden_word() -> None:
    """Neither output, help, errors and reports, nor settings, documents and notebooks."""
    found = {
        f"{place}: `{at[0]}` in: {text[max(0, at.start() - 50) : at.end() + 30]}"
        for place, text in read_by_users()
        for at in FORBIDDEN.finditer(text)
    }
    assert [] == sorted(found), "say it in plain words; `FORBIDDEN` has those that are none"


def test_no_text_for_users_has_a_sentence_that_was_made_plain() -> None:
    """Its plain form stands instead, wherever a user reads it."""
    texts = [(place, text.casefold()) for place, text in read_by_users()]
    found = {(sentence, place) for sentence in SENTENCES for place, text in texts if sentence.casefold() in text}
    assert [] == sorted(found)


@pytest.mark.parametrize("part", ["src", "tests"])
def test_names_are_terms_of_the_field(part: str) -> None:
    """Of modules, classes and functions."""
    found = [
        f"{path.relative_to(ROOT)}: {name}"
        for path in sorted((ROOT / part).rglob("*.py"))
        for name, of_class in names_of(path)
        if is_poetic(name, of_class=of_class)
    ]
    assert [] == found


def test_forms_of_words_are_seen_and_terms_of_the_field_are_not() -> None:
    """`Staged` is found, `staging` and `actual` are not; `StandIn` is, `standing` is not."""
    found = FORBIDDEN.findall("Staged, staging, actual, ACTS, it bears them, bring it about, an exact interaction")
    assert ["Staged", "ACTS", "bears", "bring"] == found
    assert is_poetic("StandIn", of_class=True)
    assert is_poetic("_open_stage", of_class=False)
    assert is_poetic("Turn", of_class=True)
    assert not any(is_poetic(name, of_class=False) for name in ("standing", "visit", "turn", "stand_in_line"))
