"""What a driver gives: one side of one sheet at a time."""

import msgspec


class ScannedPage(msgspec.Struct, frozen=True, kw_only=True):
    """A picture as the device or the file gave it, still encoded (PNG, JPEG, TIFF or PNM).

    `number` counts from 1 in the order in which pages came; `dpi` is what was asked for or what the picture says,
    0 where nobody knows.
    """

    picture: bytes
    number: int
    dpi: int = 0
    is_back: bool = False
    """The back of a sheet, where the device scans both sides."""


class ScannedFile(msgspec.Struct, frozen=True, kw_only=True):
    """A whole file as another machine made it (PDF, JPEG, PNG or TIFF), not looked into."""

    name: str
    content: bytes


MOST_PAGE_BYTES = 256_000_000
"""More than an A3 page in colour at 600 dpi without compression (209 MB)."""
