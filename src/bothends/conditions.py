"""The states of the world and of sessions, and their sentences.

Families, which may not import the world, have to know its states. So the world registers them here when it is imported;
to ask before that is an error, or a run would lose cases in silence.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from functools import cache
from typing import TYPE_CHECKING, Literal

from bothends.errors import ContractError, HarnessError
from bothends.records import Condition
from bothends.registry import Registry

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator, Mapping


# State sentences: patterns such as `the {upstream} answers {status}`, and reading a sentence by them.

# What a parameter may look like, so that no two patterns can mean the same sentence. Any other is one word.
_SHAPES = {"status": r"[1-9][0-9]{2}", "user": r".+", "schemes": r".+", "json": r".+"}
_PARAMETER = re.compile(r"\{([a-z_]+)\}")


@dataclass(frozen=True, slots=True)
class Pattern:
    """A sentence with parameters.

    Attributes:
        text: The sentence, each parameter in braces.
    """

    text: str

    @property
    def parameters(self) -> tuple[str, ...]:
        """The parameters' names, in order."""
        return tuple(_PARAMETER.findall(self.text))

    def read(self, sentence: str) -> dict[str, str] | None:
        """Return the parameters of a sentence, or None when it is another sentence."""
        if not all(part in sentence for part in _literal_parts(self.text)):
            return None  # there are hundreds of patterns, and a run reads few sentences: most are never compiled
        match = _regex_of(self.text).fullmatch(sentence)
        return None if match is None else match.groupdict()

    def write(self, **parameters: str) -> str:
        """Return the sentence with the parameters that are given; the others stay in braces."""
        return _PARAMETER.sub(lambda found: parameters.get(found[1], found[0]), self.text)


@cache
def _literal_parts(text: str) -> tuple[str, ...]:
    return tuple(_PARAMETER.split(text)[::2])


@cache
def _regex_of(text: str) -> re.Pattern[str]:
    parts = _PARAMETER.split(text)
    literal = [re.escape(part) for part in parts[::2]]
    named = [f"(?P<{name}>{_SHAPES.get(name, r'[^ ]+')})" for name in parts[1::2]]
    return re.compile("".join(a + b for a, b in zip(literal, [*named, ""], strict=True)), re.DOTALL)


# The kinds of conditions: each is registered where it is defined.


@dataclass(frozen=True, slots=True)
class ConditionKind:
    """All facts about a state, independent of its subject and parameters.

    Attributes:
        name: The same in every version: cases are called by it, and files refer to it.
        pattern: Its sentence, parameters in braces. `{upstream}` is the subject; `{ingest}` is one that is an ingest.
        about: What it is on the wire.
        family: The family that it leads to; `upstream-*`: any of an upstream's; empty: nothing fails.
        kind: What it is a state of: the caller's session, or a part of the world.
        recovers: Whether the target may as well come through it.
        may_store: Whether an event may be stored all the same.
        in_words: Whether it is only what follows the status that is wrong; of one that has a status, where that is 2xx.
        doubtful: Whether right targets differ, so that a success is right too.
        outlasts: Whether it goes on for longer than an answer may take, so that only a limit of the target's ends it.
        holds: Whether it keeps a connection of the target's open for a while, and so may hold the target.
        unseen: Whether nothing shows that the target tried to come there: it is met as long as it is there.
        lures: Whether it names an address to the target that no right one calls.
        has_its_form: Whether a credential is shown that has its form, and is not right: nobody can take it for none.
        tried: The cases that try it: by the label, `family/case`, the condition. Of a fault, the upstream's name comes
            before the case's. Empty where no case is made of it alone.
    """

    name: str
    pattern: str
    about: str
    family: str
    kind: Literal["session", "upstream"]
    recovers: bool = False
    may_store: bool = False
    in_words: bool = False
    doubtful: bool = False
    outlasts: bool = False
    holds: bool = False
    unseen: bool = False
    lures: bool = False
    has_its_form: bool = False
    tried: Mapping[str, Condition] = field(default_factory=dict, hash=False)
    compiled: Pattern = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        """Compile the sentence."""
        object.__setattr__(self, "compiled", Pattern(self.pattern))

    @property
    def of_session(self) -> bool:
        """Whether it is a state of the caller's session, not of a part of the world."""
        return self.kind == "session"

    @property
    def of_ingest(self) -> bool:
        """Whether only an ingest can have it."""
        return _INGEST in self.compiled.parameters


_KINDS: Registry[ConditionKind] = Registry("condition", lambda kind: kind.name)


def register(kind: ConditionKind) -> ConditionKind:
    """Take a kind in, and return it.

    Raises:
        HarnessError: Another kind has its name or its sentence.
    """
    if any(kind.pattern == other.pattern and kind.name != other.name for other in _KINDS):
        raise HarnessError(f"Two states have the sentence `{kind.pattern}`")
    _KINDS.add(kind)
    all_kinds.cache_clear()
    return kind


