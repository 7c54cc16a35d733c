"""`bothends provider NAME`: checks a service that the target calls against the pacts that name it as provider."""

from __future__ import annotations

import shlex
from typing import TYPE_CHECKING

from bothends.cli.performing import perform
from bothends.engine.pacts import ProviderOptions, ProviderVerification

if TYPE_CHECKING:
    import argparse

    from bothends.cli.terminal import Output


def run_provider(arguments: argparse.Namespace, out: Output, err: Output) -> int:
    """Run the command.

    Raises:
        ContractError: The contract or the command line is wrong.
        HarnessError: A report can't be written.
    """
    options = ProviderOptions(
        name=arguments.name,
        config=arguments.config,
        url=arguments.url,
        event_key=arguments.event_key,
        seed=arguments.seed,
    )
    return perform(ProviderVerification(options), arguments, out, err, again=lambda _: again(options))


def again(options: ProviderOptions) -> str:
    """Return the command that asks the same once more. It takes a second, so no finding needs a file of its own."""
    words = ["bothends", "provider", options.name]
    if options.config != ProviderOptions(options.name).config:
        words += ["--config", str(options.config)]
    if options.url is not None:
        words += ["--url", options.url]
    # The key is a secret: the user puts it in.
    return shlex.join(words) + (' --event-key "$EVENT_KEY"' if options.event_key is not None else "")
