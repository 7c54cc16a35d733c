"""What notebooks call beside the workbench: a whole run, a replay, and one request in many states of the world."""

from bothends.notebook.run import Run, replay, verify
from bothends.notebook.survey import Survey, survey

__all__ = ["Run", "Survey", "replay", "survey", "verify"]
