"""Files of JSON and YAML: each is read once, each value has its line, and references lead from one to another."""

from bothends.documents.documents import Document, Library, Place, read_document, read_text
from bothends.documents.file_access import MOST_SETTINGS_BYTES, DocumentFolders
from bothends.documents.steps import followed, items, member, members, nearest
from bothends.documents.strict_json import DUPLICATE_KEY, JsonText, parse_json, read_json_text
from bothends.documents.yaml_text import NO_LINES, Lines, TextError, parse_yaml

__all__ = [
    "DUPLICATE_KEY",
    "MOST_SETTINGS_BYTES",
    "NO_LINES",
    "Document",
    "DocumentFolders",
    "JsonText",
    "Library",
    "Lines",
    "Place",
    "TextError",
    "followed",
    "items",
    "member",
    "members",
    "nearest",
    "parse_json",
    "parse_yaml",
    "read_document",
    "read_json_text",
    "read_text",
]
