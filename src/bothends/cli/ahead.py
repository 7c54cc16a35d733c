"""`bothends verify`, begun: where cases are played as they are made, a fork makes them while the rest is loaded."""

from __future__ import annotations

import contextlib
import threading
from typing import TYPE_CHECKING

from bothends.cases import GENERATED, MAX_EXAMPLES, Selector, new_seed
from bothends.cases.fuzzing.ahead import MOST
from bothends.cases.fuzzing.streamed import streamed
from bothends.contract import load
from bothends.state_folder import STATE_FOLDER

if TYPE_CHECKING:
    import argparse
    from collections.abc import Callable, Iterator

    from bothends.cli.terminal import Output
    from bothends.contract import Contract
    from bothends.records import Case


def run_verify(arguments: argparse.Namespace, out: Output, err: Output) -> int:
    """Run the command.

    Raises:
        ContractError: The contract or the command line is wrong.
        HarnessError: A report can't be written.
    """
    with _begun(arguments) if _streams(arguments) else contextlib.nullcontext((None, None)) as (contract, make):
        from bothends.cli import runs  # noqa: PLC0415 -- takes a tenth of a second, in which cases are made

        return runs.run_verify(arguments, out, err, contract=contract, make=make)


def _streams(arguments: argparse.Namespace) -> bool:
    """Whether generated cases are played as they are made, by this process, which has no other thread."""
    elsewhere = (arguments.watch, arguments.shard, arguments.blob, arguments.spec, arguments.spec_url)
    if any(elsewhere) or (arguments.lanes or 1) > 1 or threading.active_count() > 1:
        return False
    if arguments.only is None:
        return (arguments.max_examples or 0) > MOST
    only = Selector.parse(arguments.only)
    return only.case is None and any(map(only.takes, GENERATED))


@contextlib.contextmanager
def _begun(arguments: argparse.Namespace) -> Iterator[tuple[Contract, Callable[[], Iterator[Case]] | None]]:
    """Yield the contract, and what yields its generated cases, once; None: they are kept, or are few.

    Where no seed is asked for, one is chosen.
    """
    contract = load(arguments.config, None if arguments.operation is None else tuple(arguments.operation))
    count = MAX_EXAMPLES[arguments.profile or "default"] if arguments.max_examples is None else arguments.max_examples
    folder = arguments.config.parent / STATE_FOLDER / "cases"
    if arguments.seed is None:
        arguments.seed = new_seed(contract, count=count, folder=folder)
    with streamed(contract, seed=arguments.seed, count=count, folder=folder, fork=True) as make:
        yield contract, make
