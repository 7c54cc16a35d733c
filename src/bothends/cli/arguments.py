"""The commands, and what each takes. Nothing that a command needs is imported before it is run: `--help` is quick."""

from __future__ import annotations

import argparse
import gc
import os
import shlex
import sys
from dataclasses import dataclass
from datetime import date
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar
from urllib.parse import urlsplit

from bothends.registry import Registry

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from bothends.cli.terminal import Output

_EXIT_CODES = """\
exit codes: 0 proven, 1 broken, 2 the contract or the command line is wrong, 3 the target failed,
            4 not proven, 5 bothends failed, 130 interrupted
words:      `bothends words` explains the words of reports and errors"""

DEFAULT_CONFIG = Path("bothends.toml")
SHELLS = ("bash", "zsh", "fish")
_PARSER = "parser of the command"
_MOST_PARTS = 1000


def parse(argv: Sequence[str] | None) -> argparse.Namespace:
    """Return the arguments; `run` is the command's function.

    Raises:
        SystemExit: They are wrong (2, and the reason is on standard error), or the help was asked for (0).
        ContractError: An option may be that of a plugin, and the settings or a plugin can't be read.
    """
    words = sys.argv[1:] if argv is None else argv
    # What the others take is not looked at: it may need more than a help should load.
    asked = next((word for word in words if not word.startswith("-")), "")
    alone = words[:1] == [asked] and asked in COMMANDS.names  # as nearly always; else the help may be asked for
    if words and words[0].startswith("-") and words[0] != "--":
        _check_before_command(words[0])
    arguments, unknown = parser_of_all(asked, alone=alone).parse_known_args(words)
    config: Path = arguments.config or DEFAULT_CONFIG
    if unknown and config.is_file():
        from bothends.contract.settings import read_settings  # noqa: PLC0415 -- keeps start-up short

        # It may be the option of a report that a plugin adds.
        read_settings(config)
        arguments, unknown = parser_of_all(asked, alone=alone).parse_known_args(words)
    parser: argparse.ArgumentParser = vars(arguments).pop(_PARSER)
    if unknown:
        parser.error(f"unrecognized arguments: {' '.join(unknown)}{_meant(unknown[0], parser)}")
    return arguments


def _meant(word: str, parser: argparse.ArgumentParser) -> str:
    """Return what an unknown option was perhaps meant to be."""
    options = [option for action in parser._actions for option in action.option_strings]  # noqa: SLF001 -- no other way
    return _near(word.partition("=")[0], options) if word.startswith("--") else ""


def _near(word: str, known: Iterable[str]) -> str:
    """Return what ends an error: the known word that is near, or nothing."""
    from bothends.errors import did_you_mean  # noqa: PLC0415 -- keeps start-up short

    advice = did_you_mean(word, known)
    return f"; {advice[0].lower()}{advice[1:]}" if advice else ""


def _check_before_command(option: str) -> None:
    """Check an option that comes before the command: argparse would say that the command is missing.

    Raises:
        SystemExit: It is none that can stand there.
    """
    parser = parser_of_all("", alone=True)
    options = [known for action in parser._actions for known in action.option_strings]  # noqa: SLF001 -- no other way
    if option not in options:
        advice = _meant(option, parser) or "; options come after the command: bothends COMMAND [OPTIONS]"
        parser.error(f"unrecognized arguments: {option}{advice}")


class _Parser(argparse.ArgumentParser):
    """Says which command, or which other choice, an unknown one was perhaps meant to be."""

    def _check_value(self, action: argparse.Action, value: Any) -> None:
        """Check that a value is one of the choices.

        Raises:
            ArgumentError: It is not.
        """
        try:
            super()._check_value(action, value)
        except argparse.ArgumentError as error:
            near = _near(str(value), map(str, action.choices or ()))
            raise argparse.ArgumentError(action, f"{error.message}{near}") from None


@dataclass(frozen=True, slots=True)
class Command:
    """A command.

    Attributes:
        name: Its name.
        help: What it does, in a few words.
        place: Its function, `MODULE:NAME`; it is imported when the command is run.
        add: Adds what it takes.
        config: The settings file that it reads unless one is named; None: it is searched for.
    """

    name: str
    help: str
    place: str
    add: Callable[[argparse.ArgumentParser], None]
    config: Path | None = DEFAULT_CONFIG

    def run(self, arguments: argparse.Namespace, out: Output, err: Output) -> int:
        """Import the command's function, and run it."""
        module, _, function = self.place.partition(":")
        run: Callable[[argparse.Namespace, Output, Output], int] = getattr(import_module(module), function)
        if (
            not gc.isenabled()
        ):  # as the entry point has it until all is loaded; what is, stays, and is not looked through
            gc.freeze()
            gc.enable()
        return run(arguments, out, err)


