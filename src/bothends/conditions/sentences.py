"""Conditions as sentences: `Condition("hangs", "ingest")` is `the ingest hangs`."""

from __future__ import annotations

import difflib
from typing import TYPE_CHECKING

from bothends.conditions.kinds import all_kinds, kind_of
from bothends.errors import ContractError
from bothends.records import Condition

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator

_SUBJECTS = ("upstream", "ingest")
"""What stands for the part of the world in a sentence: any, or one that is an ingest."""
_MOST_SUGGESTIONS = 3


def sentence(condition: Condition) -> str:
    """Return the sentence of a condition, for a person to read.

    Raises:
        HarnessError: Nothing of its name is registered.
    """
    return kind_of(condition.name).compiled.write(**dict.fromkeys(_SUBJECTS, condition.subject) | condition.texts)


def sentences(conditions: Iterable[Condition]) -> tuple[str, ...]:
    """Return the sentences of conditions.

    Raises:
        HarnessError: As `sentence`.
    """
    return tuple(map(sentence, conditions))


def parse(text: str, subjects: Collection[str]) -> Condition:
    """Read a sentence.

    Args:
        text: Such as `the ingest hangs` or `signed out`.
        subjects: The parts of the world that there are: upstreams, and the ingest.

    Raises:
        ContractError: No condition has this sentence, or it names a part of the world that there is not.
    """
    for kind in all_kinds():
        if (parameters := kind.compiled.read(text)) is None:
            continue
        subject = "".join(parameters.pop(name, "") for name in _SUBJECTS)
        if not kind.of_session and subject not in subjects:
            raise ContractError(
                f"`{text}` names no upstream of this world",
                expected=" or ".join(f"`{name}`" for name in subjects) or "no upstream at all",
            )
        return Condition.of(kind.name, subject, **parameters)
    near = difflib.get_close_matches(text, list(_all_sentences(subjects)), n=_MOST_SUGGESTIONS, cutoff=0.5)
    raise ContractError(
        f"no state of the world has the sentence `{text}`",
        expected="one that `bothends states` lists",
        advice=f"did you mean {' or '.join(f'`{one}`' for one in near)}?" if near else "",
    )


def parse_all(texts: Iterable[str], subjects: Collection[str]) -> tuple[Condition, ...]:
    """Read sentences.

    Raises:
        ContractError: As `parse`.
    """
    return tuple(parse(text, subjects) for text in texts)


def _all_sentences(subjects: Collection[str]) -> Iterator[str]:
    for kind in all_kinds():
        for subject in ("",) if kind.of_session else subjects or ("{upstream}",):
            yield kind.compiled.write(**dict.fromkeys(_SUBJECTS, subject))
