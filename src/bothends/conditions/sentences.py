"""Conditions as sentences: `Condition("hangs", "ingest")` is `the ingest hangs`."""

from __future__ import annotations

import difflib
from typing import TYPE_CHECKING

from bothends.conditions.kinds import all_kinds, kind_of
from bothends.errors import ContractError
from bothends.records import Condition

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator

_INGEST = "ingest"
_SUBJECTS = ("upstream", _INGEST)
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


def parse(text: str, subjects: Collection[str], ingests: Collection[str]) -> Condition:
    """Read a sentence.

    Args:
        text: Such as `the ingest hangs` or `signed out`.
        subjects: The parts of the world that there are: upstreams and ingests.
        ingests: Which of them are ingests.

    Raises:
        ContractError: No condition has this sentence, or it names a part of the world that there is not, or one that is
            no ingest where only an ingest has it.
    """
    for kind in all_kinds():
        if (parameters := kind.compiled.read(text)) is None:
            continue
        possible, what = (ingests, "ingest") if _INGEST in parameters else (subjects, "upstream")
        subject = "".join(parameters.pop(name, "") for name in _SUBJECTS)
        if not kind.of_session and subject not in possible:
            raise ContractError(
                f"`{text}` names no {what} of this world",
                expected=" or ".join(f"`{name}`" for name in possible) or f"no {what} at all",
            )
        return Condition.of(kind.name, subject, **parameters)
    near = difflib.get_close_matches(text, list(_all_sentences(subjects)), n=_MOST_SUGGESTIONS, cutoff=0.5)
    raise ContractError(
        f"no state of the world has the sentence `{text}`",
        expected="one that `bothends states` lists",
        advice=f"did you mean {' or '.join(f'`{one}`' for one in near)}?" if near else "",
    )


def _all_sentences(subjects: Collection[str]) -> Iterator[str]:
    for kind in all_kinds():
        for subject in ("",) if kind.of_session else subjects or ("{upstream}",):
            yield kind.compiled.write(**dict.fromkeys(_SUBJECTS, subject))
