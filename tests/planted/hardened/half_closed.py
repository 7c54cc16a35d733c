"""Plants a fault in examples/hardened: a client that has closed its half is hung up on, answered or not."""

from hardened.__main__ import main
from hardened.connection import Connection

Connection.eof_received = lambda _self: False
raise SystemExit(main())
