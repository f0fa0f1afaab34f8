"""Digitised papers on the line: asked for by their SHA-256, carried in small chunks, taken up where they were cut.

Who receives checks the whole against the SHA-256 that a signed entry names. So a paper needs no signature of its own,
and a chunk that is lost, doubled or out of place costs that chunk.
"""

from collections.abc import Sequence
from typing import Annotated, Protocol

import msgspec

#: On a line that flaps more would be sent twice too often (decision 20).
CHUNK_BYTES = 16 * 1024
#: How many papers are asked about at once.
MOST_ASKED = 200
#: So many papers are spoken of in one bundle; the rest in the next one.
MOST_NAMED = 20_000
#: Larger papers stay where they are.
MOST_PAPER_BYTES = 256 * 1024 * 1024
#: Of a paper that is held whole.
HELD = -1


class PaperName(msgspec.Struct, frozen=True, kw_only=True):
    """A paper as entries name it."""

    sha256: Annotated[bytes, msgspec.Meta(min_length=32, max_length=32)]
    size_bytes: Annotated[int, msgspec.Meta(ge=0, le=MOST_PAPER_BYTES)]


class PaperPart(msgspec.Struct, frozen=True, kw_only=True):
    """Some bytes of a paper, from `offset` on."""

    paper: PaperName
    offset: Annotated[int, msgspec.Meta(ge=0, le=MOST_PAPER_BYTES)]
    data: Annotated[bytes, msgspec.Meta(max_length=CHUNK_BYTES)] = b""


class PaperLine(Protocol):
    """Somebody at the other end who keeps papers. Calls block; failures are those of `counter_app.sync.ports.Line`."""

    def list_kept(self, papers: Sequence[PaperName]) -> list[int]:
        """Return how much of each is kept there: `HELD`, or from which offset it goes on."""
        ...

    def put_part(self, part: PaperPart) -> int:
        """Carry the next part and return how much is kept then: `HELD`, or from which offset it goes on."""
        ...

    def read_part(self, paper: PaperName, offset: int) -> bytes:
        """Return the next bytes of a paper that is held there, none at its end."""
        ...
