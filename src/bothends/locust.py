"""What a locustfile imports: `from bothends.locust import ContractUser`. Importing it joins Locust."""

from __future__ import annotations

from bothends.locust_hooks.options import listen
from bothends.locust_hooks.user import ContractUser

__all__ = ["ContractUser"]

listen()
