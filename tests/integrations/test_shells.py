"""`bothends completions` in the shells themselves, and the man page in `man`."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.documents import shell_files
from tests.in_process import bothends
from tests.integrations.typed import shell

STARTS = {"bash": ["bash", "--norc", "--noprofile", "-i"], "zsh": ["zsh", "-f", "-i"]}
LOADS = {
    # The package bash-completion would look there.
    "bash": "PS1='> '; source ~/.local/share/bash-completion/completions/bothends\n",
    "zsh": "PROMPT='> '; fpath=(~/.zfunc $fpath); autoload -Uz compinit; compinit -u -D\n",
}
PAGE = shell_files.FILES["bothends.1"]
INSTALL = Path(__file__).parents[2] / "docs" / "how-to" / "install.md"


@pytest.fixture
def home(tmp_path: Path) -> Path:
    """Return the home of a person who has done what the page says, and who has a file of settings there."""
    text = INSTALL.read_text("utf-8").partition("## Let your shell complete it")[2]
    lines = text.partition("```text\n")[2].partition("```")[0]
    subprocess.run(["sh", "-e", "-c", lines], env=environment(tmp_path), check=True)
    (tmp_path / "service.toml").touch()
    return tmp_path


@pytest.fixture(params=shell_files.FILES)
def name(request: pytest.FixtureRequest) -> str:
    """Return the name of each file."""
    return str(request.param)


def test_a_file_is_what_the_command_line_makes_of_it(name: str) -> None:
    """The committed file is what `make docs` writes."""
    assert shell_files.text(name) == shell_files.FILES[name].read_text("utf-8"), "run `make docs`"


def environment(home: Path) -> dict[str, str]:
    """Return the environment of a person who has installed bothends, and configured nothing."""
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    return {"HOME": str(home), "PATH": path, "LANG": "C.UTF-8"}


@pytest.mark.parametrize("program", STARTS)
def test_a_shell_completes_what_is_typed(program: str, home: Path) -> None:
    """Commands, options, values and files: Tab finishes what has one end, and lists what has several."""
    with shell(STARTS[program], home, environment(home)) as terminal:
        terminal.type(LOADS[program] + "echo re''ady\n", until="ready\n>$")
        for typed, completed in (
            ("bothends verif\t", "bothends verify "),
            ("bothends lint --hin\t", "bothends lint --hints "),
            ("bothends verify --profile dee\t", "bothends verify --profile deep "),
            ("bothends lint --config ser\t", "bothends lint --config service.toml "),
        ):
            terminal.type(typed, until=f"> {completed.rstrip()}$")
            # A blank stands behind it: the word is finished, and the next one can follow. Ctrl-U clears the line.
            terminal.type("X", until=f"> {completed}X$")
            terminal.type("\x15", until="\n>$")
        listed = terminal.type("bothends lint --format \t\t", until="sarif")
        assert {"text", "json", "sarif", "github"} <= set(listed.split())


def test_fish_completes_what_is_typed(home: Path) -> None:
    """Fish says itself what it would offer, each with the words of the help."""

    def offered(typed: str) -> dict[str, str]:
        """Return what is offered behind a text, with what is said of it."""
        done = subprocess.run(
            ["fish", "--private", "-c", f"complete -C {typed!r}"],
            cwd=home,
            env=environment(home),
            capture_output=True,
            text=True,
            check=True,
        )
        assert "" == done.stderr
        pairs = (line.partition("\t") for line in done.stdout.splitlines())
        return {word: said for word, _, said in pairs}

    assert {"verify": "Verify a route at both ends."} == offered("bothends verif")
    assert ["--profile"] == list(offered("bothends verify --prof"))
    assert {"text", "json", "sarif", "github"} == set(offered("bothends lint --format "))
    assert ["service.toml"] == list(offered("bothends lint --config ser"))
    assert "--profile" not in offered("bothends lint --")


def test_the_man_page_is_read_without_a_warning(tmp_path: Path) -> None:
    """`man` shows each command, and what the exit codes mean."""
    done = subprocess.run(
        ["man", "--warnings", "--local-file", PAGE],
        env={**environment(tmp_path), "MANWIDTH": "80", "MANROFFOPT": "-ww"},
        capture_output=True,
        text=True,
        check=True,
    )
    assert "" == done.stderr
    shown = done.stdout
    assert all(f"COMMAND 'bothends {name}'" in shown for name in ("init", "verify", "diff", "completions"))
    assert {"4 not proven", "130 interrupted"} <= {" ".join(line.split()) for line in shown.splitlines()}
    assert max(map(len, shown.splitlines())) <= 80


def test_an_unknown_shell_is_told_those_that_are_known(tmp_path: Path) -> None:
    """It is a wrong command line."""
    done = bothends(tmp_path, "completions", "fihs")
    assert 2 == done.returncode
    assert "did you mean 'fish'" in done.stderr
