"""Desks and a province as processes that are killed, cut off and set back: `python -m tests.chaos.run`."""