def unregister(name: str) -> None:
    """Remove a kind; an unknown name is a `KeyError`."""
    _KINDS.remove(name)
    all_kinds.cache_clear()


def kind_of(name: str) -> ConditionKind:
    """Return the kind of a name; of a state that nothing can simulate, this is a `HarnessError`."""
    kind = _KINDS.find(name)
    if kind is None:
        raise HarnessError(f"No condition has the name `{name}`")
    return kind


@cache
def all_kinds() -> tuple[ConditionKind, ...]:
    """Return all kinds: of the session first, those without a fault before those with one, then as registered."""
    if not len(_KINDS):
        raise HarnessError("No conditions are registered; import `bothends.world` first")
    return tuple(sorted(_KINDS, key=lambda kind: (not kind.of_session, _place(kind), kind.doubtful)))


def session_conditions(family: str, *, doubtful: bool = False) -> tuple[Condition, ...]:
    """Return the states of the session that cases try, of those that lead to a family.

    An empty family has those of a caller who is signed in. About the `doubtful` ones, correct targets differ.
    """
    return tuple(
        condition
        for kind in all_kinds()
        if kind.of_session and (kind.family, kind.doubtful) == (family, doubtful)
        for condition in kind.tried.values()
    )


def tried_faults() -> dict[str, dict[str, Condition]]:
    """Return the faults that say which cases try them: by family, then by the end of the case's name.

    Those that only an ingest can have come last.

    Raises:
        ContractError: Two are tried by the same case.
        HarnessError: As `all_kinds`.
    """
    found: dict[str, dict[str, Condition]] = {}
    for kind in sorted(all_kinds(), key=lambda kind: kind.of_ingest):
        for label, condition in () if kind.of_session else kind.tried.items():
            family, _, name = label.partition("/")
            cases = found.setdefault(family, {})
            if name in cases:
                raise ContractError(f"The faults `{cases[name].name}` and `{kind.name}` have the same case: `{label}`")
            cases[name] = condition
    return found


def _place(kind: ConditionKind) -> tuple[bool, str]:
    return bool(kind.family), kind.family


# Conditions as sentences: `Condition("hangs", "ingest")` is `the ingest hangs`.

_INGEST = "ingest"
_SUBJECTS = ("upstream", _INGEST)
"""What stands for the part of the world in a sentence: any, or one that is an ingest."""
_MOST_SUGGESTIONS = 3


def sentence(condition: Condition) -> str:
    """Return the sentence of a condition, for a person to read; raises as `kind_of`."""
    return kind_of(condition.name).compiled.write(**dict.fromkeys(_SUBJECTS, condition.subject) | condition.texts)


def sentences(conditions: Iterable[Condition]) -> tuple[str, ...]:
    """Return the sentences of conditions; raises as `kind_of`."""
    return tuple(map(sentence, conditions))


def parse(text: str, subjects: Collection[str], ingests: Collection[str]) -> Condition:
    """Read a sentence.

    Args:
        text: Such as `the ingest hangs` or `signed out`.
        subjects: The parts of the world that there are: upstreams and ingests.
        ingests: Which of them are ingests.

    Raises:
        ContractError: The sentence is unknown, it names an unknown part of the world, or it is about an ingest and
            names another service.
    """
    for kind in all_kinds():
        if (parameters := kind.compiled.read(text)) is None:
            continue
        possible, what = (ingests, "ingest") if _INGEST in parameters else (subjects, "upstream")
        subject = "".join(parameters.pop(name, "") for name in _SUBJECTS)
        if not kind.of_session and subject not in possible:
            raise ContractError(
                f"`{text}` names no {what} of this world",
                expected=" or ".join(f"`{name}`" for name in possible) or f"no {what}: the settings have none",
            )
        return Condition.of(kind.name, subject, **parameters)
    from difflib import get_close_matches  # noqa: PLC0415 -- keeps start-up short

    near = get_close_matches(text, list(_all_sentences(subjects)), n=_MOST_SUGGESTIONS, cutoff=0.5)
    raise ContractError(
        f"There is no state `{text}`",
        expected="a state that `bothends states` lists",
        advice=f"Did you mean {' or '.join(f'`{one}`' for one in near)}?" if near else "",
    )


def _all_sentences(subjects: Collection[str]) -> Iterator[str]:
    for kind in all_kinds():
        for subject in ("",) if kind.of_session else subjects or ("{upstream}",):
            yield kind.compiled.write(**dict.fromkeys(_SUBJECTS, subject))


# Which conditions there are, and their sentences: `the settings hangs` is read and written here alone.

__all__ = [
    "ConditionKind",
    "Pattern",
    "all_kinds",
    "kind_of",
    "parse",
    "register",
    "sentence",
    "sentences",
    "session_conditions",
    "tried_faults",
]
