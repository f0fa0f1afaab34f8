"""Dictionaries for compressing what travels. One that was ever shipped stays: others still speak it."""

from functools import cache
from importlib.resources import files

#: By the identifier that zstd writes into each frame (RFC 8878, 3.1.1.1.3).
_FILES = {1: "entries-1.zdict"}


@cache
def find_dictionary(dictionary_id: int) -> bytes | None:
    """Return a dictionary by its identifier, None when a newer program made it."""
    name = _FILES.get(dictionary_id)
    return (files(__package__) / name).read_bytes() if name is not None else None


def newest_dictionary() -> bytes:
    """Return the dictionary to compress with."""
    return (files(__package__) / _FILES[max(_FILES)]).read_bytes()
