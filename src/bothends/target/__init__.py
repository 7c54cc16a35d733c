"""The target: an implementation in any language, and the client that sends exchanges to it."""

from bothends.target.client import Client, Sent
from bothends.target.raw import send_raw

__all__ = ["Client", "Sent", "send_raw"]
