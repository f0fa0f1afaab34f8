"""Identifiers that sort by the time they were made (UUID version 7, RFC 9562)."""

import uuid6


def new_id() -> str:
    """Return a fresh UUIDv7 as 36 characters. Safe from any thread."""
    return str(uuid6.uuid7())
