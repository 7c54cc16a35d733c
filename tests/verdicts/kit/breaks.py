"""What is broken: `BREAK=name:argument` in the environment, one thing at a time."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

NAMES = frozenset(
    {
        # Sign-in.
        "no-sign-in",  # nothing is asked of anyone
        "skips",  # :SCHEME, a member that a set demands is not looked at
        "any-value",  # :SCHEME, whatever stands there is taken
        "refuses",  # :SCHEME, whoever comes by it is turned away
        "before-sign-in",  # events are sent before anybody is turned away
        "refuses-anonymous",  # whoever comes without anything is turned away
        # Events; CALLBACK is its name in the description.
        "never",  # :CALLBACK, it is not sent
        "twice",  # :CALLBACK, it is sent again, at once
        "late",  # :CALLBACK, it is sent after the answer
        "elsewhere",  # :CALLBACK, it goes to a path below its own
        "by",  # :CALLBACK:METHOD, it goes by another method
        "wrong",  # :CALLBACK:/pointer, the value there is another of its type
        "without",  # :CALLBACK:/pointer, the value there is left out
        "always",  # :CALLBACK, whatever its condition says
        "for-refused",  # :CALLBACK, also for a body that is refused
        "swapped",  # :CALLBACK:OTHER, its content is that of the other
        "of-the-first",  # :CALLBACK, its content is that of the first request ever
        "to-the-first",  # :CALLBACK, its address is that of the first request ever
        "swallows",  # an ingest that fails is no reason not to answer with success
        "undeclared",  # :CALLBACK, one more event, at the address of that callback, or at one of its own
        # Answers.
        "status",  # :STATUS, a success has this status
        "content",  # the body of a success has something in it that is not declared
        "refusal",  # :STATUS:OTHER, a refusal of the one status has the other
        "takes",  # :STATUS, what would be refused so is taken
    }
)


@dataclass(frozen=True, slots=True)
class Break:
    """One thing that is broken.

    Attributes:
        name: One of `NAMES`; empty: nothing is broken.
        arguments: What it is about.
    """

    name: str
    arguments: tuple[str, ...]

    @classmethod
    def of(cls, environment: Mapping[str, str]) -> Break:
        """Return what is broken now: `BREAK`, or what stands in the file that `BREAK_FILE` names."""
        file = environment.get("BREAK_FILE")
        return cls.parse(Path(file).read_text(encoding="utf-8").strip() if file else environment.get("BREAK", ""))

    @classmethod
    def parse(cls, text: str) -> Break:
        """Read `name:argument:argument`.

        Raises:
            ValueError: There is no such thing to break.
        """
        name, *arguments = text.split(":")
        if name and name not in NAMES:
            raise ValueError(f"nothing is called {name!r} in the kit: {', '.join(sorted(NAMES))}")
        return cls(name, tuple(arguments))

    def is_about(self, name: str, *arguments: str) -> bool:
        """Whether this is what is broken; the arguments given are compared, the others are not."""
        return self.name == name and self.arguments[: len(arguments)] == arguments
