"""Joins Locust: its command line has more options, and each of its processes starts what belongs to it."""

from __future__ import annotations

import secrets
from pathlib import Path
from typing import TYPE_CHECKING, Any

import locust
from locust.runners import WorkerRunner

from bothends.locust_hooks.master import Master
from bothends.locust_hooks.page import show
from bothends.locust_hooks.user import ContractUser
from bothends.locust_hooks.worker import Worker

if TYPE_CHECKING:
    from locust.argument_parser import LocustArgumentParser
    from locust.env import Environment


def listen() -> None:
    """Have Locust call what follows."""
    locust.events.init_command_line_parser.add_listener(_add_options)
    locust.events.init.add_listener(_init)


def _add_options(parser: LocustArgumentParser, **_: Any) -> None:
    parser.add_argument(
        "--bothends-config", metavar="FILE", include_in_web_ui=False, help="The settings file of bothends."
    )
    parser.add_argument(
        "--bothends-url",
        metavar="URL",
        include_in_web_ui=False,
        help="The base URL of a running target; on the master, or on each worker with --target-per-worker.",
    )
    parser.add_argument(
        "--exchanges", type=int, metavar="N", include_in_web_ui=False, help="How many exchanges; default: no end."
    )
    parser.add_argument(
        "--bothends-seed",
        type=int,
        metavar="N",
        include_in_web_ui=False,
        help="What users and values are made from; default: a random one.",
    )
    parser.add_argument(
        "--target-per-worker",
        action="store_true",
        include_in_web_ui=False,
        help="Each worker starts a world and a target of its own.",
    )


def _init(environment: Environment, web_ui: Any = None, **_: Any) -> None:
    classes = [each for each in environment.user_classes if issubclass(each, ContractUser)]
    if not classes:
        return
    options = environment.parsed_options
    config = Path(getattr(options, "bothends_config", None) or classes[0].config).absolute()
    url = getattr(options, "bothends_url", None)
    if not isinstance(environment.runner, WorkerRunner):
        families = sorted({family for each in classes for family in each.families})
        seed = getattr(options, "bothends_seed", None)
        alone = bool(getattr(options, "target_per_worker", False))
        master = Master(
            environment,
            {
                "is": "start",
                "config": str(config),
                "url": None if alone else url,
                "families": families,
                "exchanges": getattr(options, "exchanges", None),
                "seed": secrets.randbits(32) if seed is None else seed,
                "target_per_worker": alone,
                "page": web_ui is not None,
            },
        )
        if web_ui is not None:
            show(web_ui, master)
    if not _has_workers(environment):
        worker = Worker(environment, config, url)
        environment.events.quitting.add_listener(lambda **_: worker.end())


def _has_workers(environment: Environment) -> bool:
    """Whether this is a master, which sends nothing itself."""
    return isinstance(environment.runner, locust.runners.MasterRunner)
