"""The shell lines of a CI file, those left out that install what a test has already."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator

_INSTALLS = ("pip install", "apt-get")


def shell_lines(value: Any) -> Iterator[str]:
    """Yield what a file of GitHub Actions or of GitLab CI runs; nothing of any other YAML."""
    if not isinstance(value, dict):
        return
    steps = [step for job in value.get("jobs", {}).values() for step in job["steps"]]  # GitHub
    scripts = [step["run"] for step in steps if "run" in step]
    jobs = [job for job in value.values() if isinstance(job, dict) and "script" in job]  # GitLab
    scripts += [line for job in jobs for key in ("before_script", "script") for line in job.get(key, ())]
    for script in scripts:
        lines = [line for line in script.splitlines() if not any(word in line for word in _INSTALLS)]
        if lines:
            yield "\n".join(lines)
