"""Where one ESC/POS command ends and the next begins, so that a printer can be asked how it is in between."""

from collections.abc import Iterator

_ESC, _FS, _GS = 0x1B, 0x1C, 0x1D

# Bytes after the two that name the command, for those of a fixed length that `escpos_commands` and profiles send.
_FIXED = {
    _ESC: {"@": 0, "2": 0, "3": 1, "!": 1, "E": 1, "J": 1, "M": 1, "R": 1, "a": 1, "d": 1, "t": 1, "p": 3},
    _FS: {".": 0, "&": 0},
    _GS: {"!": 1, "H": 1, "a": 1, "f": 1, "h": 1, "w": 1, "r": 1, "P": 2, "L": 2, "W": 2},
}


def iter_commands(content: bytes) -> Iterator[bytes]:
    """Yield the commands and the runs of text between them; together they are the content.

    From a command that is not known here on, the rest comes in one piece.
    """
    start = 0
    while start < len(content):
        end = _end(content, start)
        yield content[start:end]
        start = end


def _end(content: bytes, start: int) -> int:
    first = content[start]
    if first not in _FIXED:
        ends = (content.find(bytes([sign]), start) for sign in _FIXED)
        return min((end for end in ends if end >= 0), default=len(content))
    length = _length(content, start, first)
    return len(content) if length is None else min(len(content), start + length)


def _length(content: bytes, start: int, first: int) -> int | None:
    name = chr(content[start + 1]) if start + 1 < len(content) else ""
    if name in _FIXED[first]:
        return 2 + _FIXED[first][name]
    return _length_by_arguments(name, content[start + 2 : start + 8]) if first == _GS else None


def _length_by_arguments(name: str, arguments: bytes) -> int | None:
    match name, len(arguments):
        case "V", size if size >= 1:
            return 4 if arguments[0] in (65, 66) else 3
        case "(", size if size >= 3:
            return 5 + int.from_bytes(arguments[1:3], "little")
        case "k", size if size >= 2 and arguments[0] >= 65:
            return 4 + arguments[1]
        case "v", 6:
            return 8 + int.from_bytes(arguments[2:4], "little") * int.from_bytes(arguments[4:6], "little")
        case _:
            return None
