"""What a coding agent is offered: the commands as tools of the Model Context Protocol, whose results are small."""

from bothends.agents.project import Project
from bothends.agents.server import serve

__all__ = ["Project", "serve"]
