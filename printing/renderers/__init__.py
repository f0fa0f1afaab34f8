"""Blocks become pages (PDF) or plain text."""
