"""Papers by HTTPS: three requests on the line to the province."""

from collections.abc import Sequence
from typing import TypeVar

import msgspec

from counter_app.core.errors import EnvironmentFailure
from counter_app.sync.https_line import HttpsLine
from counter_app.sync.papers import CHUNK_BYTES, HELD, PaperName, PaperPart

_encode = msgspec.msgpack.Encoder().encode
_Kind = TypeVar("_Kind")


class HttpsPapers:
    """A `PaperLine` over a line that is open."""

    def __init__(self, line: HttpsLine) -> None:
        self._line = line

    def list_kept(self, papers: Sequence[PaperName]) -> list[int]:
        """Return how much of each is kept at the province.

        Raises:
            EnvironmentFailure: as `HttpsLine.request`.
        """
        kept = _decode(self._line.request("POST", "/papers", _encode(list(papers))).data, list[int])
        if len(kept) != len(papers) or not all(map(_is_possible, kept, papers)):
            raise EnvironmentFailure("sync.line_refused", reason="papers")
        return kept

    def put_part(self, part: PaperPart) -> int:
        """Carry the next part.

        Raises:
            EnvironmentFailure: as `HttpsLine.request`.
        """
        kept = _decode(self._line.request("POST", "/paper", _encode(part)).data, int)
        if not _is_possible(kept, part.paper):
            raise EnvironmentFailure("sync.line_refused", reason="paper")
        return kept

    def read_part(self, paper: PaperName, offset: int) -> bytes:
        """Return the next bytes of a paper.

        Raises:
            EnvironmentFailure: as `HttpsLine.request`.
        """
        data = self._line.request("POST", "/paper/part", _encode(PaperPart(paper=paper, offset=offset))).data
        if len(data) > CHUNK_BYTES:
            raise EnvironmentFailure("sync.line_refused", reason="paper")
        return data


def _is_possible(kept: int, paper: PaperName) -> bool:
    return HELD <= kept <= paper.size_bytes


def _decode(data: bytes, kind: type[_Kind]) -> _Kind:
    try:
        return msgspec.msgpack.decode(data, type=kind)
    except msgspec.MsgspecError as exc:
        raise EnvironmentFailure("sync.line_refused", reason="answer") from exc
