"""The pytest plugin: fixtures for tests by hand, and a whole run as items. Nothing is loaded before it is used."""
