"""The contract: the spec, its six extensions and the settings, read into records."""

from bothends.contract.admission import Admission, admission
from bothends.contract.families import FAMILIES, FamilyRule
from bothends.contract.kinds import SessionSettings
from bothends.contract.load import load
from bothends.contract.model import (
    BodyExample,
    BodyRule,
    Contract,
    DeclaredAnswer,
    EventContract,
    Operation,
    Parameter,
)
from bothends.contract.provenance import Provenance, Source
from bothends.contract.security import Requirement, SchemeUse, Security
from bothends.contract.security_schemes import SecurityScheme
from bothends.contract.settings import (
    IngestSettings,
    Settings,
    TargetSettings,
    UpstreamSettings,
    WorldSettings,
)
from bothends.contract.settings_file import load_settings

__all__ = [
    "FAMILIES",
    "Admission",
    "BodyExample",
    "BodyRule",
    "Contract",
    "DeclaredAnswer",
    "EventContract",
    "FamilyRule",
    "IngestSettings",
    "Operation",
    "Parameter",
    "Provenance",
    "Requirement",
    "SchemeUse",
    "Security",
    "SecurityScheme",
    "SessionSettings",
    "Settings",
    "Source",
    "TargetSettings",
    "UpstreamSettings",
    "WorldSettings",
    "admission",
    "load",
    "load_settings",
]
