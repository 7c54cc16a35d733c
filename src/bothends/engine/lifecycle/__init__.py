"""How a launched target starts and stops: what is in flight is neither lost nor doubled, whatever ends it."""

from bothends.engine.lifecycle.context import ScenarioContext
from bothends.engine.lifecycle.phase import LifecyclePhase
from bothends.engine.lifecycle.scenario import Scenario
from bothends.engine.lifecycle.scenarios import QUICK, SCENARIOS

__all__ = [
    "QUICK",
    "SCENARIOS",
    "LifecyclePhase",
    "Scenario",
    "ScenarioContext",
]
