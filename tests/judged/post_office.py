"""A kind of ingest that takes parcels out of a list in an object."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from bothends.kinds import Ingest, Item, Reception, Reply, ingest_kind

if TYPE_CHECKING:
    from bothends.kinds import Occasion, Received


@ingest_kind
class PostOffice(Ingest):
    """`POST /parcels` with a list of parcels in an object."""

    kind = "post-office"
    about = "a post office"

    def receive(self, received: Received) -> Reception:
        """Take the parcels."""
        right = (received.method, received.path) == ("POST", "/parcels")
        body = json.loads(received.body)
        return Reception(right, right, body, tuple(Item(one, one) for one in body["parcels"]))

    def accept(self, occasion: Occasion) -> Reply:  # noqa: ARG002 -- each is answered alike
        """Acknowledge them."""
        return Reply(200)

    def pretend(self, occasion: Occasion) -> Reply:
        """Answer as if they were stored."""
        return self.accept(occasion)