COMMANDS: Registry[Command] = Registry("command", lambda command: command.name)
"""All commands, in the order of the help."""

_Add = TypeVar("_Add", bound="Callable[[argparse.ArgumentParser], None]")


def command(name: str, text: str, *, place: str, config: Path | None = DEFAULT_CONFIG) -> Callable[[_Add], _Add]:
    """Return what registers a `Command`: the function that adds what it takes."""

    def take_in(add: _Add) -> _Add:
        COMMANDS.add(Command(name, text, place, add, config))
        return add

    return take_in


def parser_of_all(asked: str | None = None, *, alone: bool = False) -> argparse.ArgumentParser:
    """Return the parser of the whole command line.

    Args:
        asked: The one command of which it knows what it takes; None: of all, to document them.
        alone: Whether it need not know that there are others.
    """
    parser: argparse.ArgumentParser = _Parser(
        prog="bothends",
        description="Verify an HTTP route at both ends: the answer, and the event that it sends.",
        epilog=_EXIT_CODES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
        allow_abbrev=False,
    )
    parser.add_argument("--version", action=_Version, nargs=0, default=argparse.SUPPRESS, help="show the version")
    commands = parser.add_subparsers(title="commands", metavar="COMMAND", required=True)
    for one in COMMANDS:
        if alone and one.name != asked:
            continue
        taker = _parser(commands, one)
        if asked in (None, one.name):
            one.add(taker)
    return parser


class _Version(argparse.Action):
    """Looks the version up only when it is asked for: that costs more than the rest of the start."""

    def __call__(self, parser: argparse.ArgumentParser, *_: object) -> None:
        """Show the version and end."""
        from bothends.installed import version_of  # noqa: PLC0415 -- see above

        sys.stdout.write(f"bothends {version_of('bothends')}\n")
        parser.exit()


def _parser(commands: argparse._SubParsersAction[argparse.ArgumentParser], one: Command) -> argparse.ArgumentParser:
    """Return the parser of a command, with what all commands take."""
    text = f"{one.help[0].upper()}{one.help[1:]}."
    parser = commands.add_parser(one.name, help=one.help, description=text, allow_abbrev=False)
    parser.set_defaults(**{"run": one.run, _PARSER: parser})
    known = "those of the run that found it" if one.config is None else one.config
    parser.add_argument("--config", type=Path, default=one.config, metavar="FILE", help=f"settings ({known})")
    where = "the folder for cases, findings and logs (default: .bothends beside the settings)"
    parser.add_argument("--state", type=Path, metavar="DIR", help=where)
    return parser


def _operation(parser: argparse.ArgumentParser, what: str, *, default: str = "the settings'") -> None:
    """Add the option that names operations: what they are to the command, and which are taken without it."""
    how = 'operationId, "METHOD /path" or a pattern; repeatable'
    parser.add_argument("--operation", action="append", metavar="NAME", help=f"{what}: {how} (default: {default})")


@command("init", "write the start of a contract, from a spec or a running service", place="bothends.cli.init:run_init")
def _init(parser: argparse.ArgumentParser) -> None:
    """Add what `init` takes."""
    parser.add_argument(
        "--from",
        dest="source",
        metavar="SPEC",
        type=_source,
        help="the spec, a file or a URL (default: the settings', else openapi.yaml or openapi.json)",
    )
    _target(parser)
    parser.add_argument(
        "--probe", action="store_true", help="break the receivers of events for a moment, to see what becomes of events"
    )
    parser.add_argument("--in-place", action="store_true", help="change the spec itself, and write no overlay")
    parser.add_argument(
        "--download",
        action="store_true",
        help="fetch the remote documents that the spec refers to, once, and keep them",
    )
    _operation(parser, "an operation to ask")
    parser.add_argument(
        "--allow-writes",
        action="store_true",
        help="send more than GET and HEAD to a service that is not on this machine",
    )
    parser.add_argument("--seed", type=_whole(0), metavar="N", help="decides all generated values (default: random)")


