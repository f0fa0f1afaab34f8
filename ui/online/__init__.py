"""Requests that came in online."""
