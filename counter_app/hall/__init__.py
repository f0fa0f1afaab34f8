"""A hall node."""