@command("verify", "verify a route at both ends", place="bothends.cli.runs:run_verify")
def _verify(parser: argparse.ArgumentParser) -> None:
    """Add what `verify` takes."""
    parser.add_argument(
        "spec_url", nargs="?", metavar="URL", type=_source, help="URL of the spec, which a running target serves"
    )
    parser.add_argument(
        "--spec", metavar="FILE", type=_source, help="the spec, a file or a URL (default: the settings')"
    )
    _target(parser)
    parser.add_argument(
        "--allow-writes",
        action="store_true",
        help="send more than GET and HEAD to a target that is not on this machine",
    )
    parser.add_argument(
        "--seed",
        type=_whole(0),
        metavar="N",
        help="decides all generated values (default: random; cases of the last 24 hours)",
    )
    parser.add_argument(
        "--max-examples", type=_whole(0), metavar="N", help="number of generated cases (default: the profile's)"
    )
    what = "run only these cases; both may be patterns, such as 'fuzz-*'; repeatable"
    parser.add_argument("--only", action="append", metavar="FAMILY[/CASE]", help=what)
    _operation(parser, "an operation to test")
    parser.add_argument(
        "--profile",
        choices=("quick", "default", "deep"),
        help="how many cases (default: default; with --watch quick)",
    )
    parser.add_argument(
        "--watch",
        action="store_true",
        help="run again at each change of the spec, the settings or the target's code, until Ctrl-C",
    )
    parser.add_argument("--fail-fast", action="store_true", help="stop at the first finding of severity error")
    parser.add_argument(
        "--coverage-threshold",
        type=_percent,
        metavar="PERCENT",
        help="minimum contract coverage in percent; below it the run is not proven",
    )
    parser.add_argument(
        "--lanes",
        type=_whole(1),
        metavar="N",
        help="worlds and targets side by side (default: 1 or 2 more than cores, up to 4, if copies are apart)",
    )
    parser.add_argument(
        "--score", action="store_true", help="say at the end how sharp the contract is: which lies no law would notice"
    )
    parser.add_argument(
        "--score-threshold",
        type=_percent,
        metavar="PERCENT",
        help="minimum score in percent; below it, a run that is not broken is not proven",
    )
    parser.add_argument("--score-json", type=_file, metavar="FILE", help="write the score as JSON")
    parser.add_argument(
        "--record",
        type=_file,
        metavar="FILE",
        help="write the exchanges that a score is made from, for `bothends score`",
    )
    parser.add_argument(
        "--shard", type=_part, metavar="K/N", help="run only part K of N; `bothends merge` gives the verdict of all"
    )
    parser.add_argument(
        "--blob", type=_file, metavar="FILE", help="where --shard writes what it has seen, for the merge"
    )
    _reports(parser)


@command("score", "say how sharp the contract is, from a record", place="bothends.cli.scored:run_score")
def _score(parser: argparse.ArgumentParser) -> None:
    """Add what `score` takes."""
    parser.add_argument(
        "recorded", type=Path, metavar="FILE", help="what `verify --record` has written; the contract may have changed"
    )
    parser.add_argument("--spec", metavar="FILE", help="the spec (default: the settings')")
    _operation(parser, "an operation, as the run had it")
    parser.add_argument(
        "--threshold", type=_percent, metavar="PERCENT", help="minimum score in percent; below it, the exit code is 4"
    )
    parser.add_argument("--json", type=_file, metavar="FILE", help="write the score as JSON")
    parser.add_argument(
        "--fix", type=_file, metavar="FILE", help="write an overlay of what closes survivors and the record keeps"
    )


@command("merge", "give the verdict of a run in parts", place="bothends.cli.merge:run_merge")
def _merge(parser: argparse.ArgumentParser) -> None:
    """Add what `merge` takes."""
    parser.add_argument(
        "blobs",
        nargs="+",
        type=Path,
        metavar="FILE",
        help="what `verify --shard` has written with --blob, one of each part",
    )
    parser.add_argument("--spec", metavar="FILE", help="the spec, as the parts had it (default: the settings')")
    _operation(parser, "an operation, as the parts had it")
    parser.add_argument(
        "--coverage-threshold",
        type=_percent,
        metavar="PERCENT",
        help="minimum contract coverage in percent; below it the run is not proven",
    )
    _reports(parser)


