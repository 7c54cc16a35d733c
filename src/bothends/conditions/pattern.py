"""State sentences: patterns such as `the {upstream} answers {status}`, and reading a sentence by them."""

from __future__ import annotations

import re
from dataclasses import dataclass, field

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
    _regex: re.Pattern[str] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        """Compile the pattern."""
        parts = _PARAMETER.split(self.text)
        literal = [re.escape(part) for part in parts[::2]]
        named = [f"(?P<{name}>{_SHAPES.get(name, r'[^ ]+')})" for name in parts[1::2]]
        regex = "".join(a + b for a, b in zip(literal, [*named, ""], strict=True))
        object.__setattr__(self, "_regex", re.compile(regex, re.DOTALL))

    @property
    def parameters(self) -> tuple[str, ...]:
        """The parameters' names, in order."""
        return tuple(_PARAMETER.findall(self.text))

    def read(self, sentence: str) -> dict[str, str] | None:
        """Return the parameters of a sentence, or None when it is another sentence."""
        match = self._regex.fullmatch(sentence)
        return None if match is None else match.groupdict()

    def write(self, **parameters: str) -> str:
        """Return the sentence with the parameters that are given; the others stay in braces."""
        return _PARAMETER.sub(lambda found: parameters.get(found[1], found[0]), self.text)
