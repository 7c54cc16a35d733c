"""Locust sends, bothends judges: a soak on any number of machines, at both ends of each request.

Locust runs on gevent and changes Python's sockets and threads; bothends runs on asyncio. So neither the world nor the
laws are in Locust's processes. Each has a process of bothends' beside it, and passes lines on (`bothends.soak`).
"""