@command(
    "replay", "reproduce one finding, with the state of the world", place="bothends.cli.runs:run_replay", config=None
)
def _replay(parser: argparse.ArgumentParser) -> None:
    """Add what `replay` takes."""
    parser.add_argument("id", metavar="ID", help="the ID of the finding, as `verify` prints it")
    text = "set up the state of the world and the target, and print the commands that send the request"
    parser.add_argument("--by-hand", action="store_true", help=text)
    _target(parser)
    _reports(parser)


@command(
    "provider", "check a service that the target calls against its pacts", place="bothends.cli.provider:run_provider"
)
def _provider(parser: argparse.ArgumentParser) -> None:
    """Add what `provider` takes."""
    parser.add_argument("name", metavar="NAME", help="the service: an upstream of the settings, or ingest")
    parser.add_argument(
        "--url",
        type=_url,
        help="base URL of the real service, which gets real requests (default: bothends' own stub of the service)",
    )
    parser.add_argument("--event-key", metavar="KEY", help="event key of the real ingest, for the path of its URL")
    parser.add_argument("--seed", type=_whole(0), metavar="N", help="decides all generated values (default: random)")
    _reports(parser)


@command("world", "run the services around a target, and show its events", place="bothends.cli.world:run_world")
def _world(parser: argparse.ArgumentParser) -> None:
    """Add what `world` takes."""
    parser.add_argument(
        "--seed", type=_whole(0), metavar="N", help="decides test users and generated values (default: random)"
    )
    parser.add_argument(
        "--given",
        action="append",
        default=[],
        metavar="SENTENCE",
        help='a state, such as "the ingest is unreachable"; repeatable',
    )
    parser.add_argument(
        "--url",
        type=_url,
        default="http://127.0.0.1:3000",
        help="base URL at which your target will listen (%(default)s)",
    )


@command("mock", "serve a contract, and send the events that it declares", place="bothends.cli.mock:run_mock")
def _mock(parser: argparse.ArgumentParser) -> None:
    """Add what `mock` takes."""
    parser.add_argument(
        "--spec", metavar="FILE", type=_source, help="the spec, a file or a URL (default: the settings')"
    )
    parser.add_argument(
        "--host",
        default="127.0.0.1",
        metavar="ADDRESS",
        help="address to listen on; 0.0.0.0: all, for other machines too (%(default)s)",
    )
    parser.add_argument(
        "--port",
        type=_whole(0),
        metavar="N",
        help="port; 0: a free one (default: that of the settings, else 8080)",
    )
    parser.add_argument("--seed", type=_whole(0), metavar="N", help="decides all generated values (default: random)")
    parser.add_argument(
        "--events",
        action="append",
        default=[],
        metavar="[INGEST=]URL",
        help="base URL of an ingest, or of all; repeatable (default: the environment, else the ports of the settings)",
    )
    parser.add_argument(
        "--send-to",
        action="append",
        default=[],
        metavar="WHERE",
        help="a host, a network or an origin that events may go to besides this machine and --events; repeatable",
    )
    parser.add_argument(
        "--reload", action="store_true", help="follow edits of the spec and the settings; what was created stays"
    )


@command("lint", "find the contract's own mistakes, before anything runs", place="bothends.cli.lint:run_lint")
def _lint(parser: argparse.ArgumentParser) -> None:
    """Add what `lint` takes."""
    parser.add_argument("--spec", metavar="FILE", help="the spec (default: the settings')")
    _operation(parser, "an operation")
    parser.add_argument(
        "--format", choices=("text", "json", "sarif", "github"), default="text", help="(default: %(default)s)"
    )
    parser.add_argument("--hints", action="store_true", help="show hints too")
    parser.add_argument(
        "--overlay",
        type=Path,
        metavar="FILE",
        help="write an overlay into this new file that puts right what can be put right without a doubt",
    )


