"""The client that sends exchanges to a target, well behaved or not."""

from bothends.client.behaviours import BEHAVIOURS, ClientBehaviour, behaviour_of
from bothends.client.client import Client, Sent
from bothends.client.connector import parse_base_url
from bothends.client.control import ControlRequests
from bothends.client.message import callers, shows_credential

__all__ = [
    "BEHAVIOURS",
    "Client",
    "ClientBehaviour",
    "ControlRequests",
    "Sent",
    "behaviour_of",
    "callers",
    "parse_base_url",
    "shows_credential",
]
