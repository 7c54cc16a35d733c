"""The table of session kinds. Each is a file of its own; here is its one line."""

from bothends.world.registry import Registry
from bothends.world.sessions.auth_js_v5 import AuthJsV5
from bothends.world.sessions.kind import SessionKind
from bothends.world.sessions.next_auth_v4 import NextAuthV4

KINDS: Registry[SessionKind] = Registry("session kind", lambda kind: kind.name, NextAuthV4(), AuthJsV5())
