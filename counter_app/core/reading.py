"""Reading files that somebody else wrote."""

from pathlib import Path


def read_at_most(path: Path, most_bytes: int) -> bytes | None:
    """Return a file's content, None when it holds more; devices and pipes without an end stop there too.

    Raises:
        OSError: it cannot be read.
    """
    with path.open("rb") as file:
        data = file.read(most_bytes + 1)
    return data if len(data) <= most_bytes else None
