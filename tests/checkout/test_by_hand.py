"""What `examples/checkout` does right, and each of its planted bugs wrong, is seen by hand: without bothends."""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING, Any

import pytest

from tests.checkout.bank import EXAMPLE, LANGUAGES, all_bugs, name, plant
from tests.checkout.probes import PROBES
from tests.checkout.shop import running
from tests.checkout.world import World

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.checkout.bank import Bug
    from tests.checkout.shop import Shop

IN_CI = {"python/unknown-cart-500", "node/weak-tag-taken"}


def seen(folder: Path, language: str, probe: str) -> list[Any]:
    """Return what a probe sees of the service of a folder."""
    with contextlib.closing(World()) as world, running(folder, language, world, PROBES[probe].env) as shop:
        return PROBES[probe].ask(shop)


@pytest.fixture(scope="module", params=LANGUAGES)
def right(request: pytest.FixtureRequest) -> Iterator[Shop]:
    """Yield the right service in a language."""
    with contextlib.closing(World()) as world, running(EXAMPLE, request.param, world) as shop:
        yield shop


@pytest.mark.parametrize("probe", sorted(one for one in PROBES if not PROBES[one].alone))
def test_the_right_service_shows_what_is_right(right: Shop, probe: str) -> None:
    """In each language, whatever it was asked before."""
    right.next_turn()
    assert PROBES[probe].right == PROBES[probe].ask(right)


@pytest.mark.parametrize("probe", sorted(one for one in PROBES if PROBES[one].alone))
@pytest.mark.parametrize("language", LANGUAGES)
def test_the_right_service_shows_what_is_right_at_the_end(language: str, probe: str) -> None:
    """Where checkouts expire, or the registry hangs or is away."""
    assert PROBES[probe].right == seen(EXAMPLE, language, probe)


def rows() -> Iterator[Any]:
    """Yield the bugs; CI tries some."""
    for bug in all_bugs():
        yield pytest.param(bug, id=name(bug), marks=() if name(bug) in IN_CI else pytest.mark.long)


@pytest.mark.parametrize("bug", list(rows()))
def test_a_bug_shows_what_is_wrong(bug: Bug, tmp_path: Path) -> None:
    """What nothing can show is no bug."""
    plant(bug.mutant, tmp_path)
    assert bug.shows == seen(tmp_path, bug.mutant.target, bug.probe)