@command("diff", "show what a change of the contract breaks, and for whom", place="bothends.cli.diff:run_diff")
def _diff(parser: argparse.ArgumentParser) -> None:
    """Add what `diff` takes."""
    parser.add_argument("old", metavar="OLD", help="the old spec: a file, or REVISION:FILE of git")
    parser.add_argument("new", metavar="NEW", help="the new spec: a file, or REVISION:FILE of git")
    _operation(parser, "an operation", default="the settings', else all")
    parser.add_argument(
        "--overlay",
        action="append",
        default=[],
        metavar="FILE",
        help="an overlay for both specs, besides those of the settings; repeatable",
    )
    parser.add_argument(
        "--format", choices=("text", "markdown", "json", "github"), default="text", help="(default: %(default)s)"
    )
    parser.add_argument("--all", action="store_true", help="show changes that break nobody too")
    parser.add_argument(
        "--strict", action="store_true", help="count members that no schema names: readers do not ignore them"
    )
    parser.add_argument(
        "--accepted",
        type=Path,
        metavar="FILE",
        help="the file of accepted breaks (default: accepted-breaks.toml beside the settings)",
    )
    parser.add_argument("--accept", action="store_true", help="write the breaks into the file of accepted breaks")
    parser.add_argument("--reason", type=_said, metavar="TEXT", help="why --accept accepts them")
    parser.add_argument("--until", type=_day, metavar="DATE", help="when that ends, as 2030-12-31")


@command(
    "explain", "explain a law, a rule, a family, an extension or a finding", place="bothends.cli.explain:run_explain"
)
def _explain(parser: argparse.ArgumentParser) -> None:
    """Add what `explain` takes."""
    parser.add_argument("name", metavar="NAME", nargs="?", default="", help="its name, or the ID of a finding")
    parser.add_argument(
        "--tie",
        nargs="?",
        const="",
        metavar="EVENT",
        help="which requests could have sent an event of the last run, and what decided: its number, or the ID of a "
        "finding (default: list the events)",
    )


@command("accept", "accept what the last run found, until a day", place="bothends.cli.accept:run_accept")
def _accept(parser: argparse.ArgumentParser) -> None:
    """Add what `accept` takes."""
    parser.add_argument("ids", nargs="*", metavar="ID", help="the ID of one finding (default: all errors)")
    parser.add_argument(
        "--only",
        action="append",
        metavar="NAME",
        help="the ID, law, family or case of a finding, or a pattern; repeatable (default: all errors)",
    )
    parser.add_argument("--reason", type=_said, required=True, metavar="TEXT", help="why they are accepted")
    parser.add_argument("--until", type=_day, required=True, metavar="DATE", help="when that ends, as 2030-12-31")


@command("mcp", "offer lint, verify and others to a coding agent, over stdio", place="bothends.cli.mcp:run_mcp")
def _mcp(_parser: argparse.ArgumentParser) -> None:
    """Add what `mcp` takes: nothing of its own."""


@command("states", "list the states of the world", place="bothends.cli.world:run_states")
def _states(parser: argparse.ArgumentParser) -> None:
    """Add what `states` takes."""
    parser.add_argument("--json", action="store_true", help="print JSON")


@command("words", "explain the words of reports and errors", place="bothends.cli.words:run_words")
def _words_of_reports(parser: argparse.ArgumentParser) -> None:
    """Add what `words` takes."""
    parser.add_argument("word", nargs="?", default="", metavar="WORD", help="a word, or a part of one (default: all)")


@command("schema", "print the JSON Schema of the settings, for editors", place="bothends.cli.schema:run_schema")
def _schema(_parser: argparse.ArgumentParser) -> None:
    """Add nothing."""


@command("completions", "print the completions of a shell", place="bothends.cli.completions:run_completions")
def _completions(parser: argparse.ArgumentParser) -> None:
    """Add what `completions` takes."""
    parser.add_argument("shell", choices=SHELLS, help="the shell: `bothends completions fish | source`")


def _target(parser: argparse.ArgumentParser) -> None:
    """Add what names the target."""
    which = parser.add_mutually_exclusive_group()
    which.add_argument("--url", type=_url, help="base URL of a running target")
    which.add_argument("--command", type=_words, metavar="LINE", help="command to launch, as one string")
    parser.add_argument(
        "--env",
        action="append",
        type=_pair,
        default=[],
        metavar="K=V",
        help="environment variable of the launched target; repeatable",
    )


def _reports(parser: argparse.ArgumentParser) -> None:
    """Add an option for each report that is registered, and how much the one for a person says."""
    from bothends.reports import REPORTS  # noqa: PLC0415 -- loads them all

    parser.add_argument("-v", "--verbose", action="store_true", help="print how each answer and each law fared, too")
    for report in REPORTS:
        text = f"{report.about}; - is standard output" if report.to_output else report.about
        kind: Callable[[str], Path | str] = _url if report.to_url else _report if report.to_output else _file
        parser.add_argument(f"--{report.name}", type=kind, metavar=report.place, help=text)


