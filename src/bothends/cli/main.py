"""The entry point: reads the arguments, runs the command, and turns every failure into a message and a code."""

from __future__ import annotations

import contextlib
import gc
import io
import os
import signal
import sys
import warnings
from typing import TYPE_CHECKING, TextIO

from bothends.cli.arguments import DEFAULT_CONFIG, parse
from bothends.cli.terminal import INTERRUPTED, Output, tell
from bothends.errors import ContractError, LeftBehindWarning
from bothends.state_folder import VARIABLE, state_folder_of

if TYPE_CHECKING:
    import argparse
    from collections.abc import Iterator, Sequence
    from pathlib import Path

_COLLECT_AFTER = 20_000
"""New objects before the collector of cycles looks; Python's own number is some hundreds. Exchanges make few cycles."""


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command line.

    Args:
        argv: The arguments without the program's name; None: those of the process.

    Returns:
        The exit code: 0 proven or done, 1 broken, 2 the contract or the command line is wrong, 3 the target
        failed, 4 not proven, 5 bothends failed, 130 interrupted.
    """
    if argv is not None:
        return _main(argv)
    _with_streams()
    _with_names_of_any_script()
    # The process is this command's own. While its modules are loaded, next to nothing becomes garbage.
    gc.disable()
    gc.set_threshold(_COLLECT_AFTER)
    try:
        return _main(argv)
    finally:
        gc.freeze()  # at its end, Python looks through all that is left, a fifth of a second for nothing


def _with_streams() -> None:
    """Open nothing in place of closed standard streams (`>&-`): else a socket gets their numbers, and the output.

    What is written there is lost, as was asked for; the exit code is the run's own.
    """
    for number in range(3):
        try:
            os.fstat(number)
        except OSError:
            os.open(os.devnull, os.O_RDWR)  # the lowest number that is free: this one
    if sys.stdout is None:
        sys.stdout = open(1, "w", encoding="utf-8", closefd=False)  # noqa: SIM115 -- as long as the process
    if sys.stderr is None:
        sys.stderr = open(2, "w", encoding="utf-8", closefd=False)  # noqa: SIM115 -- likewise


_MARK = "bothends"


def _with_names_of_any_script() -> None:
    """Start the process anew in Python's UTF-8 mode, where it would take names of files for ASCII.

    So it is in the C locale when PYTHONUTF8 is 0: a spec in `müller.yaml` could not be opened, nor named in an error.
    What is printed is in the encoding of the locale all the same, with escapes for what that lacks.
    """
    if _MARK in sys._xoptions:  # noqa: SLF001 -- how CPython gives what -X says
        import locale  # noqa: PLC0415 -- keeps start-up short

        for stream in (sys.stdout, sys.stderr):
            if isinstance(stream, io.TextIOWrapper) and "PYTHONIOENCODING" not in os.environ:
                stream.reconfigure(encoding=locale.getencoding(), errors="backslashreplace")
    elif not sys.flags.utf8_mode and sys.getfilesystemencoding() == "ascii" and sys.executable:
        again = [sys.executable, "-X", "utf8", "-X", _MARK, *sys.orig_argv[1:]]
        with contextlib.suppress(OSError):  # then names are as they are
            os.execv(sys.executable, again)  # noqa: S606 -- this very command once more


def _main(argv: Sequence[str] | None) -> int:
    out, err = Output(sys.stdout), Output(sys.stderr)
    try:
        arguments = parse(argv)
    except SystemExit as ended:  # argparse has reported the error, or shown the help
        return ended.code if isinstance(ended.code, int) else 2
    except (ContractError, OSError) as error:  # of the system, for a name that no file can have
        return tell(error, DEFAULT_CONFIG, err)
    config: Path = arguments.config or DEFAULT_CONFIG
    with _state(arguments.state), _warnings_told(err):
        return _run(arguments, config, out, err)


@contextlib.contextmanager
def _state(folder: Path | None) -> Iterator[None]:
    """Let state be kept in a folder, by each process that this one starts as well; None: where it is kept anyway."""
    if folder is None:
        yield
        return
    before = os.environ.get(VARIABLE)
    os.environ[VARIABLE] = str(folder.absolute())
    try:
        yield
    finally:
        os.environ.pop(VARIABLE)
        if before is not None:
            os.environ[VARIABLE] = before


@contextlib.contextmanager
def _warnings_told(err: Output) -> Iterator[None]:
    """Tell a person what a target has left behind as what it is, not as a warning about lines of code."""
    with warnings.catch_warnings():
        warnings.simplefilter("always", LeftBehindWarning)
        others = warnings.showwarning

        def tell_of(  # noqa: PLR0913, PLR0917 -- as Python calls it
            message: Warning | str,
            category: type[Warning],
            filename: str,
            lineno: int,
            file: TextIO | None = None,
            line: str | None = None,
        ) -> None:
            if issubclass(category, LeftBehindWarning):
                from bothends.reports import escape  # noqa: PLC0415 -- keeps start-up short

                err.write(f"note: {escape(str(message))}\n")
            else:
                others(message, category, filename, lineno, file, line)

        warnings.showwarning = tell_of
        yield


def _run(arguments: argparse.Namespace, config: Path, out: Output, err: Output) -> int:
    _keep_hypothesis_with_the_rest(config)
    before = signal.signal(signal.SIGTERM, signal.default_int_handler)  # before a command has its own way to end
    try:
        code: int = arguments.run(arguments, out, err)
        out.flush()
    except KeyboardInterrupt:
        err.write("Interrupted.\n")
        return INTERRUPTED
    except Exception as error:  # noqa: BLE001 -- no traceback on the screen: it goes to a file
        return tell(error, config, err)
    finally:
        signal.signal(signal.SIGTERM, before)
    return code


def _keep_hypothesis_with_the_rest(config: Path) -> None:
    """Let Hypothesis, if it is loaded, keep its tables of characters in the state folder, not beside the settings."""
    # It looks there when it is first used, here or in a process that makes cases.
    os.environ.setdefault("HYPOTHESIS_STORAGE_DIRECTORY", str(state_folder_of(config).absolute() / "hypothesis"))
