"""The document: its structure, overlays, what of it is under test, and where the extensions may stand."""

from bothends.contract.openapi.openapi_32 import not_looked_at
from bothends.contract.openapi.overlays import Keys, json_path, overlaid, way_of
from bothends.contract.openapi.security_schemes import SecurityScheme, read_schemes, token_paths
from bothends.contract.openapi.selection import OperationPlace, Selection, Unusable, select
from bothends.contract.openapi.servers import below_one_base
from bothends.contract.openapi.spec_urls import PORT, copy_of, is_here, is_url, origin_of
from bothends.contract.openapi.strays import (
    EXTENSIONS,
    X_CONSISTENCY,
    X_IDEMPOTENCY,
    X_NEEDS,
    X_NEW,
    X_PAGES,
    X_REGISTERS,
    X_SENDS,
    X_SHARED,
    X_STATE,
    X_TRANSITIONS,
    check_strays,
)
from bothends.contract.openapi.structure import METHODS, Structure, check_version

__all__ = [
    "EXTENSIONS",
    "METHODS",
    "PORT",
    "X_CONSISTENCY",
    "X_IDEMPOTENCY",
    "X_NEEDS",
    "X_NEW",
    "X_PAGES",
    "X_REGISTERS",
    "X_SENDS",
    "X_SHARED",
    "X_STATE",
    "X_TRANSITIONS",
    "Keys",
    "OperationPlace",
    "SecurityScheme",
    "Selection",
    "Structure",
    "Unusable",
    "below_one_base",
    "check_strays",
    "check_version",
    "copy_of",
    "is_here",
    "is_url",
    "json_path",
    "not_looked_at",
    "origin_of",
    "overlaid",
    "read_schemes",
    "select",
    "token_paths",
    "way_of",
]
