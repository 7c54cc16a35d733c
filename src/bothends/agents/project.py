"""What an agent may name: files of the project, and services of this machine.

An agent reads text that others have written, and may do what that text says. So it names no file outside the folder in
which the server was started, no command, no variable of an environment, and no other machine: those are named by the
settings, which a person has.
"""

from __future__ import annotations

import re
from pathlib import Path

from bothends.contract.openapi import is_here, is_url
from bothends.errors import ContractError

_REVISION = re.compile(r"[\w@][\w./@^~{}+-]*")
"""A revision of git as people write it. It begins with no hyphen: to git, that would be an option."""


class Project:
    """The folder in which the server was started.

    Attributes:
        folder: The folder, with no symbolic link in its path.
        config: The settings file of a call that names none.
    """

    def __init__(self, folder: Path, config: Path) -> None:
        """Take the folder, and the settings file that the person who started the server has named."""
        self.folder = folder.resolve()
        self.config = config

    def file(self, name: str, argument: str) -> str:
        """Return the name of a file of the project; it need not be there.

        Args:
            name: As the agent has named it.
            argument: The argument that names it, for the message.

        Raises:
            ContractError: It is outside the project, or no name of a file.
        """
        if not name or name.startswith("-") or not name.isprintable():
            raise ContractError(f"{argument}: {name!r} is no name of a file.", expected="a file of the project")
        path = Path(name)
        place = self.folder / path
        inside = ".." not in path.parts and place.resolve().is_relative_to(self.folder)
        if not inside or name.startswith("~"):
            raise ContractError(
                f"{argument}: {name!r} is not within the project.",
                expected=f"a file below {self.folder}, without `..` and not through a link that leads out of it",
                advice="Start the server in a folder that has all files, or have a person run the command.",
            )
        return str(place.relative_to(self.folder))

    def document(self, name: str, argument: str) -> str:
        """Return the name of a file of the project as it is, or at a revision of git.

        Raises:
            ContractError: It is outside the project, or no name of a file or of a revision.
        """
        revision, colon, path = name.partition(":")
        if not colon or (self.folder / name).is_file():
            return self.file(name, argument)
        if _REVISION.fullmatch(revision) is None:
            raise ContractError(f"{argument}: {revision!r} is no revision of git.", expected="FILE, or REVISION:FILE")
        # From the project's folder, not from the top of the repository: what lies beside the project is not its own.
        return f"{revision}:./{self.file(path, argument)}"

    def source(self, name: str, argument: str) -> str:
        """Return the name of a file of the project, or a URL of this machine; any other is a `ContractError`."""
        return self.url(name, argument) if is_url(name) else self.file(name, argument)

    @staticmethod
    def url(url: str, argument: str) -> str:
        """Return a URL of this machine.

        Raises:
            ContractError: It is no URL, or on another machine.
        """
        if not is_here(url):
            raise ContractError(
                f"{argument}: {url!r} is not a URL of this machine.",
                expected="a URL such as http://127.0.0.1:3000",
                advice="A service elsewhere is named in the settings: [target] url.",
            )
        return url

    def words(self, config: str | None) -> list[str]:
        """Return the words that name the settings file; one outside the project is a `ContractError`."""
        return [f"--config={self.config if config is None else self.file(config, 'config')}"]


def word(text: str, argument: str) -> str:
    """Return a word of a command line; an option, or nothing, is a `ContractError`."""
    if not text or text.startswith("-") or not text.isprintable():
        raise ContractError(f"{argument}: {text!r} is no name.", expected="a name that begins with no hyphen")
    return text
