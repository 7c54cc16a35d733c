"""Tickets that are told of: a service that keeps its promises across kills."""
