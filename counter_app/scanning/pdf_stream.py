"""A PDF file written from front to back (ISO 32000-1, 7.5): only where each object began stays in memory."""

import hashlib
import zlib
from typing import Protocol

_HEADER = b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n"  # the second line tells transfer programs that this is no text


class Target(Protocol):
    """What takes bytes."""

    def write(self, data: bytes, /) -> object:
        """Take a piece."""


class PdfStream:
    """Objects by number, each written once; `end` writes the table that finds them."""

    def __init__(self, target: Target) -> None:
        self._target = target
        self._offset = 0
        self._starts: dict[int, int] = {}
        self._last = 0
        self._digest = hashlib.sha256()
        self._write(_HEADER)

    def reserve(self) -> int:
        """Return the number of an object that is referred to before it is written."""
        self._last += 1
        return self._last

    def add(self, body: str, *, number: int = 0) -> int:
        """Write an object and return its number."""
        return self._object(body.encode("latin-1"), number)

    def add_stream(self, entries: str, data: bytes, *, packs: bool = False) -> int:
        """Write a stream whose dictionary has these entries; `packs` deflates it."""
        if packs:
            data, entries = zlib.compress(data), f"{entries} /Filter /FlateDecode"
        head = f"<< {entries} /Length {len(data)} >>\nstream\n".encode("latin-1")
        return self._object(head + data + b"\nendstream", 0)

    def end(self, root: int) -> None:
        """Write the table and the trailer; equal content gives an equal file identifier."""
        table_at, count = self._offset, self._last + 1
        rows = "".join(f"{self._starts[number]:010d} 00000 n \n" for number in range(1, count))
        identifier = self._digest.hexdigest()[:32]
        self._write(f"xref\n0 {count}\n0000000000 65535 f \n{rows}".encode())
        trailer = f"<< /Size {count} /Root {root} 0 R /ID [<{identifier}> <{identifier}>] >>"
        self._write(f"trailer\n{trailer}\nstartxref\n{table_at}\n%%EOF\n".encode())

    def _object(self, body: bytes, number: int) -> int:
        number = number or self.reserve()
        self._starts[number] = self._offset
        self._write(b"%d 0 obj\n" % number)
        self._write(body)
        self._write(b"\nendobj\n")
        return number

    def _write(self, data: bytes) -> None:
        self._digest.update(data)
        self._target.write(data)
        self._offset += len(data)
