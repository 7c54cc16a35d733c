"""The reference with more patience: where this machine is busy, it would say that its upstreams were late."""

from __future__ import annotations

from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]


def settings(folder: Path, seconds: int) -> Path:
    """Write the settings of the reference into a folder, with another timeout for its upstreams; return the file."""
    text = (ROOT / "bothends.toml").read_text(encoding="utf-8")
    for old, new in (
        ('pacts = "', f'pacts = "{ROOT}/'),
        ("[target]\n", f'[target]\ncwd = "{ROOT}"\n'),
        ("upstream_timeout_ms = 1000\n", f"upstream_timeout_ms = {seconds}000\n"),
    ):
        assert old in text
        text = text.replace(old, new, 1)
    (folder / "openapi.yaml").symlink_to(ROOT / "openapi.yaml")
    config = folder / "bothends.toml"
    config.write_text(text, encoding="utf-8")
    return config
