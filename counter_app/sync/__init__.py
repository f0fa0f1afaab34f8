"""Carrying the journal between desks, hall and province: what travels, what waits, what contradicts."""
