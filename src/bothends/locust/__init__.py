"""Locust sends, bothends judges: a soak on any number of machines, at both ends of each request.

A locustfile needs two lines:

    from bothends.locust import ContractUser

    class Caller(ContractUser): ...

Locust runs on gevent and changes Python's sockets and threads; bothends runs on asyncio. So neither the world nor the
laws are in Locust's processes. Each has a process of bothends' beside it, and passes lines on (`bothends.soak`).
"""

from bothends.locust.options import listen
from bothends.locust.user import ContractUser

__all__ = ["ContractUser"]

listen()