def _whole(least: int) -> Callable[[str], int]:
    """Return a type for whole numbers of at least `least`."""

    def whole(text: str) -> int:
        try:
            number = int(text)
        except ValueError:
            raise argparse.ArgumentTypeError(f"{text!r} is not a whole number") from None
        if number < least:
            raise argparse.ArgumentTypeError(f"{number} is less than {least}")
        return number

    return whole


def _part(text: str) -> tuple[int, int]:
    """Return which part of how many: `3/8`."""
    number, slash, count = text.partition("/")
    if not (slash and number.isascii() and count.isascii() and number.isdigit() and count.isdigit()):
        raise argparse.ArgumentTypeError(f"{text!r} is not of the form K/N, such as 3/8")
    if not 1 <= int(number) <= int(count) <= _MOST_PARTS:
        raise argparse.ArgumentTypeError(f"{text}: K goes from 1 to N, and N to {_MOST_PARTS:,}")
    return int(number), int(count)


def _percent(text: str) -> float:
    """Return a number from 0 to 100; a `%` may follow it."""
    try:
        number = float(text.removesuffix("%"))
    except ValueError:
        raise argparse.ArgumentTypeError(f"{text!r} is not a number") from None
    if not 0 <= number <= 100:  # noqa: PLR2004 -- all of it; of NaN, both are false
        raise argparse.ArgumentTypeError(f"{text} is not between 0 and 100")
    return number


def _said(text: str) -> str:
    """Return a text that says something."""
    if not text.strip():
        raise argparse.ArgumentTypeError("it is empty")
    return text


def _day(text: str) -> date:
    """Return a day."""
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise argparse.ArgumentTypeError(f"{text!r} is not a day, such as 2030-12-31") from None


def _url(text: str) -> str:
    """Return a base URL without a slash at its end."""
    try:
        parts = urlsplit(text)
        _ = parts.port
    except ValueError as error:
        raise argparse.ArgumentTypeError(f"{text!r} is not a URL: {error}") from None
    if parts.scheme not in {"http", "https"} or not parts.hostname or parts.query or parts.fragment:
        raise argparse.ArgumentTypeError(f"{text!r} is not a base URL, such as http://127.0.0.1:3000")
    return text.rstrip("/")


def _source(text: str) -> str:
    """Return what names a spec: a file, or a URL whose port is a number."""
    if not text.startswith(("http://", "https://")):
        return text
    if "{port}" in text:
        problem = f"{text!r} has no port yet, as bothends chooses it when it starts the service"
        instead = "name the port of one that runs, or write this URL as `spec` beside `command` in bothends.toml"
        raise argparse.ArgumentTypeError(f"{problem}: {instead}")
    try:
        _ = urlsplit(text).port
    except ValueError as error:
        raise argparse.ArgumentTypeError(f"{text!r} is not a URL: {error}") from None
    return text


def _words(text: str) -> tuple[str, ...]:
    """Return a command line's words."""
    try:
        words = tuple(shlex.split(text))
    except ValueError as error:
        raise argparse.ArgumentTypeError(f"{text!r}: {error}") from None
    if not words:
        raise argparse.ArgumentTypeError("the command is empty")
    return words


def _pair(text: str) -> tuple[str, str]:
    """Return the name and the value of `K=V`."""
    name, equals, value = text.partition("=")
    if not name or not equals:
        raise argparse.ArgumentTypeError(f"{text!r} is not of the form NAME=VALUE")
    return name, value


def _report(text: str) -> Path:
    """Return where a report goes; `-` is standard output."""
    return Path(text) if text == "-" else _file(text)


def _file(text: str) -> Path:
    """Return the file that a report goes to. A file that can't be written is reported before the run."""
    if text == "-":
        raise argparse.ArgumentTypeError("this report needs a file name")
    path = Path(text)
    if path.is_dir():
        raise argparse.ArgumentTypeError(f"{text!r} is a folder, not a file")
    if not path.parent.is_dir():
        raise argparse.ArgumentTypeError(f"{text!r}: the folder {str(path.parent)!r} does not exist")
    if not os.access(path if path.exists() else path.parent, os.W_OK):
        raise argparse.ArgumentTypeError(f"{text!r} can't be written: permission denied")
    return path
