"""The products that are verified, each with the settings it is held to, and how long a run may take."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path

from tests.bank.bank import ROOT
from tests.bank.trial import PARTS, digest

EXAMPLES = ROOT / "examples" / "products"
SEEDS = 3
LOOPS = 2
PROFILE = "quick"
ACCEPTED = "known-findings.toml"
"""How the names of the files end that list what is accepted."""
MOST_SECONDS_LOADED = 25 * 60.0
"""How long a run may take beside the loops."""


@dataclass(frozen=True, slots=True)
class Subject:
    """A product, held to a contract of ours.

    Attributes:
        name: Its name, for `--only`.
        product: What it is, with its version.
        settings: Settings, a path from `EXAMPLES`.
        only: Patterns of the cases that are played; none: all.
        most_seconds: How long a run may take on a machine with nothing else to do.
        document: The spec that the product makes itself, once it is installed; None: it stands in the repository.
    """

    name: str
    product: str
    settings: str
    only: tuple[str, ...] = ()
    most_seconds: float = 600.0
    document: str | None = None

    @property
    def folder(self) -> Path:
        """Where its contract is."""
        return (EXAMPLES / self.settings).parent

    @property
    def is_ready(self) -> bool:
        """Whether the product is installed."""
        stamps = {"directus": "node_modules/.installed"}
        place = installed() / self.folder.name
        made = self.document is None or (EXAMPLES / self.document).exists()
        return made and (place / stamps.get(self.folder.name, "venv/.installed")).exists()

    def key(self) -> str:
        """Return the digest of all that an outcome depends on, the seed and the machine left aside.

        What is accepted changes how an outcome is read, and no outcome: `tests.products.trying.reread`.
        """
        files = [file for file in self.folder.iterdir() if not file.name.endswith(ACCEPTED)]
        parts = [*files, *(ROOT / "src" / "bothends" / part for part in PARTS)]
        return digest(" ".join((self.name, PROFILE, *self.only)), parts)[:16]


def installed() -> Path:
    """Return the folder where the products are installed."""
    return Path(os.environ.get("PRODUCTS") or EXAMPLES / ".installed")


SUBJECTS = (
    Subject("mlflow-noauth", "MLflow 3.17.2", "mlflow/noauth.toml"),
    Subject("mlflow-late", "MLflow 3.17.2, its webhook registered after a first event", "mlflow/late.toml"),
    Subject(
        "mlflow-declared",
        "MLflow 3.17.2, with what may be said of its webhooks and tags",
        "mlflow/declared.toml",
        only=("success", "registrations", "not-found"),
    ),
    Subject("directus", "Directus 11.17.4", "directus/bothends.toml", document="directus/openapi.json"),
    Subject(
        "label-studio",
        "Label Studio 1.23.2",
        "label-studio/bothends.toml",
        most_seconds=900.0,
        document="label-studio/openapi.json",
    ),
)
