"""JSON Schemas: each made to stand alone, the values that fit it, and what it offers that a value can show."""

from bothends.schemas.bundles import (
    DIALECTS,
    LISTED,
    NAMED,
    SINGLE,
    Bundle,
    Direction,
    Parts,
    bundle,
    directly_in,
    short,
    subschemas,
    to_the_point,
)
from bothends.schemas.formats import FORMAT_EXAMPLES
from bothends.schemas.openapi_30 import rewritten
from bothends.schemas.points import SchemaPoints
from bothends.schemas.schema import Schema, SchemaError, SchemaShelf, fits_schema, has_constants, walk

__all__ = [
    "DIALECTS",
    "FORMAT_EXAMPLES",
    "LISTED",
    "NAMED",
    "SINGLE",
    "Bundle",
    "Direction",
    "Parts",
    "Schema",
    "SchemaError",
    "SchemaPoints",
    "SchemaShelf",
    "bundle",
    "directly_in",
    "fits_schema",
    "has_constants",
    "rewritten",
    "short",
    "subschemas",
    "to_the_point",
    "walk",
]
