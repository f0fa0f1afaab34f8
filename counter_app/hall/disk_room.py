"""How much of the disk papers and packs leave free: a database that cannot write takes no more records."""

import shutil
from pathlib import Path

RESERVE_BYTES = 1024**3


def lacking_bytes(folder: Path, size: int) -> int:
    """Return by how much a file of that size would go into what is left for records; not above 0 where it fits."""
    return size + RESERVE_BYTES - shutil.disk_usage(folder).free
