"""A camera that sees one sheet, in place of OpenCV's object for a real one."""

from typing import Any

import numpy as np


class StillCamera:
    """Gives its picture until it is pulled out."""

    def __init__(self, width: int = 3264, height: int = 2448, *, is_there: bool = True) -> None:
        self.pixels = np.full((height, width, 3), 245, dtype=np.uint8)
        self.pixels[height // 4 : height // 2, width // 4 : width // 2] = (30, 30, 160)
        self.is_there = is_there
        self.reads = 0
        self.released = 0

    def isOpened(self) -> bool:  # noqa: N802 - OpenCV's name
        return self.is_there

    def read(self) -> tuple[bool, Any]:
        self.reads += 1
        return (True, self.pixels) if self.is_there else (False, None)

    def set(self, _what: int, _value: float) -> bool:
        return True

    def release(self) -> None:
        self.released += 1
